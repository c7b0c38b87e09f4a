"""The loader's side of a sync, in the worker thread: writes rows to their tables, then the states that cover them.

Not in the main thread: dlt installs signal handlers of its own there, which would swallow a Ctrl-C.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from source_basecamp.warehouse.compare import NO_CHANGES, Comparison
from source_basecamp.warehouse.databases import DUCKDB_SETTINGS
from source_basecamp.warehouse.deletions import known_rows
from source_basecamp.warehouse.errors import RefusedError, translated_errors
from source_basecamp.warehouse.outcome import StreamOutcome, SyncListener
from source_basecamp.warehouse.staging import Lines, write_part
from source_basecamp.warehouse.state import States
from source_basecamp.warehouse.store import Store
from source_basecamp.warehouse.tables import Table

MAX_PENDING_STREAMS = 12
"""Streams that are loaded together at most. Each load costs the same half a second, for one stream or for many."""


@dataclass(frozen=True)
class StreamLoad:
    """A stream and its table."""

    table: Table
    whole: bool
    """The stream is read whole: a row without a record is one that Basecamp no longer lists."""
    anew: bool
    """The stream is read whole and replaces the table. Otherwise rows are merged by key."""
    outcome: StreamOutcome


@dataclass(frozen=True)
class Stage:
    """Task: turn lines into columns on disk, for a later `Load`."""

    stream: StreamLoad
    lines: Lines


@dataclass(frozen=True)
class Load:
    """Task: load lines, and those of the stream that were staged before them."""

    stream: StreamLoad
    lines: Lines


@dataclass(frozen=True)
class SaveState:
    """Task: save a state that covers the rows of the tasks before; None for a stream that has no cursor."""

    stream: StreamLoad
    state: dict[str, Any] | None


@dataclass(frozen=True)
class End:
    """Task: end the stream's outcome as `complete`, `failed` or `unavailable`, once the tasks before are done."""

    stream: StreamLoad
    ended: str


Task = Stage | Load | SaveState | End


@dataclass
class _Pending:
    """What the next load writes for one stream."""

    stream: StreamLoad
    comparison: Comparison | None = None
    saves_state: bool = False
    state: dict[str, Any] | None = None
    ended: str = ""


class Loader:
    """Does the tasks of a sync. What they write is collected, so that several streams share one load."""

    def __init__(self, store: Store, states: States, folder: Path, listener: SyncListener) -> None:
        self._store, self._states, self._listener = store, states, listener
        self.seen: defaultdict[str, list[pa.Table]] = defaultdict(list)
        """By table: the keys of the records that were loaded, of streams that are not read whole."""
        self._parts: dict[str, list[Path]] = defaultdict(list)
        self._pending: dict[str, _Pending] = {}
        self._refused: set[str] = set()
        """The tables whose rows the database has refused."""
        self._engine = duckdb.connect(config={**DUCKDB_SETTINGS, "temp_directory": str(folder)})
        self._engine.execute("SET TimeZone = 'UTC'")

    def do(self, task: Task, more: bool) -> None:
        """Does a task. Loads what is pending, unless there is `more` to come."""
        match task:
            case Stage(stream, lines) | Load(stream, lines) if stream.table.name in self._refused:
                lines.path.unlink()
            case Stage(stream, lines):
                with self._refusal_of(stream):
                    self._stage(stream, lines)
            case Load(stream, lines):
                with self._refusal_of(stream):
                    self._compare(stream, lines)
            case SaveState(stream, state):
                pending = self._pending_of(stream)
                pending.saves_state, pending.state = True, state
            case End(stream, ended):
                self._pending_of(stream).ended = ended
        if not more or len(self._pending) >= MAX_PENDING_STREAMS:
            self.load()

    def load(self) -> None:
        """Loads what is pending, then saves the states that cover it."""
        if not self._pending:
            return
        pending = list(self._pending.values())
        self._pending = {}
        compared = [(one.stream, one.comparison) for one in pending if one.comparison]
        self._load_rows([(stream, comparison) for stream, comparison in compared if comparison.has_rows])
        for stream, comparison in compared:
            if comparison.gone and not comparison.anew:
                with self._refusal_of(stream):
                    self._store.mark(stream.table, comparison.gone, self._states.moment)
        saved = {one.stream.table.name: one.state for one in pending if one.saves_state}
        self._states.save({table: state for table, state in saved.items() if table not in self._refused})
        for one in pending:
            outcome, is_refused = one.stream.outcome, one.stream.table.name in self._refused
            if one.comparison:
                outcome.changes += NO_CHANGES if is_refused else one.comparison.changes
                one.comparison.close()
            if one.ended:
                outcome.end("failed" if is_refused else one.ended)
                self._listener.ended(outcome)

    def _load_rows(self, rows: Sequence[tuple[StreamLoad, Comparison]]) -> None:
        """Loads rows of several streams together. If the database refuses them, those of each stream by themselves."""
        try:
            self._store.load([comparison for _, comparison in rows])
        except RefusedError:
            for stream, comparison in rows:
                with self._refusal_of(stream):
                    self._store.load([comparison], again=True)

    @contextmanager
    def _refusal_of(self, stream: StreamLoad) -> Iterator[None]:
        """Lets a stream alone fail whose rows the database refuses: no more is loaded of it."""
        try:
            yield
        except RefusedError as error:
            self._refused.add(stream.table.name)
            stream.outcome.error = str(error)

    def close(self) -> None:
        """Loads what is pending, and gives back the memory and threads of DuckDB."""
        try:
            self.load()
        finally:
            self._engine.close()

    def _stage(self, stream: StreamLoad, lines: Lines) -> None:
        parts = self._parts[stream.table.name]
        # A stream that is read whole and has no record empties its table.
        if lines.count or (stream.whole and not parts):
            with translated_errors(self._store.destination):
                parts.append(write_part(self._engine, stream.table, lines))
        lines.path.unlink()

    def _compare(self, stream: StreamLoad, lines: Lines) -> None:
        self._stage(stream, lines)
        table, parts = stream.table, self._parts.pop(stream.table.name)
        if not parts:
            return
        if table.name in self._pending:
            # Its rows have to be there for the next comparison.
            self.load()
        comparison = Comparison(self._engine, table, parts, stream.whole, stream.anew)
        if stream.whole:
            columns, known = ([], "TRUE") if stream.anew else known_rows(table, self._states.project_ids)
            needed = list(dict.fromkeys([*comparison.needed(table), *columns]))
            comparison.compare(self._store.present(table, needed), known)
        else:
            keys = comparison.keys()
            self.seen[table.name].append(keys)
            comparison.compare(self._store.present(table, comparison.needed(table), keys))
        self._pending[table.name] = _Pending(stream, comparison)

    def _pending_of(self, stream: StreamLoad) -> _Pending:
        return self._pending.setdefault(stream.table.name, _Pending(stream))
