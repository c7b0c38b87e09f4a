"""Rows per second that `source-basecamp sync` loads. `python -m bench.loading RECORDS FILE` is what is measured.

Reading is left out: it is measured by itself, and its pace is Basecamp's limit, 450 records a second.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteMessageSerializer,
    AirbyteRecordMessage,
    AirbyteStreamStatus,
    StreamDescriptor,
    Type,
)
from airbyte_cdk.utils.stream_status_utils import as_airbyte_message

from bench import ROOT
from bench.sizes import one_feed
from bench.table import Row, Section, Target
from sandbox.account import Account
from source_basecamp.catalog import all_streams
from source_basecamp.warehouse.destination import destination
from source_basecamp.warehouse.dispatch import Dispatcher
from source_basecamp.warehouse.state import STATES, Scope, States
from source_basecamp.warehouse.stores import open_store
from source_basecamp.warehouse.tables import Table

STREAM = "todos"
FAST_ENOUGH = Target("at least", 5_000)
_LATER = "2027-01-01T00:00:00.000Z"


class _Nobody:
    """Ignores the progress of the sync."""

    def began(self, outcome: object) -> None: ...
    def ended(self, outcome: object) -> None: ...
    def warn(self, text: str) -> None: ...


def section(count: int, repeats: int) -> Section:
    """Loads so many to-dos into an empty table, then merges the same ones, each of them changed."""
    first = Account(one_feed(count)).feed("Todo")
    second = [{**record, "content": f"{record['content']}, changed", "updated_at": _LATER} for record in first]
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = [_written(folder / f"{number}.jsonl", records) for number, records in enumerate((first, second))]
        rounds = [[_seconds(file, folder / f"{number}.duckdb") for file in files] for number in range(repeats)]
    loaded, merged = (round(count / min(times)) for times in zip(*rounds, strict=True))
    return Section(
        f"`sync` into DuckDB, {count:,} to-dos that are read already: best of {repeats}",
        [
            Row("rows per second into an empty table", loaded, None, target=FAST_ENOUGH),
            Row("rows per second merged by key, every row changed", merged, None, target=FAST_ENOUGH),
        ],
    )


def _written(file: Path, records: list[dict[str, Any]]) -> Path:
    file.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
    return file


def _seconds(records: Path, database: Path) -> float:
    command = [sys.executable, "-m", "bench.loading", str(records), str(database)]
    done = subprocess.run(command, check=True, capture_output=True, cwd=ROOT, timeout=600)
    return float(done.stdout)


def _load(records: Path, database: Path) -> float:
    """Seconds from the first record to the last row."""
    messages = list(_messages([orjson.loads(line) for line in records.read_bytes().splitlines()]))
    (table,) = (Table.of(stream) for stream in all_streams() if stream.name == STREAM)
    with TemporaryDirectory() as name:
        folder = Path(name)
        with open_store(destination(f"duckdb:{database}", None, False), folder) as store:
            states = States(store, Scope.of({"account_id": 1}))
            store.prepare([table, STATES], print)
            began = time.monotonic()
            Dispatcher(store, states, [table], folder, False, _Nobody()).run(messages)
            return time.monotonic() - began


def _messages(records: list[dict[str, Any]]) -> Iterator[AirbyteMessage]:
    """The messages that the connector would emit."""
    stream = StreamDescriptor(name=STREAM)
    yield as_airbyte_message(stream, AirbyteStreamStatus.STARTED)
    for data in records:
        yield AirbyteMessage(type=Type.RECORD, record=AirbyteRecordMessage(stream=STREAM, data=data, emitted_at=0))
    state = {"stream_descriptor": {"name": STREAM}, "stream_state": {"updated_at": _LATER}}
    yield AirbyteMessageSerializer.load({"type": "STATE", "state": {"type": "STREAM", "stream": state}})
    yield as_airbyte_message(stream, AirbyteStreamStatus.COMPLETE)


if __name__ == "__main__":
    print(_load(*map(Path, sys.argv[1:])))
