"""The tables of a sync in a DuckDB database, also those from which Parquet files are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from source_basecamp.warehouse.compare import Comparison
from source_basecamp.warehouse.databases import DUCKDB_SETTINGS, MORE_MEMORY, Result, set_memory, with_enough_memory
from source_basecamp.warehouse.destination import Destination
from source_basecamp.warehouse.errors import translated_errors
from source_basecamp.warehouse.sql_store import SqlStore
from source_basecamp.warehouse.store import in_types
from source_basecamp.warehouse.tables import DUCKDB_TYPES, Table, column_list

_RELATIONS = (
    "(SELECT database_name, schema_name, table_name AS name, comment FROM duckdb_tables() UNION ALL BY NAME "
    "SELECT database_name, schema_name, view_name AS name, comment FROM duckdb_views())"
)
_LONG_TEXT = 1024 * 1024
_HERE = "database_name = current_database() AND schema_name"


class DuckDBStore(SqlStore):
    incoming = "temp.incoming"
    types = DUCKDB_TYPES
    each_person = "unnest(json_extract_string({}, '$[*].id'))"
    cast = "TRY_CAST"
    search_path = "schema"
    views_go_by_name = True
    every_column = f"SELECT table_name, column_name FROM duckdb_columns() WHERE {_HERE} = %s"
    every_relation = f"SELECT name, comment FROM {_RELATIONS} WHERE {_HERE} = %s"
    comments = (
        f"SELECT name, NULL, comment FROM {_RELATIONS} WHERE {_HERE} = $1 UNION ALL "
        f"SELECT table_name, column_name, comment FROM duckdb_columns() WHERE {_HERE} = $1"
    )

    def __init__(self, destination: Destination, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        super().__init__(destination)
        self._connection = connection
        self._rows = folder / "rows.parquet"
        self._has_long_texts = False
        """Of the table that is being loaded."""

    def run(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement.replace("%s", "?"), list(parameters)).fetchall()

    def arrow(self, query: str, schema: pa.Schema) -> pa.Table:
        return in_types(self._connection.sql(query).to_arrow_table(), schema)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.begin()
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()

    def patiently(self, action: Callable[[], Result]) -> Result:
        return with_enough_memory(self._connection, action)

    def load(self, comparison: Comparison, moment: datetime) -> None:
        super().load(comparison, moment)
        if self._has_long_texts:
            # The next commit would do this, with too little memory.
            with translated_errors(self.destination):
                set_memory(self._connection, MORE_MEMORY)
                self.run("CHECKPOINT")
                set_memory(self._connection, DUCKDB_SETTINGS["memory_limit"])

    def _load(self, comparison: Comparison, moment: datetime) -> None:
        super()._load(comparison, moment)
        self._has_long_texts = self._holds_long_texts(comparison.table)
        if self._has_long_texts:
            # A commit cannot be tried twice: without enough memory for it, DuckDB has to be opened anew.
            set_memory(self._connection, MORE_MEMORY)

    def _holds_long_texts(self, table: Table) -> bool:
        """Whether the table holds, or held, a text that takes much memory to write. DuckDB knows it of each column."""
        texts = [column.name for column in table.columns if column.kind in ("text", "json")]
        lengths = ", ".join(f'CAST(stats("{name}").max_string_length AS bigint)' for name in texts)
        rows = self.run(f"SELECT {lengths} FROM {self.qualified(table.name)} LIMIT 1")
        return any(length and length > _LONG_TEXT for row in rows for length in row)

    def replace(self, table: str, columns: Sequence[str], same: str) -> None:
        # An update of many columns would take several times as long.
        names = column_list(columns)
        self.run(f"DELETE FROM {table} AS held USING {self.incoming} AS incoming WHERE {same}")
        self.run(f"INSERT INTO {table} ({names}) SELECT {names} FROM {self.incoming}")

    def receive(self, comparison: Comparison) -> None:
        self.run(f"CREATE OR REPLACE TEMP VIEW incoming AS {comparison.source(self._rows)}")
