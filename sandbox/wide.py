"""The listings of the whole account beside the feeds: what each endpoint answers, and all a sync can have of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sandbox.plain import MARKER, TEMPLATE
from sandbox.reckoning import worked_on
from sandbox.recordings import Record, Recording, parent_id
from sandbox.scoped import ANSWERING, campfire, enabled_tools
from sandbox.store import Store

Listed = Sequence[Recording | Record]
"""In their order, most of them not yet rendered."""
Query = Mapping[str, str]
_RISKS = ("red", "yellow", "green")


@dataclass(frozen=True)
class Wide:
    """One listing. `answer` raises ValueError for parameters that Basecamp refuses."""

    stream: str
    path: str
    answer: Callable[[Store, Query], Listed]
    everything: Callable[[Store], Listed]
    paginated: bool = True


def _templates(store: Store, query: Query) -> list[Record]:
    status = query.get("status")
    if status not in (None, "archived", "trashed"):
        raise ValueError("status must be archived or trashed; leave it out for active templates")
    return store.plain_records(TEMPLATE, status or "active")


def _campfires(store: Store) -> list[Record]:
    return [
        campfire(store, project, tool)
        for project in store.projects.values()
        if project.status == "active"
        for tool in enabled_tools(project, "chat")
    ]


def _forwards(store: Store) -> list[Recording]:
    inboxes = {
        tool["id"]
        for project in store.projects.values()
        if project.status == "active"
        for tool in enabled_tools(project, "inbox")
    }
    listed = store.feeds.listing("Inbox::Forward", "active", "created_at")
    return [forward for forward in listed if parent_id(forward) in inboxes]


def _gauges(store: Store) -> list[Record]:
    """The most worrying first; only those that are switched on, in active projects."""
    gauges = store.render(store.feeds.listing("Gauge", "active", "updated_at"))
    shown = [gauge for gauge in gauges if gauge["enabled"]]
    return sorted(shown, key=lambda gauge: (_risk(gauge), gauge["last_needle_position"] or 0, gauge["id"]))


def _risk(gauge: Record) -> int:
    color = gauge["last_needle_color"]
    return _RISKS.index(color) if color in _RISKS else len(_RISKS)


def _gauges_asked_for(store: Store, query: Query) -> list[Record]:
    wanted = {int(id) for id in query.get("bucket_ids", "").split(",") if id.isdecimal()}
    return [gauge for gauge in _gauges(store) if "bucket_ids" not in query or gauge["bucket"]["id"] in wanted]


def _hours(store: Store) -> list[Recording]:
    """All entries, the latest day first. Of archived projects too: their hours have been worked all the same."""
    entries = [
        entry
        for project in store.projects.values()
        if project.status in ANSWERING
        for entry in store.feeds.inside("Timesheet::Entry", project.id)
    ]
    return sorted(entries, key=lambda entry: (worked_on(entry), entry.id), reverse=True)


def _timesheet(store: Store, query: Query) -> list[Record]:
    """One window of days. Parameters of other names are ignored, which then means the last month."""
    first, last = _window(store, query)
    return [
        entry
        for entry in store.render([entry for entry in _hours(store) if first <= worked_on(entry) <= last])
        if _is_of(entry, "person", query.get("person_id")) and _is_of(entry, "bucket", query.get("bucket_id"))
    ]


def _is_of(entry: Record, key: str, id: str | None) -> bool:
    return id is None or str(entry.get(key, {}).get("id")) == id


def _window(store: Store, query: Query) -> tuple[str, str]:
    given = [query[name] for name in ("start_date", "end_date") if name in query]
    if not given:
        today = date.fromisoformat(store.clock.today)
        month = today.month - 1 or 12
        # The 28th stands for all later days: no month lacks it.
        start = date(today.year - (month == 12), month, min(today.day, 28))
        return start.isoformat(), today.isoformat()
    try:
        first, last = (date.fromisoformat(day).isoformat() for day in given)
    except ValueError:
        raise ValueError("start_date and end_date go together, as YYYY-MM-DD") from None
    return first, last


def _timeline(store: Store) -> list[Record]:
    return store.timeline.newest_first


def _markers(store: Store) -> list[Record]:
    return store.plain_records(MARKER)


WIDE: tuple[Wide, ...] = (
    Wide("timeline_events", "/reports/progress", lambda store, query: _timeline(store), _timeline),
    Wide("timesheet_entries", "/reports/timesheet", _timesheet, _hours, paginated=False),
    Wide("campfires", "/chats", lambda store, query: _campfires(store), _campfires),
    Wide("inbox_forwards", "/forwards", lambda store, query: _forwards(store), _forwards),
    Wide("templates", "/templates", _templates, lambda store: store.plain_records(TEMPLATE)),
    Wide("lineup_markers", "/lineup/markers", lambda store, query: _markers(store), _markers, paginated=False),
    Wide("gauges", "/reports/gauges", _gauges_asked_for, _gauges),
)
