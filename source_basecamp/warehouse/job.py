"""A sync from beginning to end: open the database, read the account, load it, make the views."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from source_basecamp.connection import Connection
from source_basecamp.warehouse.databases import quoted, ready_for_parquet
from source_basecamp.warehouse.destination import Destination
from source_basecamp.warehouse.dispatch import Dispatcher
from source_basecamp.warehouse.outcome import StreamOutcome, SyncListener
from source_basecamp.warehouse.reader import read, reading
from source_basecamp.warehouse.state import STATES, Scope, States
from source_basecamp.warehouse.store import Store, open_store
from source_basecamp.warehouse.tables import Table
from source_basecamp.warehouse.views import View, views

NOT_MADE = "The view {view} was not made: {reason}"
NOT_OURS = "source-basecamp did not make what there is of that name. Rename it, or name another schema with --dataset."
_HOLDS = "SELECT count(*), bit_xor(_fingerprint) FROM {}"
LOST = "Tables or columns that were loaded before are missing: all is read again of {streams}."
OUTGROWN = "start_date or project_ids has changed since the last sync: all is read again of {streams}."


@dataclass
class Job:
    """What to sync, and what came of it."""

    destination: Destination
    connection: Connection
    tables: list[Table]
    full_refresh: bool
    listener: SyncListener
    outcomes: list[StreamOutcome] = field(default_factory=list)
    views: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def failed(self) -> list[StreamOutcome]:
        return [outcome for outcome in self.outcomes if outcome.ended == "failed"]

    def run(self) -> None:
        """Raises a CommandError where the database cannot be used, and what the connector raises of the whole sync.

        A stream that failed is told by its outcome. Whatever happens, what had ended before is kept.
        """
        began = time.monotonic()
        if self.destination.kind == "parquet":
            tables = [table.name for table in self.tables]
            ready_for_parquet(Path(self.destination.place), [*tables, *(view.name for view in views(tables))])
        with tempfile.TemporaryDirectory(prefix="basecamp-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            with open_store(self.destination, folder) as store:
                self._fill(store, folder)
                store.tidy()
                self._finish(store)
        self.seconds = time.monotonic() - began

    def _fill(self, store: Store, folder: Path) -> None:
        states = States(store, Scope.of(self.connection.config))
        states.read()
        lost = states.forget(store.prepare([*self.tables, STATES]))
        if lost:
            self.listener.warn(LOST.format(streams=", ".join(lost)))
        names = [table.name for table in self.tables]
        if outgrown := [name for name in states.outgrown if name in names and not self.full_refresh]:
            self.listener.warn(OUTGROWN.format(streams=", ".join(outgrown)))
        saved = {} if self.full_refresh else {name: states.saved[name] for name in names if name in states.saved}
        dispatcher = Dispatcher(store, states, self.tables, folder, self.full_refresh, self.listener)
        self.outcomes = dispatcher.outcomes
        with reading(self.connection, self.listener.warn):
            dispatcher.run(read(self.connection, self.tables, saved, folder))

    def _finish(self, store: Store) -> None:
        made = make_views(store, self.listener.warn)
        self.views = [view.name for view in made]
        if self.destination.kind == "parquet":
            write_parquet(store, made)


def make_views(store: Store, warn: Callable[[str], None]) -> list[View]:
    """Makes every view whose tables are there, and returns those that were made."""
    there = store.columns()
    if there is None:
        # Of a database that we do not know, nor its SQL.
        return []
    store.use_dataset()
    made = []
    strange = there.keys() - store.own_views()
    for view in views(there):
        if view.name in strange:
            warn(NOT_MADE.format(view=view.name, reason=NOT_OURS))
            continue
        try:
            store.make_view(view.name, view.query)
            made.append(view)
        except Exception as error:  # noqa: BLE001, RUF100
            # No reason to call rows that are in a failure.
            warn(NOT_MADE.format(view=view.name, reason=str(error).strip().splitlines()[0]))
    return made


def write_parquet(store: Store, made: Iterable[View]) -> None:
    """Writes each view, and each table whose file does not hold it yet, as a whole or not at all."""
    folder = Path(store.destination.place)
    views = {view.name for view in made}
    for name in sorted(views.union(store.columns() or {}) - {STATES.name}):
        file, draft = folder / f"{name}.parquet", folder / f".{name}.parquet"
        if name in views or not _is_written(store, name, file):
            store.run(f"COPY (SELECT * FROM {name}) TO {quoted(draft)} (FORMAT parquet, COMPRESSION zstd)")  # noqa: S608
            os.replace(draft, file)


def _is_written(store: Store, table: str, file: Path) -> bool:
    """Whether the file holds the table as it is. An earlier sync may have been stopped before it wrote the file."""
    try:
        return store.run(_HOLDS.format(table)) == store.run(_HOLDS.format(f"read_parquet({quoted(file)})"))
    except duckdb.Error:
        return False
