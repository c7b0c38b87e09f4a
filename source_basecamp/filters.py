"""Filters that drop the records which do not belong to a stream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from airbyte_cdk.sources.declarative.extractors.record_filter import RecordFilter
from airbyte_cdk.sources.types import StreamSlice, StreamState


@dataclass
class ProjectFilter(RecordFilter):
    """Keeps the records of the projects in `project_ids` (of all projects without it) that meet `condition`, if any."""

    def filter_records(
        self,
        records: Iterable[Mapping[str, Any]],
        stream_state: StreamState,
        stream_slice: Optional[StreamSlice] = None,
        next_page_token: Optional[Mapping[str, Any]] = None,
    ) -> Iterable[Mapping[str, Any]]:
        if wanted := self.config.get("project_ids"):
            records = (record for record in records if _project_of(record) in wanted)
        if self.condition:
            records = super().filter_records(records, stream_state, stream_slice, next_page_token)
        yield from records


def _project_of(record: Mapping[str, Any]) -> Any:
    """The id of the project that a tool or a recording belongs to; of a project, its own."""
    bucket = record.get("bucket") or {}
    return record.get("project_id") or bucket.get("id") or record["id"]
