"""The people of the account, and who can open which project."""

from __future__ import annotations

from sandbox.account.clock import DAY_MS, HISTORY_MS, NEWEST_MS, timestamp
from sandbox.account.listings import AccountList, ChildList, the_project
from sandbox.account.records import Record
from sandbox.account.size import AccountSize
from sandbox.account.texts import sgid

_NAMES = (
    "Victor Cooper",
    "Annie Bryan",
    "Zoë O’Neill-Šimková",
    "محمد الأحمد",
    "Nguyễn Thị Hà",
    "李小龍",
    "Jose\u0301 Álvarez",
    "Steve Marsh",
    "🐝 Beatrix",
)
_COMPANIES = (
    {"id": 1_033_447_817, "name": "Honcho Design"},
    {"id": 1_033_447_818, "name": "Enormicom & Söhne"},
)
_TITLES = ("Chief Strategist", None, "Designer", "Programmer, “on call”")
_ZONES = ("America/Chicago", "Europe/Berlin", "Asia/Kolkata", "Etc/UTC")


def build_people(size: AccountSize) -> list[Record]:
    """Everyone, the owner first; the last of three or more has been removed."""
    return [_person(n, size) for n in range(size.people)]


def _person(n: int, size: AccountSize) -> Record:
    id = 1_049_715_000 + size.seed % 1000 * 10_000 + n * 7 if n % 6 != 5 else 9_007_199_254_740_993 + n * 2
    name = _NAMES[n % len(_NAMES)] + (f" {n}" if n >= len(_NAMES) else "")
    removed = n == size.people - 1 and n >= 2
    client = n % 4 == 3
    bio = "Don't let your dreams be dreams\n— J." if n % 3 == 0 else None
    person: Record = {
        "id": id,
        "attachable_sgid": sgid("Person", id),
        "name": "Someone who left" if removed else name,
        "email_address": _email(n, removed),
        "personable_type": "Tombstone" if removed else "Client" if client else "User",
        "title": _TITLES[n % len(_TITLES)],
        "bio": bio,
        "tagline": bio,
        "location": "Chicago, IL" if n % 2 == 0 else None,
        "created_at": timestamp(NEWEST_MS - HISTORY_MS - n * DAY_MS),
        "updated_at": timestamp(NEWEST_MS - n * 3 * DAY_MS - 17),
        "admin": n in (0, 4),
        "owner": n == 0,
        "client": client,
        "employee": not client and not removed,
        "time_zone": _ZONES[n % len(_ZONES)],
        "avatar_url": f"https://3.basecamp-static.com/{size.account_id}/people/{id}/avatar",
        "can_ping": not removed,
        "can_manage_projects": not client,
        "can_manage_people": n == 0,
        "can_access_timesheet": not client,
        "can_access_hill_charts": not client,
    }
    if n % 5 != 4:
        person["company"] = _COMPANIES[n % len(_COMPANIES)]
    return person


def _email(n: int, removed: bool) -> str | None:
    if removed:
        return None
    return "z••••@•••••••••.•••" if n == 2 else f"person{n}@honcho.example"


LISTS = (
    AccountList("people", "/people", lambda store: [dict(person) for person in store.people]),
    ChildList(
        "project_people",
        "/projects/{id:int}/people",
        the_project,
        lambda store, project, id: [dict(person) for person in project.members],
        added=lambda project, id: {"project_id": project.id},
    ),
)
