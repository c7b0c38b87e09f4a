"""The reader's side of a sync, in the main thread: the connector's messages become tasks for the loader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStateMessage,
    AirbyteStateMessageSerializer,
    AirbyteStreamStatus,
    AirbyteTraceMessage,
)
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.error_handler import unavailability
from source_basecamp.warehouse.loader import End, Load, Loader, SaveState, Stage, StreamLoad, Task
from source_basecamp.warehouse.outcome import StreamOutcome, SyncListener
from source_basecamp.warehouse.staging import StagedRecords
from source_basecamp.warehouse.state import States
from source_basecamp.warehouse.store import Store
from source_basecamp.warehouse.tables import Table
from source_basecamp.warehouse.worker import Worker

MAX_STAGED_PARTS = 16
"""Files of an incremental stream after which they are loaded while it is read: a load takes memory, and a while."""


@dataclass
class _StreamRead:
    """A stream that is being read."""

    load: StreamLoad
    staged: StagedRecords
    complete: bool = False
    staged_parts: int = 0
    """Files since the loader was told to load."""


class Dispatcher:
    """Loads the messages of a sync.

    A stream that is read whole replaces its table once it is complete; so does an incremental one with
    `full_refresh`. All others are merged at each of their states.
    """

    def __init__(
        self,
        store: Store,
        states: States,
        tables: Sequence[Table],
        folder: Path,
        full_refresh: bool,
        listener: SyncListener,
        named: bool = True,
        keeps_states: bool = True,
    ) -> None:
        self._listener, self._named, self._keeps_states = listener, named, keeps_states
        self._streams = {
            table.name: _StreamRead(
                StreamLoad(table, full_refresh or not table.incremental, full_refresh, StreamOutcome(table.name)),
                StagedRecords(table, folder, without_nul=not store.holds_nul),
            )
            for table in tables
        }
        self._ends: list[End] = []
        """Of streams that are complete, and whose last state is still to come."""
        self._loader = Loader(store, states, folder, listener)
        self._worker: Worker[Task] = Worker(self._loader.do, self._loader.close)

    @property
    def outcomes(self) -> list[StreamOutcome]:
        """Of all streams, in their order."""
        return [stream.load.outcome for stream in self._streams.values()]

    def seen(self, table: Table) -> list[pa.Table]:
        """The keys of the records of an incremental stream, after `run`."""
        return self._loader.seen[table.name]

    def run(self, messages: Iterable[AirbyteMessage]) -> None:
        """Loads all messages. What was loaded before an error stays.

        Raises what the database raises, and what the connector raises unless it is in the outcomes.
        """
        failure = None
        with self._worker:
            try:
                for message in messages:
                    self._worker.raise_if_failed()
                    self._dispatch(message)
            except AirbyteTracedException as error:
                failure = error
            self._put_ends()
        if failure and not any(outcome.ended in ("failed", "unavailable") for outcome in self.outcomes):
            raise failure

    def _dispatch(self, message: AirbyteMessage) -> None:
        if message.record or message.trace:
            self._put_ends()
        if message.record:
            self._on_record(self._streams[message.record.stream], message.record.data)
        elif message.state and message.state.stream:
            self._on_state(self._streams[message.state.stream.stream_descriptor.name], message.state)
            self._put_ends()
        elif message.trace:
            self._on_trace(message.trace)

    def _put_ends(self) -> None:
        for end in self._ends:
            self._worker.put(end)
        self._ends.clear()

    def _on_record(self, stream: _StreamRead, data: Mapping[str, Any]) -> None:
        stream.load.outcome.read += 1
        if stream.staged.add(data):
            stream.staged_parts += 1
            if not stream.load.whole and stream.staged_parts >= MAX_STAGED_PARTS:
                self._load(stream)
            else:
                self._worker.put(Stage(stream.load, stream.staged.cut()))

    def _on_state(self, stream: _StreamRead, message: AirbyteStateMessage) -> None:
        if not stream.load.whole:
            self._load(stream)
        # Of a table that is replaced, only the state counts that comes when the stream is complete.
        if self._keeps_states and (not stream.load.whole or stream.complete):
            self._worker.put(SaveState(stream.load, dict(AirbyteStateMessageSerializer.dump(message)["stream"])))

    def _on_trace(self, trace: AirbyteTraceMessage) -> None:
        if trace.error and trace.error.stream_descriptor:
            outcome = self._streams[trace.error.stream_descriptor.name].load.outcome
            # Of several errors the first is told that is not of a stream that is merely unavailable.
            if not outcome.error or unavailability(outcome.error):
                outcome.error = trace.error.message
        if trace.stream_status is None:
            return
        stream = self._streams[trace.stream_status.stream_descriptor.name]
        match trace.stream_status.status:
            case AirbyteStreamStatus.STARTED:
                stream.load.outcome.begin()
                self._listener.began(stream.load.outcome)
            case AirbyteStreamStatus.COMPLETE:
                stream.complete = True
                self._load(stream)
                if not stream.load.table.incremental:
                    self._worker.put(SaveState(stream.load, None))
                # Its last state comes right after: the stream is told to have ended once that is saved.
                self._ends.append(End(stream.load, "complete"))
            case AirbyteStreamStatus.INCOMPLETE:
                unavailable = not self._named and unavailability(stream.load.outcome.error)
                self._worker.put(End(stream.load, "unavailable" if unavailable else "failed"))

    def _load(self, stream: _StreamRead) -> None:
        stream.staged_parts = 0
        self._worker.put(Load(stream.load, stream.staged.cut()))
