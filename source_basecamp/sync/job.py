"""A sync from beginning to end: open the database, read the account, load it, make the views."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from source_basecamp.cli.connection import Connection
from source_basecamp.sync.connections import ready_for_parquet
from source_basecamp.sync.destination import Destination
from source_basecamp.sync.finish import make_views, write_parquet
from source_basecamp.sync.outcome import Outcome
from source_basecamp.sync.reader import read, reading
from source_basecamp.sync.state import STATES, Scope, States
from source_basecamp.sync.store import Store, open_store
from source_basecamp.sync.sync import Sync, Watch
from source_basecamp.sync.tables import Table
from source_basecamp.sync.views import views

LOST = "Tables or columns that were loaded before are missing: all is read again of {streams}."
OUTGROWN = "start_date or project_ids has changed since the last sync: all is read again of {streams}."


@dataclass
class Job:
    """What to sync, and what came of it."""

    destination: Destination
    connection: Connection
    tables: list[Table]
    full_refresh: bool
    watch: Watch
    outcomes: list[Outcome] = field(default_factory=list)
    views: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def failed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.ended == "failed"]

    def run(self) -> None:
        """Raises a VerbError where the database cannot be used, and what the connector raises of the whole sync.

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
            self.watch.warn(LOST.format(streams=", ".join(lost)))
        names = [table.name for table in self.tables]
        if outgrown := [name for name in states.outgrown if name in names and not self.full_refresh]:
            self.watch.warn(OUTGROWN.format(streams=", ".join(outgrown)))
        saved = {} if self.full_refresh else {name: states.saved[name] for name in names if name in states.saved}
        sync = Sync(store, states, self.tables, folder, self.full_refresh, self.watch)
        self.outcomes = sync.outcomes
        with reading(self.connection, self.watch.warn):
            sync.run(read(self.connection, self.tables, saved, folder))

    def _finish(self, store: Store) -> None:
        made = make_views(store, self.watch.warn)
        self.views = [view.name for view in made]
        if self.destination.kind == "parquet":
            write_parquet(store, made)
