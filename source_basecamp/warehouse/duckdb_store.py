"""The tables of a sync in a DuckDB database, also those from which Parquet files are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from source_basecamp.warehouse.compare import Comparison
from source_basecamp.warehouse.databases import Result, with_enough_memory
from source_basecamp.warehouse.destination import Destination
from source_basecamp.warehouse.sql_store import SqlStore
from source_basecamp.warehouse.store import in_types
from source_basecamp.warehouse.tables import DUCKDB_TYPES, column_list

_RELATIONS = (
    "(SELECT database_name, schema_name, table_name AS name, comment FROM duckdb_tables() UNION ALL BY NAME "
    "SELECT database_name, schema_name, view_name AS name, comment FROM duckdb_views())"
)
_HERE = "database_name = current_database() AND schema_name"


class DuckDBStore(SqlStore):
    incoming = "temp.incoming"
    types = DUCKDB_TYPES
    each_person = "unnest(json_extract_string({}, '$[*].id'))"
    cast = "TRY_CAST"
    search_path = "schema"
    views_go_by_name = True
    every_column = f"SELECT table_name, column_name FROM duckdb_columns() WHERE {_HERE} = %s"
    own_relations = f"SELECT name, comment FROM {_RELATIONS} WHERE {_HERE} = %s AND comment LIKE %s"
    comments = (
        f"SELECT name, NULL, comment FROM {_RELATIONS} WHERE {_HERE} = $1 UNION ALL "
        f"SELECT table_name, column_name, comment FROM duckdb_columns() WHERE {_HERE} = $1"
    )

    def __init__(self, destination: Destination, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        super().__init__(destination)
        self._connection = connection
        self._rows = folder / "rows.parquet"

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

    def replace(self, table: str, columns: Sequence[str], same: str) -> None:
        # An update of many columns would take several times as long.
        names = column_list(columns)
        self.run(f"DELETE FROM {table} AS held USING {self.incoming} AS incoming WHERE {same}")
        self.run(f"INSERT INTO {table} ({names}) SELECT {names} FROM {self.incoming}")

    def receive(self, comparison: Comparison) -> None:
        self.run(f"CREATE OR REPLACE TEMP VIEW incoming AS {comparison.source(self._rows)}")
