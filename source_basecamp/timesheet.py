"""The report of time entries: by windows of the day that was worked on, the last of which has no end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Optional

from airbyte_cdk.sources.declarative.migrations.state_migration import StateMigration
from airbyte_cdk.sources.declarative.models.declarative_component_schema import DeclarativeStream
from airbyte_cdk.sources.types import Config, StreamSlice, StreamState

from source_basecamp.filters import ProjectFilter
from source_basecamp.problems import system_error

OUTSIDE_WINDOW = (
    "Basecamp's timesheet report was asked for {start} to {end} and brought an entry of {date}: it ignored the "
    "requested dates, so the answer may be for another period. Please report it with the log of this sync."
)


@dataclass
class TimesheetFilter(ProjectFilter):
    """The same, and fails where an entry lies outside the requested dates.

    Basecamp silently answers with the last month where it does not understand a date parameter.
    """

    def filter_records(
        self,
        records: Iterable[Mapping[str, Any]],
        stream_state: StreamState,
        stream_slice: Optional[StreamSlice] = None,
        next_page_token: Optional[Mapping[str, Any]] = None,
    ) -> Iterable[Mapping[str, Any]]:
        window = stream_slice.cursor_slice if stream_slice else {}
        start, end = window.get("start_time", ""), window.get("end_time", "9999")
        if end >= _today():
            # Asked for without an end.
            end = "9999-12-31"
        for record in super().filter_records(records, stream_state, stream_slice, next_page_token):
            if not start <= str(record.get("date", start)) <= end:
                raise system_error(OUTSIDE_WINDOW.format(start=start, end=end, date=record["date"]))
            yield record


@dataclass
class TimesheetStateMigration(StateMigration):
    """Leaves the state as it is, and ends the windows no earlier than its day.

    A clock of this machine that is far behind would end them before they begin, and the CDK would read nothing.
    """

    config: Config
    declarative_stream: DeclarativeStream

    def should_migrate(self, stream_state: Mapping[str, Any]) -> bool:
        return True

    def migrate(self, stream_state: Mapping[str, Any]) -> Mapping[str, Any]:
        windows: Any = self.declarative_stream.incremental_sync
        if (day := stream_state.get(windows.cursor_field, "")) > _today():
            windows.end_datetime.datetime = day
        return stream_state


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
