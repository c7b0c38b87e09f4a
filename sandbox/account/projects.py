"""Projects, which are buckets to their recordings."""

from __future__ import annotations

from random import Random

from sandbox.account.clock import DAY_MS, HISTORY_MS, NEWEST_MS, day, timestamp
from sandbox.account.dock import build_dock, dock_parents
from sandbox.account.ids import Ids
from sandbox.account.listings import AccountList, of_status
from sandbox.account.records import Project, Record
from sandbox.account.size import AccountSize, statuses
from sandbox.account.store import AccountStore, newest_created
from sandbox.account.texts import API, APP

_NAMES = (
    "The Leto Laptop",
    "Honcho Design HQ 🏢",
    "Relaunch «été 2025»",
    "مشروع التجديد",
    "R&D <internal>",
    "Q1/Q2 \\ planning",
    "日本市場",
)


def build_projects(size: AccountSize, people: list[Record], ids: Ids) -> list[Project]:
    """All projects, oldest first, of mixed statuses, so that no listing is a run of neighbouring ids."""
    mixed = statuses(size.project_counts())
    Random(size.seed).shuffle(mixed)
    total = len(mixed)
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
        for n, status in enumerate(mixed)
    ]


def build_project(
    n: int, account_id: int, people: list[Record], ids: Ids, *, status: str, created_at: str, updated_at: str
) -> Project:
    """The n-th project of the account with its dock."""
    id = ids.next()
    name = _NAMES[n % len(_NAMES)] + (f" {n}" if n >= len(_NAMES) else "")
    dock = build_dock(n, id, account_id, ids)
    record: Record = {
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
    return Project(id, record, bucket, n, _members(n, people), dock_parents(dock))


def _members(n: int, people: list[Record]) -> list[Record]:
    """The owner and two thirds of the others, but nobody who has left."""
    staying = [person for person in people if person["personable_type"] != "Tombstone"]
    return [person for k, person in enumerate(staying) if k == 0 or (k + n) % 3]


def _sometimes(n: int, id: int, account_id: int, people: list[Record]) -> Record:
    """The keys that only some projects have."""
    extra: Record = {}
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
        extra |= {"start_date": day(-334), "end_date": day(213)}
    return extra


def listed(store: AccountStore, status: str | None) -> list[Record]:
    """The projects of one status, or of all, as `projects.json` lists them, newest created first."""
    records = [dict(project.record) for project in store.projects.values() if status in (None, project.status)]
    return sorted(records, key=newest_created, reverse=True)


def item(project: Project) -> Record:
    """`GET projects/{id}.json`, which lacks `bookmarked`."""
    return {key: value for key, value in project.record.items() if key != "bookmarked"}


def every_project(store: AccountStore) -> list[Record]:
    """The projects of every status."""
    return [dict(project.record) for project in store.projects.values()]


LISTS = (AccountList("projects", "/projects", every_project, of_status("projects", listed)),)
