"""One sync: records go into tables, and the state of a stream is saved when the rows that it covers are in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb
from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    AirbyteStreamStatus,
    AirbyteTraceMessage,
)
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.warehouse.compare import Comparison
from source_basecamp.warehouse.databases import DUCKDB_SETTINGS
from source_basecamp.warehouse.outcome import Outcome
from source_basecamp.warehouse.staging import Lines, StagedRecords
from source_basecamp.warehouse.state import States
from source_basecamp.warehouse.store import Store
from source_basecamp.warehouse.tables import Table
from source_basecamp.warehouse.worker import Worker

_MANY = 12
_MANY_ROWS = 50_000
"""A long stream is loaded in parts while it is read."""


class Watch(Protocol):
    """Hears how a sync goes on, from any thread."""

    def began(self, outcome: Outcome) -> None: ...
    def ended(self, outcome: Outcome) -> None: ...
    def warn(self, text: str) -> None: ...


@dataclass
class _Stream:
    table: Table
    arrivals: StagedRecords
    whole: bool
    """All of it is read, and replaces the table; otherwise rows are merged by key."""
    outcome: Outcome
    state: dict[str, Any] | None = None
    complete: bool = False
    handed_over: int = 0
    """Records that are loaded, or about to be."""


@dataclass
class _Ready:
    """What of a stream is to be loaded next."""

    stream: _Stream
    comparison: Comparison | None = None
    reached: bool = False
    """Whether the rows up to `state` are loaded with it."""
    state: dict[str, Any] | None = None
    ending: str = ""
    """How the stream ends when this is loaded, if it does."""


class Loader:
    """Loads the messages of a sync.

    A stream that is read whole replaces its table once it is complete; so does an incremental one with
    `full_refresh`. All others are merged as often as their state comes.
    """

    def __init__(
        self, store: Store, states: States, tables: Sequence[Table], folder: Path, full_refresh: bool, watch: Watch
    ) -> None:
        self._store, self._states, self._watch = store, states, watch
        self._streams = {
            table.name: _Stream(
                table,
                StagedRecords(table, folder, without_nul=not store.holds_nul),
                full_refresh or not table.incremental,
                Outcome(table.name),
            )
            for table in tables
        }
        self._ready: dict[str, _Ready] = {}
        self._engine = duckdb.connect(config={**DUCKDB_SETTINGS, "temp_directory": str(folder)})
        self._engine.execute("SET TimeZone = 'UTC'")

    @property
    def outcomes(self) -> list[Outcome]:
        """Of all streams, in their order."""
        return [stream.outcome for stream in self._streams.values()]

    def run(self, messages: Iterable[AirbyteMessage]) -> None:
        """Loads all messages. What was loaded stays, however it ends.

        Raises what the connector raises unless the outcomes tell it, and what the database raises.
        """
        failure = None
        with Worker(self._after_job) as worker:
            try:
                for message in messages:
                    self._take(message, worker)
            except AirbyteTracedException as error:
                failure = error
        if failure and not any(outcome.ended == "failed" for outcome in self.outcomes):
            raise failure

    def _take(self, message: AirbyteMessage, worker: Worker) -> None:
        worker.raise_if_failed()
        if message.record:
            stream = self._streams[message.record.stream]
            stream.outcome.read += 1
            if stream.arrivals.add(message.record.data):
                many = not stream.whole and stream.outcome.read - stream.handed_over >= _MANY_ROWS
                self._hand_over(stream, worker, self._compare if many else self._write)
        elif message.state and message.state.stream:
            stream = self._streams[message.state.stream.stream_descriptor.name]
            stream.state = _as_saved(message.state)
            if not stream.whole:
                self._hand_over(stream, worker, self._compare)
            # The last state comes when the stream is complete. Earlier ones say nothing of a table yet to be replaced.
            if not stream.whole or stream.complete:
                worker.do(self._reach, stream, stream.state)
        elif message.trace:
            self._note(message.trace, worker)

    def _note(self, trace: AirbyteTraceMessage, worker: Worker) -> None:
        if trace.error and trace.error.stream_descriptor:
            self._streams[trace.error.stream_descriptor.name].outcome.error = trace.error.message
        if trace.stream_status is None:
            return
        stream = self._streams[trace.stream_status.stream_descriptor.name]
        match trace.stream_status.status:
            case AirbyteStreamStatus.STARTED:
                stream.outcome.begin()
                self._watch.began(stream.outcome)
            case AirbyteStreamStatus.COMPLETE:
                stream.complete = True
                self._hand_over(stream, worker, self._compare)
                if not stream.table.incremental:
                    worker.do(self._reach, stream, None)
                worker.do(self._end, stream, "complete")
            case AirbyteStreamStatus.INCOMPLETE:
                worker.do(self._end, stream, "failed")

    def _hand_over(self, stream: _Stream, worker: Worker, job: Callable[[_Stream, Lines], None]) -> None:
        """Gives what has arrived to the worker."""
        if job != self._write:
            stream.handed_over = stream.outcome.read
        worker.do(job, stream, stream.arrivals.cut())

    # In the worker's thread.

    def _write(self, stream: _Stream, lines: Lines) -> None:
        stream.arrivals.write(self._engine, lines)

    def _compare(self, stream: _Stream, lines: Lines) -> None:
        """Makes ready what has arrived."""
        arrivals, table = stream.arrivals, stream.table
        arrivals.write(self._engine, lines, even_if_empty=stream.whole and not arrivals.parts)
        if not arrivals.parts:
            return
        if table.name in self._ready:
            # The next comparison has to see its rows.
            self._load()
        comparison = Comparison(self._engine, table, arrivals.release(), stream.whole)
        keys = None if stream.whole else comparison.keys()
        comparison.compare(self._store.present(table, comparison.needed(table), keys))
        self._ready[table.name] = _Ready(stream, comparison)

    def _reach(self, stream: _Stream, state: dict[str, Any] | None) -> None:
        """Makes ready the state that covers what was made ready before."""
        ready = self._ready.setdefault(stream.table.name, _Ready(stream))
        ready.reached, ready.state = True, state

    def _end(self, stream: _Stream, how: str) -> None:
        self._ready.setdefault(stream.table.name, _Ready(stream)).ending = how

    def _after_job(self, more: bool) -> None:
        # Each load costs the same half a second, for one stream or for many: what is ready waits for what is coming.
        if self._ready and (not more or len(self._ready) >= _MANY):
            self._load()

    def _load(self) -> None:
        """Loads what is ready, then saves the states that cover it."""
        ready = list(self._ready.values())
        self._ready = {}
        self._store.load([one.comparison for one in ready if one.comparison and one.comparison.changes])
        self._states.save({one.stream.table.name: one.state for one in ready if one.reached})
        for one in ready:
            if one.comparison:
                one.stream.outcome.changes += one.comparison.changes
                one.comparison.close()
            if one.ending:
                one.stream.outcome.end(one.ending)
                self._watch.ended(one.stream.outcome)


def _as_saved(message: AirbyteStateMessage) -> dict[str, Any]:
    dumped: dict[str, Any] = AirbyteStateMessageSerializer.dump(message)
    return dict(dumped["stream"])
