"""Cards, their steps, and the columns they hang in."""

from __future__ import annotations

from sandbox.clock import DAY_MS, NEWEST_MS, timestamp
from sandbox.recordings import Cast, Record, Recording, parent_type
from sandbox.texts import API, APP, attachments, paragraph, sgid, title
from sandbox.todos import completed, embedded_steps, is_completed, subtasks

_COLUMNS = ("Triage", "Not now", "Doing 🏃", "Review", "قيد الانتظار", "Done")
_COLORS = (None, "blue", "orange", None, "purple")


def column_title(n: int) -> str:
    """The first is the triage, the second the place for later, the last one is done."""
    return _COLUMNS[n % len(_COLUMNS)]


def build_column(recording: Recording, cast: Cast) -> Record:
    """A list of a card table; some have a part that is on hold."""
    n = recording.serial
    base = f"{API}/{cast.account_id}/buckets/{recording.project.id}/card_tables/lists/{recording.id}"
    own: Record = {
        "position": n % len(_COLUMNS) + 1,
        "color": _COLORS[n % len(_COLORS)],
        "description": paragraph(n) if n % 3 else None,
        "cards_count": n % 5,
        "comment_count": 0,
        "cards_url": f"{base}/cards.json",
        "subscribers": cast.some_people(n),
    }
    if recording.kind.type == "Kanban::Column" and n % 2:
        own["on_hold"] = {
            "id": 5_000_000_000_000 + recording.id % 1_000_000_007,
            "status": "active",
            "created_at": recording.created_at,
            "updated_at": recording.created_at,
            "title": "On hold",
            "inherits_status": True,
            "cards_count": n % 3,
            "cards_url": f"{base}/on_hold/cards.json",
        }
    return own


def build_card(recording: Recording, cast: Cast) -> Record:
    """Done where it hangs in the last column."""
    n = recording.serial
    base = f"{API}/{cast.account_id}/buckets/{recording.project.id}/card_tables/cards/{recording.id}"
    own: Record = {
        "position": n // 3 + 1,
        "content": paragraph(n),
        "description": paragraph(n),
        "description_attachments": attachments(recording.id, cast.account_id, n),
        "due_on": _day(n) if n % 3 == 0 else None,
        "completed": False,
        "completion_url": f"{base}/completion.json",
        "comment_count": n % 4,
        "assignees": cast.some_people(n),
        "completion_subscribers": cast.some_people(n + 1) if n % 4 == 0 else [],
        "steps": embedded_steps(recording, cast),
    }
    if parent_type(recording) == "Kanban::DoneColumn":
        own |= completed(recording.settled_at, cast.person(n + 1))
    if n % 2:
        own |= subtasks(recording, cast, own["steps"])
    return own


def build_step(recording: Recording, cast: Cast) -> Record:
    """A part of a card."""
    n = recording.serial
    base = f"{API}/{cast.account_id}/buckets/{recording.project.id}/card_tables/steps/{recording.id}"
    own: Record = {
        "position": n % 4 + 1,
        "due_on": _day(n) if n % 2 else None,
        "completed": False,
        "assignees": cast.some_people(n),
        "completion_url": f"{base}/completions.json",
    }
    if is_completed(n):
        own |= completed(recording.settled_at, cast.person(n))
    return own


def wormhole(table_id: int, table: Record, cast: Cast) -> Record:
    """The way from one card table to another, here to one that is gone."""
    id = 6_000_000_000_000 + table_id % 1_000_000_007
    path = f"{cast.account_id}/buckets/{table['bucket']['id']}/card_tables/wormholes/{id}"
    return {
        "id": id,
        "status": "active",
        "visible_to_clients": False,
        "created_at": table["created_at"],
        "updated_at": table["created_at"],
        "title": title(table_id % 7),
        "inherits_status": True,
        "type": "Kanban::Wormhole",
        "url": f"{API}/{path}.json",
        "app_url": f"{APP}/{path}",
        "bookmark_url": f"{API}/{cast.account_id}/my/bookmarks/{sgid('Recording', id)}.json",
        "parent": {key: table[key] for key in ("id", "title", "type", "url", "app_url")},
        "bucket": table["bucket"],
        "creator": cast.person(0),
        "color": None,
        "linked": False,
        "destination_url": None,
    }


def _day(n: int) -> str:
    return timestamp(NEWEST_MS + (n % 90 - 45) * DAY_MS)[:10]
