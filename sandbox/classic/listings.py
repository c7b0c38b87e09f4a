"""In which order records are listed, and what is counted for them when they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.account.records import Record
from sandbox.classic.elements import ADMINISTRATORS_ONLY, STREAMS
from sandbox.classic.store import ClassicStore


def ordered(stream: str, records: list[Record]) -> list[Record]:
    """The records in the order in which Classic lists them. Of two with the same time the later id is the newer one."""
    field = _ORDERS.get(stream)
    if field is None:
        return records
    newest_first = stream in _NEWEST_FIRST
    return sorted(records, key=lambda record: (record[field], record["id"]), reverse=newest_first)


_NEWEST_FIRST = {"messages": "posted_on", "comments": "created_at", "time_entries": "date", "attachments": "created_on"}
_ORDERS = {**_NEWEST_FIRST, "calendar_entries": "deadline", "todo_lists": "position", "todo_items": "position"}


def complete(store: ClassicStore, stream: str, record: Record, *, administrator: bool) -> Record:
    """The record with every field that it can have, in order: as kept, else as counted, else None."""
    counted = _COUNTED.get(stream)
    known = {**counted(store, record), **record} if counted else record
    hidden = frozenset() if administrator else ADMINISTRATORS_ONLY.get(stream, frozenset())
    fields = STREAMS[stream].element.fields
    return {name: None if name in hidden else _copy(known.get(name)) for name in fields}


def _copy(value: Any) -> Any:
    return dict(value) if isinstance(value, dict) else list(value) if isinstance(value, list) else value


def _commented(store: ClassicStore, record: Record) -> Record:
    times = [comment["created_at"] for comment in store.inside("comments", record["id"])]
    return {"comments_count": len(times), "commented_at": max(times, default=None)}


def _attached(store: ClassicStore, record: Record) -> Record:
    found = ordered("attachments", store.inside("attachments", record["id"]))
    attached = [complete(store, "attachments", each, administrator=True) for each in found]
    return {"attachments": attached, "attachments_count": len(attached)}


def _done(store: ClassicStore, record: Record) -> Record:
    items = store.inside("todo_items", record["id"])
    open_ones = sum(not item["completed"] for item in items)
    done = bool(items) and not open_ones
    return {
        "completed": done,
        "complete": done,
        "completed_count": len(items) - open_ones,
        "uncompleted_count": open_ones,
    }


def _elements(store: ClassicStore, record: Record) -> Record:
    return {"elements_count": sum(len(store.inside(stream, record["id"])) for stream in ("messages", "attachments"))}


_COUNTED: dict[str, Callable[[ClassicStore, Record], Record]] = {
    "categories": _elements,
    "messages": lambda store, record: _commented(store, record) | _attached(store, record),
    "comments": _attached,
    "todo_lists": _done,
    "todo_items": _commented,
    "calendar_entries": _commented,
}
