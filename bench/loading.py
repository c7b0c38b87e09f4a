"""What `source-basecamp sync` costs besides reading: rows per second, memory, an idle sync.

Reading is measured by itself: its pace is the limit of Basecamp.
`python -m bench.loading RECORDS FILE` loads records that are in memory already, and prints seconds and megabytes. With
`lazily` after it, the records are parsed one by one.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
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
from bench.sizes import IDLE, one_feed
from bench.table import Row, Section, Target
from sandbox import Sandbox
from sandbox.account import Account
from source_basecamp.warehouse.destination import destination
from source_basecamp.warehouse.dispatch import Dispatcher
from source_basecamp.warehouse.outcome import Unheard
from source_basecamp.warehouse.state import STATES, Scope, States
from source_basecamp.warehouse.stores import open_store
from source_basecamp.warehouse.tables import table_of

STREAM = "todos"
NINE = "projects,todos,messages,comments,documents,uploads,schedule_entries,cards,question_answers"
"""What an idle sync reads: as much as fits into the request budget."""
FAST_ENOUGH = Target("at least", 5_000)
SMALL_ENOUGH = Target("at most", 400)
"""Megabytes."""
QUICK_ENOUGH = Target("at most", 1.5)
"""Seconds."""
_LATER = "2027-01-01T00:00:00.000Z"
_LONG = "A description that is as long as a page. " * 150


def section(count: int, repeats: int) -> Section:
    """Loads so many to-dos into an empty table, then merges the same ones, each of them changed."""
    plain = Account(one_feed(count)).feed("Todo")
    large = ({**record, "description": _LONG} for record in plain)
    with TemporaryDirectory() as name:
        folder = Path(name)
        files = [_written(folder / f"{n}.jsonl", records) for n, records in enumerate((plain, _changed(plain)))]
        rounds = [[_loaded(file, folder / f"{number}.duckdb")[0] for file in files] for number in range(repeats)]
        largest = _written(folder / "large.jsonl", large)
        size, (_, megabytes) = largest.stat().st_size // count, _loaded(largest, folder / "large.duckdb", "lazily")
    idle, (into_empty, merged) = _idle(repeats), (round(count / min(times)) for times in zip(*rounds, strict=True))
    return Section(
        f"`sync` into DuckDB, {count:,} to-dos that are read already: best of {repeats}",
        [
            Row("rows per second into an empty table", into_empty, None, target=FAST_ENOUGH),
            Row("rows per second merged by key, every row changed", merged, None, target=FAST_ENOUGH),
            Row(f"memory at the peak, MB, of to-dos of {size:,} bytes", megabytes, None, target=SMALL_ENOUGH),
            Row("seconds of an idle sync of nine streams from loopback", idle, None, target=QUICK_ENOUGH),
        ],
    )


def _changed(records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    return ({**record, "content": f"{record['content']}, changed", "updated_at": _LATER} for record in records)


def _written(file: Path, records: Iterable[dict[str, Any]]) -> Path:
    with file.open("wb") as lines:
        lines.writelines(orjson.dumps(record) + b"\n" for record in records)
    return file


def _loaded(records: Path, database: Path, *how: str) -> tuple[float, int]:
    command = [sys.executable, "-m", "bench.loading", str(records), str(database), *how]
    done = subprocess.run(command, check=True, capture_output=True, cwd=ROOT, timeout=600)
    seconds, megabytes = done.stdout.split()
    return float(seconds), int(megabytes)


def _idle(repeats: int) -> float:
    """Seconds of a sync after which nothing is new, from the opening of the database to its end."""
    with Sandbox(IDLE, rate_limit=False) as sandbox, TemporaryDirectory() as name:
        config = Path(name) / "config.json"
        config.write_text(json.dumps(sandbox.config(lookback_minutes=0)))
        command = [sys.executable, str(ROOT / "main.py"), "sync", "--to", f"duckdb:{name}/idle.duckdb", "--json"]
        command += ["--config", str(config), "--streams", NINE]
        environment = os.environ | sandbox.env
        seconds = []
        for _ in range(1 + repeats):
            done = subprocess.run(command, check=True, capture_output=True, env=environment, cwd=ROOT, timeout=600)
            seconds.append(float(json.loads(done.stdout)["seconds"]))
        return min(seconds[1:])


def _load(records: Path, database: Path, how: str = "") -> float:
    """Seconds from the first record to the last row."""
    table = table_of(STREAM)
    with TemporaryDirectory() as name:
        folder = Path(name)
        with open_store(destination(f"duckdb:{database}", None, False), folder) as store:
            states = States(store, Scope.of({"account_id": 1}))
            store.prepare([table, STATES], print)
            with records.open("rb") as lines:
                parsed = map(orjson.loads, lines)
                messages = _messages(parsed) if how else list(_messages(parsed))
                began = time.monotonic()
                Dispatcher(store, states, [table], folder, False, Unheard()).run(messages)
            return time.monotonic() - began


def _messages(records: Iterable[dict[str, Any]]) -> Iterator[AirbyteMessage]:
    """The messages that the connector would emit."""
    stream = StreamDescriptor(name=STREAM)
    yield as_airbyte_message(stream, AirbyteStreamStatus.STARTED)
    for data in records:
        yield AirbyteMessage(type=Type.RECORD, record=AirbyteRecordMessage(stream=STREAM, data=data, emitted_at=0))
    state = {"stream_descriptor": {"name": STREAM}, "stream_state": {"updated_at": _LATER}}
    yield AirbyteMessageSerializer.load({"type": "STATE", "state": {"type": "STREAM", "stream": state}})
    yield as_airbyte_message(stream, AirbyteStreamStatus.COMPLETE)


if __name__ == "__main__":
    seconds = _load(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
