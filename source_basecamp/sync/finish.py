"""What follows when all rows are in: the views, and Parquet files where those are wanted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from source_basecamp.sync.state import STATES
from source_basecamp.sync.store import Store
from source_basecamp.sync.views import View, views

NOT_MADE = "The view {view} was not made: {reason}"


def make_views(store: Store, warn: Callable[[str], None]) -> list[View]:
    """Makes every view whose tables are there, and returns those that were made."""
    there = store.columns()
    if there is None:
        # Of a database that we do not know, nor its SQL.
        return []
    store.use_dataset()
    made = []
    for view in views(there):
        try:
            store.run(f"CREATE OR REPLACE VIEW {view.name} AS {view.query}")
            made.append(view)
        except Exception as error:  # noqa: BLE001, RUF100
            # Such as a table of that name: no reason to call rows that are in a failure.
            warn(NOT_MADE.format(view=view.name, reason=str(error).strip().splitlines()[0]))
    return made


def write_parquet(store: Store, changed: Iterable[str], made: Iterable[View]) -> None:
    """Writes each table that has changed, and each view, to `FOLDER/NAME.parquet`, as a whole or not at all."""
    folder, changed = Path(store.destination.place), set(changed)
    tables = store.columns() or {}
    names = {view.name for view in made}
    for name in tables.keys() - names - {STATES.name}:
        if name in changed or not (folder / f"{name}.parquet").exists():
            names.add(name)
    for name in sorted(names):
        draft = folder / f".{name}.parquet"
        path = str(draft).replace("'", "''")
        store.run(f"COPY (SELECT * FROM {name}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")  # noqa: S608
        os.replace(draft, folder / f"{name}.parquet")
