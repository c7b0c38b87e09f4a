"""Projects and the tools in their docks."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import cycle
from random import Random
from typing import Any

from sandbox.clock import DAY_MS, HISTORY_MS, NEWEST_MS, timestamp
from sandbox.people import Person
from sandbox.size import STATUSES, AccountSize
from sandbox.texts import API, APP

# name, title, path, type
TOOLS = (
    ("message_board", "Message Board", "message_boards", "Message::Board"),
    ("todoset", "To-dos", "todosets", "Todoset"),
    ("vault", "Docs & Files", "vaults", "Vault"),
    ("chat", "Campfire", "chats", "Chat::Transcript"),
    ("schedule", "Schedule", "schedules", "Schedule"),
    ("questionnaire", "Automatic Check-ins", "questionnaires", "Questionnaire"),
    ("inbox", "Email Forwards", "inboxes", "Inbox"),
    ("kanban_board", "Card Table", "card_tables", "Kanban::Board"),
)
_TOOL_BY_NAME = {tool[0]: tool for tool in TOOLS}

_NAMES = (
    "The Leto Laptop",
    "Honcho Design HQ 🏢",
    "Relaunch «été 2025»",
    "مشروع التجديد",
    "R&D <internal>",
    "Q1/Q2 \\ planning",
    "日本市場",
)


class Ids:
    """Ids that only grow, with irregular gaps, as a shared sequence leaves them."""

    def __init__(self, seed: int) -> None:
        self._last = 1_069_478_000 + seed % 1000 * 1_000_000
        self._gaps = cycle((1, 2, 1, 7, 3, 1, 26))

    def next(self) -> int:
        """The next id."""
        self._last += next(self._gaps)
        return self._last


@dataclass
class Project:
    """A project in the form `projects.json` lists it, and what its recordings share with each other."""

    record: dict[str, Any]
    bucket: dict[str, Any]
    number: int
    """How many were made before it: decides everything that is made up for it."""
    members: list[Person]
    """Those who can open it."""
    parents: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Parent objects for recordings, by the parent's type; the first is where new recordings go."""

    @property
    def id(self) -> int:
        return int(self.record["id"])

    @property
    def status(self) -> str:
        return str(self.record["status"])


def build_projects(size: AccountSize, people: list[Person], ids: Ids) -> list[Project]:
    """All projects, oldest first, statuses interleaved so that no listing is a run of neighbouring ids."""
    statuses = [s for s, count in zip(STATUSES, size.project_counts(), strict=True) for _ in range(count)]
    Random(size.seed).shuffle(statuses)
    total = len(statuses)
    return [
        build_project(
            n,
            size.account_id,
            people,
            ids,
            status=status,
            created_at=timestamp(NEWEST_MS - HISTORY_MS + (n + 1) * HISTORY_MS // (total + 1) + n * 37),
            updated_at=timestamp(NEWEST_MS - (total - n) * DAY_MS // 2 - n * 113),
        )
        for n, status in enumerate(statuses)
    ]


def build_project(
    n: int, account_id: int, people: list[Person], ids: Ids, *, status: str, created_at: str, updated_at: str
) -> Project:
    """The n-th project of the account with its dock."""
    id = ids.next()
    name = _NAMES[n % len(_NAMES)] + (f" {n}" if n >= len(_NAMES) else "")
    dock = _dock(n, id, account_id, ids)
    record: dict[str, Any] = {
        "id": id,
        "status": status,
        "created_at": created_at,
        "updated_at": updated_at,
        "name": name,
        "description": ("Laptop product launch.", "", "Two\nlines and a 🚀")[n % 3],
        "purpose": "topic",
        "clients_enabled": n % 4 == 1,
        "timesheet_enabled": n % 2 == 0,
        "color": None,
        "bookmark_url": f"{API}/{account_id}/my/bookmarks/{id}.json",
        "url": f"{API}/{account_id}/projects/{id}.json",
        "app_url": f"{APP}/{account_id}/projects/{id}",
        "dock": dock,
        "bookmarked": n % 3 == 0,
    }
    record.update(_sometimes(n, id, account_id, people))
    bucket = {"id": id, "name": name, "type": "Project"}
    return Project(record, bucket, n, _members(n, people), _dock_parents(dock))


def _members(n: int, people: list[Person]) -> list[Person]:
    """The owner and two thirds of the others, but nobody who has left."""
    staying = [person for person in people if person["personable_type"] != "Tombstone"]
    return [person for k, person in enumerate(staying) if k == 0 or (k + n) % 3]


def _sometimes(n: int, id: int, account_id: int, people: list[Person]) -> dict[str, Any]:
    """The keys that only some projects carry."""
    extra: dict[str, Any] = {}
    if n % 3 != 2:
        extra |= {"last_needle_color": None, "last_needle_position": None, "previous_needle_position": None}
    if n % 6 == 0:
        extra |= {"last_needle_color": "green", "last_needle_position": 60, "previous_needle_position": 40}
    if n % 2 == 0:
        team = [{key: person[key] for key in ("id", "name", "avatar_url")} for person in people[:3]]
        extra |= {
            "star_url": f"{API}/{account_id}/buckets/{id}/star.json",
            "starred": n % 4 == 0,
            "people": {"team": {"count": len(people), "sample": team}},
            "all_access": n % 4 == 2,
            "wallpaper": {"mode": "image", "url": f"{APP}/{account_id}/buckets/{id}/wallpaper"},
        }
    if n % 4 == 1:
        side = f"buckets/{id}/client"
        extra |= {
            "client_company": {"id": 1_033_447_818, "name": "Enormicom & Söhne"},
            "clientside": {"url": f"{API}/{account_id}/{side}.json", "app_url": f"{APP}/{account_id}/{side}"},
        }
    if n % 3 == 1:
        extra |= {"start_date": "2025-04-01", "end_date": "2026-09-30"}
    return extra


def _dock(n: int, project_id: int, account_id: int, ids: Ids) -> list[dict[str, Any]]:
    """Every tool once; some projects have more schedules, some have tools switched off."""
    wanted = [(name, title) for name, title, _, _ in TOOLS]
    if n % 3 == 1:
        wanted += [("schedule", "Travel 🧳"), ("schedule", "Releases")]
    off = {"chat", "inbox"} if n % 2 else {"questionnaire"}
    dock = []
    for position, (name, title) in enumerate(wanted, start=1):
        id = ids.next()
        enabled = name not in off and title != "Releases"
        path = f"{account_id}/buckets/{project_id}/{_TOOL_BY_NAME[name][2]}/{id}"
        dock.append(
            {
                "id": id,
                "title": title,
                "name": name,
                "enabled": enabled,
                "position": position if enabled else None,
                "url": f"{API}/{path}.json",
                "app_url": f"{APP}/{path}",
            }
        )
    return dock


def _dock_parents(dock: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    parents: dict[str, list[dict[str, Any]]] = {}
    for tool in dock:
        type = _TOOL_BY_NAME[tool["name"]][3]
        parent = {key: tool[key] for key in ("id", "title", "url", "app_url")} | {"type": type}
        parents.setdefault(type, []).append(parent)
    return parents
