"""The table of what takes place of the events that repeat, from yesterday until some months ahead."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from source_basecamp.warehouse.recurrence import occurrences
from source_basecamp.warehouse.tables import Column, Table

DAYS_AHEAD = 120
"""A month more than `upcoming_schedule` shows: it is right for as long after a sync."""

OCCURRENCES = Table(
    name="schedule_occurrences",
    key=("schedule_entry_id",),
    incremental=False,
    columns=(
        Column("schedule_entry_id", "bigint", "Id of the event, in `schedule_entries`."),
        Column("starts_on", "date", "First day of an occurrence that lasts all day; null for others."),
        Column("ends_on", "date", "Last day of an occurrence that lasts all day; null for others."),
        Column("start_time", "timestamp", "Beginning; null for an occurrence that lasts all day."),
        Column("end_time", "timestamp", "End; null for an occurrence that lasts all day."),
    ),
    description="What takes place of the active events that repeat, worked out from their rules at each sync: "
    f"from the day before it until {DAYS_AHEAD} days after it.",
)

ENTRIES = "schedule_entries"
"""The table that it is made of."""

REPEATING = (
    "SELECT id, starts_at, ends_at, CAST(recurrence_schedule AS varchar) FROM {} WHERE status = 'active' "
    "AND _deleted_at IS NULL AND recurrence_schedule ->> 'frequency' IS NOT NULL"
)
"""A query for the entries that repeat."""

Row = tuple[int, date | None, date | None, datetime | None, datetime | None]


def rows(repeating: Iterable[tuple[Any, ...]], today: date) -> set[Row]:
    """The rows of the table, from what `REPEATING` finds. `today` is a day in UTC: somewhere it is still yesterday."""
    first, last = today - timedelta(days=1), today + timedelta(days=DAYS_AHEAD)
    found: set[Row] = set()
    for id, starts_at, ends_at, text in repeating:
        rule = None
        with suppress(ValueError):
            rule = json.loads(text)
        for begin, end in occurrences(starts_at, ends_at, rule, first, last):
            timed = isinstance(begin, datetime)
            found.add((id, None, None, begin, end) if timed else (id, begin, end, None, None))  # type: ignore[arg-type]
    return found
