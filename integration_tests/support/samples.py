"""Writes the sample files that name every stream, a line for each, from the manifest and the sandbox's account.

`make docs` does it. In expected_records.jsonl a changed line is a record that the sandbox has changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from integration_tests.support.connector import CATALOG, ROOT, STREAMS, Record, configured_catalog, truth
from sandbox import Sandbox
from source_basecamp.buckets import packed
from source_basecamp.catalog import StreamInfo
from source_basecamp.feeds import KIND

FOLDER = ROOT / "integration_tests"
EXPECTED_RECORDS = FOLDER / "expected_records.jsonl"
FUTURE_STATE = FOLDER / "abnormal_state.json"
CONFIGURED_CATALOG = FOLDER / "configured_catalog.json"

_STATUSES = ("active", "archived", "trashed")


def main() -> None:
    CONFIGURED_CATALOG.write_text(catalog())
    FUTURE_STATE.write_text(future_state())
    EXPECTED_RECORDS.write_text(expected_records())


def catalog() -> str:
    """Every stream, read in the best way that it can."""
    return f'{{"streams": {_list_of(configured_catalog(STREAMS)["streams"])}}}\n'


def future_state() -> str:
    """For every incremental stream a state that lies ahead of each record, and knows the sandbox's projects."""
    account = Sandbox().account
    known = {status: packed(project["id"] for project in account.projects(status)) for status in _STATUSES[:2]}
    return _list_of(_future(stream, known) for stream in CATALOG.values() if stream.cursor) + "\n"


def expected_records() -> str:
    """The first record of each stream in the sandbox's account as it comes."""
    sandbox = Sandbox()
    lines = [{"stream": stream, "data": _first(sandbox, stream), "emitted_at": 0} for stream in STREAMS]
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)


def _list_of(entries: Iterable[Mapping[str, Any]]) -> str:
    return "[\n" + ",\n".join(f"  {json.dumps(entry)}" for entry in entries) + "\n]"


def _future(stream: StreamInfo, known: Record) -> Record:
    kind = stream.schema["properties"][str(stream.cursor)]
    ahead = {"date": "2099-12-31", "date-time": "2099-12-31T23:59:59.000Z"}
    cursor = {str(stream.cursor): ahead[kind["format"]] if "format" in kind else 2**62}
    saved: Record = {**cursor}
    if stream.recording:
        saved = _feed_ahead(cursor, known, _STATUSES)
    elif parents := changed_parents(stream):
        changed = {"updated_at": ahead["date-time"]}
        feeds = {name: _feed_ahead(changed, known, statuses) for name, statuses in parents.items()}
        saved = {"use_global_cursor": True, "state": cursor, "parent_state": feeds}
    return {"type": "STREAM", "stream": {"stream_descriptor": {"name": stream.name}, "stream_state": saved}}


def changed_parents(stream: StreamInfo) -> dict[str, list[str]]:
    """The feeds whose states its own one has, because it is asked of what has changed in them, and their statuses."""
    parents = stream.declaration["retriever"].get("partition_router", {}).get("parent_stream_configs", ())
    feeds = [parent["stream"] for parent in parents if parent.get("incremental_dependency")]
    return {feed["name"]: feed["retriever"]["partition_router"]["statuses"] for feed in feeds}


def _feed_ahead(cursor: Record, known: Record, statuses: Sequence[str]) -> Record:
    partitions = [{"status": status} | kind for kind in ({}, {KIND: "archived"}) for status in statuses]
    states = [{"partition": partition, "cursor": cursor} for partition in partitions]
    return {"use_global_cursor": False, "states": states, "parent_state": {KIND: known}}


def _first(sandbox: Sandbox, stream: str) -> Record:
    """Without null fields, which the CDK leaves out."""
    return {name: value for name, value in truth(sandbox, stream)[0].items() if value is not None}


if __name__ == "__main__":
    main()
