"""What follows when all rows are in: the views, and Parquet files where those are wanted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb

from source_basecamp.sync.connections import quoted
from source_basecamp.sync.state import STATES
from source_basecamp.sync.store import Store
from source_basecamp.sync.views import View, views

NOT_MADE = "The view {view} was not made: {reason}"
NOT_OURS = "source-basecamp did not make what there is of that name. Rename it, or name another schema with --dataset."
_HOLDS = "SELECT count(*), bit_xor(_fingerprint) FROM {}"


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
