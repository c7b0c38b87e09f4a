"""The loader's side of a sync, in the worker thread: writes rows to their tables, then the states that cover them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from source_basecamp.warehouse.compare import Comparison
from source_basecamp.warehouse.databases import ENGINE_SETTINGS
from source_basecamp.warehouse.deletions import known_rows
from source_basecamp.warehouse.errors import RefusedError, translated_errors
from source_basecamp.warehouse.outcome import StreamOutcome, SyncListener
from source_basecamp.warehouse.staging import Lines, write_part
from source_basecamp.warehouse.state import States
from source_basecamp.warehouse.store import Store
from source_basecamp.warehouse.tables import Table


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


class Loader:
    """Does the tasks of a sync. A stream fails alone whose rows the database refuses: no more is loaded of it."""

    def __init__(self, store: Store, states: States, folder: Path, listener: SyncListener) -> None:
        self._store, self._states, self._listener = store, states, listener
        self.seen: defaultdict[str, list[pa.Table]] = defaultdict(list)
        """By table: the keys of the records that were loaded, of streams that are not read whole."""
        self._parts: dict[str, list[Path]] = defaultdict(list)
        self._refused: set[str] = set()
        """The tables whose rows the database has refused."""
        self._engine = duckdb.connect(config={**ENGINE_SETTINGS, "temp_directory": str(folder)})
        self._engine.execute("SET TimeZone = 'UTC'")

    def do(self, task: Task) -> None:
        table = task.stream.table.name
        match task:
            case Stage(_, lines) | Load(_, lines) if table in self._refused:
                lines.path.unlink()
            case Stage(stream, lines):
                with self._refusal_of(stream):
                    self._stage(stream, lines)
            case Load(stream, lines):
                with self._refusal_of(stream):
                    self._load(stream, lines)
            case SaveState(_, state) if table not in self._refused:
                self._states.save({table: state})
            case End(stream, ended):
                stream.outcome.end("failed" if table in self._refused else ended)
                self._listener.ended(stream.outcome)

    @contextmanager
    def _refusal_of(self, stream: StreamLoad) -> Iterator[None]:
        try:
            yield
        except RefusedError as error:
            self._refused.add(stream.table.name)
            stream.outcome.error = str(error)

    def close(self) -> None:
        """Gives back the memory and threads of DuckDB."""
        self._engine.close()

    def _stage(self, stream: StreamLoad, lines: Lines) -> None:
        parts = self._parts[stream.table.name]
        # A stream that is read whole and has no record empties its table.
        if lines.count or (stream.whole and not parts):
            with translated_errors(self._store.destination):
                parts.append(write_part(self._engine, stream.table, lines))
        lines.path.unlink()

    def _load(self, stream: StreamLoad, lines: Lines) -> None:
        self._stage(stream, lines)
        table, parts = stream.table, self._parts.pop(stream.table.name)
        if not parts:
            return
        comparison = Comparison(self._engine, table, parts, stream.whole, stream.anew)
        if stream.whole:
            columns, known = ([], "TRUE") if stream.anew else known_rows(table, self._states.project_ids)
            needed = list(dict.fromkeys([*comparison.needed(table), *columns]))
            comparison.compare(self._store.present(table, needed), known)
        else:
            keys = comparison.keys()
            self.seen[table.name].append(keys)
            comparison.compare(self._store.present(table, comparison.needed(table), keys))
        if comparison.has_rows or comparison.gone:
            self._store.load(comparison, self._states.moment)
        stream.outcome.changes += comparison.changes
        comparison.close()
