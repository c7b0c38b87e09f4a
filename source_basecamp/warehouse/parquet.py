"""Parquet files of the tables and views of a sync, written from a DuckDB database that lies beside them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import duckdb
import orjson

from source_basecamp.warehouse.databases import quoted
from source_basecamp.warehouse.duckdb_store import DuckDBStore
from source_basecamp.warehouse.sql_store import sql_text
from source_basecamp.warehouse.state import STATES
from source_basecamp.warehouse.tables import DELETED, FINGERPRINT

_COLUMNS = "SELECT column_name, CASE data_type WHEN 'JSON' THEN 'VARCHAR' ELSE data_type END FROM duckdb_columns() "
_COLUMNS += "WHERE database_name = current_database() AND schema_name = %s AND table_name = %s ORDER BY column_index"


def write_parquet(store: DuckDBStore, views: Iterable[str]) -> None:
    """Writes the file of each view, and of each table that has changed. Each file is replaced as a whole.

    JSON is text in them, which every reader knows. What tables and columns hold is in each file's key-value metadata:
    under `description` as text, under `columns` as a JSON object.
    """
    folder, own_views = Path(store.destination.place), set(views)
    comments = {(name, column): text for name, column, text in store.run(store.comments, [store.destination.dataset])}
    for name in sorted(own_views.union(store.relations()) - {STATES.name}):
        file, draft = folder / f"{name}.parquet", folder / f".{name}.parquet"
        columns = dict(store.run(_COLUMNS, [store.destination.dataset, name]))
        if name in own_views or not _is_up_to_date(store, name, columns, file):
            selected = ", ".join(f'CAST("{column}" AS {type}) AS "{column}"' for column, type in columns.items())
            described = {column: text for column in columns if (text := comments.get((name, column)))}
            metadata = {"description": comments.get((name, None)) or "", "columns": orjson.dumps(described).decode()}
            known = ", ".join(f"{key}: {sql_text(text)}" for key, text in metadata.items())
            options = f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{known}}}"
            copy = f"COPY (SELECT {selected} FROM {name}) TO {quoted(draft)} ({options})"
            store.patiently(partial(store.run, copy))
            os.replace(draft, file)


def _is_up_to_date(store: DuckDBStore, table: str, columns: dict[str, str], file: Path) -> bool:
    """Whether the file holds the table's rows. An earlier sync may have stopped before it wrote the file."""
    of_row = f"{FINGERPRINT}, {DELETED}" if FINGERPRINT in columns else ", ".join(f'"{column}"' for column in columns)
    checksum = f"SELECT count(*), bit_xor(hash({of_row})) FROM {{}}"
    written = f"read_parquet({quoted(file)})"
    try:
        types = {column: type for column, type, *_ in store.run(f"DESCRIBE SELECT * FROM {written}")}
        return types == columns and store.run(checksum.format(table)) == store.run(checksum.format(written))
    except duckdb.Error:
        return False
