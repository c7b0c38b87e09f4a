"""Milestones and events."""

from __future__ import annotations

from sandbox.account.clock import DAY_MS
from sandbox.account.records import Record
from sandbox.account.texts import title
from sandbox.classic.people import by, responsible
from sandbox.classic.store import ClassicStore
from sandbox.classic.times import loose, midnight, moment


def new_entry(store: ClassicStore, project: Record, n: int, at: int) -> Record:
    """The n-th entry of a project: a milestone, or an event of some days or of an hour."""
    milestone, deadline = n % 2 == 0, at + (n % 40) * DAY_MS
    hour = n % 4 == 3
    entry: Record = {
        "id": store.ids.next(),
        "title": title(n + 9),
        "type": "Milestone" if milestone else "CalendarEvent",
        "start_at": None if milestone else midnight(deadline - n % 3 * DAY_MS),
        "deadline": moment(deadline) if hour else midnight(deadline),
        "project_id": project["id"],
        "created_on": loose(at, n),
        **by(store, n, "creator"),
    }
    if milestone:
        entry |= {"completed": n % 3 == 0, **responsible(store, n // 2)}
        if entry["completed"]:
            entry |= {"completed_on": loose(deadline + DAY_MS, n // 2), **by(store, n + 1, "completer")}
    return entry
