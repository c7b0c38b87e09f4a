"""Timesheets: the hours that people worked."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.account.listings import ANSWERING, AccountList, Query
from sandbox.account.recordings import BOOSTS, COMMENTS, SUBSCRIPTION, Context, Kind, Recording
from sandbox.account.records import Project, Record
from sandbox.account.store import AccountStore
from sandbox.account.texts import title

_HOURS = ("2.0", "0.25", "7.5", "1.33", "10.0")


def build_timesheet_entry(recording: Recording, context: Context) -> Record:
    """The hours of a day, as text; the day is that of the work, which may be earlier than that of the entry."""
    n = recording.serial
    return {
        "date": worked_on(recording),
        "description": title(n) if n % 4 else "",
        "hours": _HOURS[n % len(_HOURS)],
        "person": context.person(n + n % 2),
    }


def worked_on(recording: Recording) -> str:
    """The day of an entry, for which it need not be rendered."""
    if recording.fields and "date" in recording.fields:
        return str(recording.fields["date"])
    return (date.fromisoformat(recording.created_at[:10]) - timedelta(days=recording.serial % 3)).isoformat()


def _every_entry(store: AccountStore) -> list[Recording]:
    """All entries, the latest day first, also those of archived projects, whose hours were worked all the same."""
    entries = [
        entry
        for project in store.projects.values()
        if project.status in ANSWERING
        for entry in store.feeds.inside(ENTRY.type, project.id)
    ]
    return sorted(entries, key=lambda entry: (worked_on(entry), entry.id), reverse=True)


def _answer(store: AccountStore, query: Query) -> list[Record]:
    """The entries of a span of days; without `start_date` and `end_date` that is the last month."""
    first, last = _window(store, query)
    return [
        entry
        for entry in store.render([entry for entry in _every_entry(store) if first <= worked_on(entry) <= last])
        if _is_of(entry, "person", query.get("person_id")) and _is_of(entry, "bucket", query.get("bucket_id"))
    ]


def _is_of(entry: Record, key: str, id: str | None) -> bool:
    return id is None or str(entry.get(key, {}).get("id")) == id


def _window(store: AccountStore, query: Query) -> tuple[str, str]:
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


def _keeps_time(project: Project) -> bool:
    return bool(project.record.get("timesheet_enabled"))


ENTRY = Kind(
    "Timesheet::Entry",
    "timesheet_entries",
    "timesheet_entries",
    ("Todo", "Kanban::Card"),
    build_timesheet_entry,
    without=(*SUBSCRIPTION, *COMMENTS, *BOOSTS),
    fits=_keeps_time,
)

LISTS = (AccountList("timesheet_entries", "/reports/timesheet", _every_entry, _answer, form="list"),)
