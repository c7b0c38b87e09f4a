"""A sync from beginning to end: opens the database, reads and loads the account, creates the views."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from source_basecamp.connection import Connection
from source_basecamp.product import BC3, product_of
from source_basecamp.warehouse.compare import Changes
from source_basecamp.warehouse.databases import prepare_folder, refuse_files
from source_basecamp.warehouse.deletions import Audit, Listing
from source_basecamp.warehouse.derived import bridges
from source_basecamp.warehouse.destination import Destination
from source_basecamp.warehouse.dispatch import Dispatcher
from source_basecamp.warehouse.duckdb_store import DuckDBStore
from source_basecamp.warehouse.errors import translated_errors
from source_basecamp.warehouse.files.copying import Copying
from source_basecamp.warehouse.files.stored import STORED
from source_basecamp.warehouse.occurrences import OCCURRENCES
from source_basecamp.warehouse.outcome import StreamOutcome, SyncListener, Unheard
from source_basecamp.warehouse.parquet import write_parquet
from source_basecamp.warehouse.reader import Reader, kept_tokens_and_warnings
from source_basecamp.warehouse.sql_store import SqlStore
from source_basecamp.warehouse.state import STATES, Scope, States
from source_basecamp.warehouse.store import Store
from source_basecamp.warehouse.stores import open_store
from source_basecamp.warehouse.tables import Table
from source_basecamp.warehouse.upkeep import lacking, make_views
from source_basecamp.warehouse.views import all_views

LOST = "Tables or columns that were loaded before are missing. Read again from the beginning: {streams}."
SCOPE_CHANGED = "start_date or project_ids has changed since the last sync. Read again from the beginning: {streams}."


@dataclass
class Job:
    """A sync: its parameters, and after `run` its results."""

    destination: Destination
    connection: Connection
    tables: list[Table]
    named: bool
    """The streams were asked for by name: one that Basecamp does not offer has failed, instead of being unavailable."""
    full_refresh: bool
    """Makes the tables anew, of what Basecamp lists."""
    reconcile: bool
    """Reads everything again, and marks what Basecamp no longer lists, without waiting for a count to differ."""
    listener: SyncListener
    files: Copying | None = None
    """Copies the files that the tables list, once they are loaded."""
    outcomes: list[StreamOutcome] = field(default_factory=list)
    views: list[str] = field(default_factory=list)
    views_not_made: dict[str, list[str]] = field(default_factory=dict)
    """The tables that are missing for a view, by the name of each that lacks some."""
    seconds: float = 0.0

    @property
    def product(self) -> str:
        return product_of(self.connection.config)

    @property
    def failed(self) -> list[StreamOutcome]:
        return [outcome for outcome in self.outcomes if outcome.ended == "failed"]

    @property
    def _relations(self) -> list[str]:
        """The names of all tables and views that the sync may make."""
        names = [table.name for table in self.tables]
        names += [bridge.name for name in names for bridge in bridges(name)]
        names += [OCCURRENCES.name] if self.product == BC3 else []
        names += [STORED.name] if self.files else []
        return [*names, *(view.name for view in all_views(self.product))]

    def run(self) -> None:
        """Runs the sync. A stream that failed is in `outcomes`; streams that ended before an error are kept.

        Raises a CommandError if the database cannot be used, and what the connector raises for the sync as a whole.
        """
        began = time.monotonic()
        if self.destination.kind == "parquet":
            prepare_folder(Path(self.destination.place), self._relations)
        with tempfile.TemporaryDirectory(prefix="basecamp-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            with open_store(self.destination, folder) as store:
                reader = Reader(self.connection, folder)
                self._load(store, folder, reader)
                if isinstance(store, SqlStore):
                    with translated_errors(self.destination):
                        self._finish(store)
                    if self.files:
                        self._copy(self.files, store, reader)
        self.seconds = time.monotonic() - began

    def _load(self, store: Store, folder: Path, reader: Reader) -> None:
        states = States(store, Scope.of(self.connection.config))
        states.read({table.name for table in self.tables if table.incremental and table.from_feeds})
        if isinstance(store, DuckDBStore) and self.destination.kind == "parquet":
            refuse_files(Path(self.destination.place), set(self._relations) - store.found.keys())
        # First the states: a sync that is killed in between reads again.
        lost = states.forget(store.lacking([*self.tables, STATES]))
        store.prepare([*self.tables, STATES], self.listener.warn)
        if self.files and isinstance(store, SqlStore):
            self.files.prepare(store)
        if lost:
            self.listener.warn(LOST.format(streams=", ".join(lost)))
        names = [table.name for table in self.tables]
        if changed := [name for name in states.of_another_scope if name in names and not self.full_refresh]:
            self.listener.warn(SCOPE_CHANGED.format(streams=", ".join(changed)))
        afresh = self.full_refresh or self.reconcile
        saved = {} if afresh else {name: states.saved[name] for name in names if name in states.saved}
        dispatcher = Dispatcher(store, states, self.tables, folder, self.full_refresh, self.listener, self.named)
        self.outcomes = dispatcher.outcomes
        with kept_tokens_and_warnings(self.connection, self.listener.warn):
            dispatcher.run(reader.read(self.tables, saved))
            if not self.full_refresh and isinstance(store, SqlStore):
                self._audit(Audit(store, states), dispatcher, folder, reader)

    def _audit(self, audit: Audit, dispatcher: Dispatcher, folder: Path, reader: Reader) -> None:
        """Marks the rows that Basecamp no longer lists, and reads listings again whose counts differ."""
        differing: dict[str, list[Listing]] = {}
        for table, outcome in zip(self.tables, self.outcomes, strict=True):
            if outcome.ended != "complete" or not table.incremental:
                continue
            removed = 0
            if table.is_feed:
                held = audit.held(table)
                removed = audit.mark_invisible(table, {project for _, project in held if project is not None})
                if self.reconcile:
                    removed += audit.mark_unlisted(table, audit.listings(table), dispatcher.seen(table))
                elif found := audit.differing(table, held):
                    differing[table.name] = found
            elif table.from_feeds:
                removed = audit.mark_invisible(table, audit.projects(table))
                if self.reconcile:
                    removed += audit.mark_unseen(table, dispatcher.seen(table))
            elif "date" in table.names:
                removed = audit.mark_unseen_entries(table, dispatcher.seen(table))
            outcome.changes += Changes(removed=removed)
        if differing:
            self._read_again(audit, differing, folder, reader)

    def _read_again(self, audit: Audit, differing: Mapping[str, list[Listing]], folder: Path, reader: Reader) -> None:
        tables = [table for table in self.tables if table.name in differing]
        states = {name: audit.state_for(name, listings) for name, listings in differing.items()}
        (again := folder / "again").mkdir()
        dispatcher = Dispatcher(audit.store, audit.states, tables, again, False, Unheard(), keeps_states=False)
        dispatcher.run(reader.read(tables, states))
        outcomes = {outcome.stream: outcome for outcome in self.outcomes}
        for table, outcome in zip(tables, dispatcher.outcomes, strict=True):
            if outcome.ended == "complete":
                removed = audit.mark_unlisted(table, differing[table.name], dispatcher.seen(table))
                outcome.changes += Changes(removed=removed)
                for text in audit.remaining(table, differing[table.name]):
                    self.listener.warn(text)
            outcomes[table.name].add(outcome)

    def _finish(self, store: SqlStore) -> None:
        relations = store.relations()
        self.views_not_made = lacking(relations, self.product)
        self.views = [view.name for view in make_views(store, relations, self.product, self.listener.warn)]
        self._write_parquet(store)

    def _write_parquet(self, store: SqlStore) -> None:
        if self.destination.kind == "parquet" and isinstance(store, DuckDBStore):
            write_parquet(store, self.views)

    def _copy(self, files: Copying, store: SqlStore, reader: Reader) -> None:
        self.listener.copies(files.outcome)
        with kept_tokens_and_warnings(self.connection, self.listener.warn):
            files.run(store, self.views, self.connection, reader.budget)
        self.listener.copied(files.outcome)
        with translated_errors(self.destination):
            self._write_parquet(store)
