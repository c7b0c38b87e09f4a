"""The hours that people wrote down."""

from __future__ import annotations

from sandbox.account.clock import DAY_MS
from sandbox.account.records import Record
from sandbox.classic.messages import textile
from sandbox.classic.people import by
from sandbox.classic.store import ClassicStore
from sandbox.classic.times import midnight

# A double holds most of these as decimals only if nobody rounds them.
_HOURS = (1.0, 0.25, 7.5, 0.1, 0.333, 12.0, 2.67, 0.0, 1000.05)


def new_entry(store: ClassicStore, project: Record, n: int, at: int) -> Record:
    """The n-th entry of a project. People date them as they like: one is older than its project, one still to come."""
    items = store.inside("todo_items", project["id"])
    day = at + {1: -400, 2: 500}.get(n % 100, 0) * DAY_MS
    return {
        "id": store.ids.next(),
        "project_id": project["id"],
        **by(store, n, "person"),
        "date": midnight(day)[:10],
        "hours": _HOURS[n % len(_HOURS)],
        "description": textile(n),
        "todo_item_id": items[n % len(items)]["id"] if items and n % 3 == 1 else None,
    }
