"""Opens the database of a sync."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from source_basecamp.warehouse.databases import open_duckdb, open_postgres
from source_basecamp.warehouse.destination import Destination
from source_basecamp.warehouse.duckdb_store import DuckDBStore
from source_basecamp.warehouse.errors import translated_errors
from source_basecamp.warehouse.postgres_store import PostgresStore
from source_basecamp.warehouse.store import Store


@contextmanager
def open_store(destination: Destination, folder: Path) -> Iterator[Store]:
    """Opens the database, which is locked for other syncs. `folder` is for files of the time of the sync."""
    if destination.is_duckdb:
        with open_duckdb(destination.database) as connection:
            yield DuckDBStore(destination, connection, folder)
    elif destination.kind == "postgres":
        with open_postgres(destination) as connection:
            yield PostgresStore(destination, connection, folder)
    else:
        # Libraries warn about each other. A person can do nothing about that.
        warnings.simplefilter("ignore")
        with translated_errors(destination):
            from source_basecamp.warehouse.dlt_store import DltStore  # noqa: PLC0415

            store = DltStore(destination, folder)
        yield store
