"""The database of a sync, on dlt: reads tables, and loads whole tables or rows by key."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import pyarrow.compute
from dlt.destinations.exceptions import DatabaseUndefinedRelation

from source_basecamp.process import CommandError
from source_basecamp.warehouse.compare import Comparison
from source_basecamp.warehouse.databases import open_duckdb, open_postgres, postgres_credentials
from source_basecamp.warehouse.destination import Destination
from source_basecamp.warehouse.errors import translated_errors
from source_basecamp.warehouse.tables import DELETED, FINGERPRINT, Table

_ARROW_TYPES = {
    "bigint": pa.int64(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "timestamp": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
    "text": pa.string(),
    "json": pa.string(),
}
_FEW_KEYS = 5_000
_KEYS_IN_A_STATEMENT = 500
_PIPELINE = "source_basecamp"
_DLT_TABLES = {"_dlt_loads": "schema_name", "_dlt_pipeline_state": "pipeline_name", "_dlt_version": "schema_name"}
"""dlt's own tables, and the column of each that names the pipeline. Other pipelines may share the schema."""
_STAGING = "{}_sync_load"
"""The schema that dlt stages rows in. Its default is also dbt's name for the schema of a staging layer."""
_MARK = "Made anew by each source-basecamp sync."
"""The comment on our views."""
_VIEWS_OF_DUCKDB = "SELECT view_name FROM duckdb_views() WHERE schema_name = '{}' AND comment = '{}'"
_VIEWS_OF_POSTGRES = (
    "SELECT relname FROM pg_class WHERE relnamespace = '\"{}\"'::regnamespace AND relkind = 'v' "
    "AND obj_description(oid, 'pg_class') = '{}'"
)
FOREIGN_TABLE = (
    "{place} holds a table {table!r} in schema {dataset} that was not made by a sync, and would have to be replaced. "
    "Name another schema with --dataset, or rename the table."
)


class Store:
    """The tables of one dataset."""

    def __init__(self, destination: Destination, pipeline: dlt.Pipeline, connection: Any = None) -> None:
        self.destination = destination
        # To DuckDB or PostgreSQL; None for dlt's other destinations.
        self._connection = connection
        self._pipeline = pipeline

    @property
    def holds_nul(self) -> bool:
        """Whether a text may contain U+0000."""
        return self.destination.kind != "postgres"

    def rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        """The columns of all rows of a table. Empty if there is no such table."""
        with translated_errors(self.destination), self._pipeline.sql_client() as client:
            try:
                query = f"SELECT {columns} FROM {client.make_qualified_table_name(table)}"  # noqa: S608
                return [tuple(row) for row in client.execute_sql(query) or []]
            except DatabaseUndefinedRelation:
                return []

    def put(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replaces the rows that have the same first column, or adds them, in one transaction."""
        with translated_errors(self.destination), self._pipeline.sql_client() as client, client.begin_transaction():
            name = client.make_qualified_table_name(table)
            for row in rows:
                key, *_ = row
                places = ", ".join(["%s"] * len(row))
                client.execute_sql(f"DELETE FROM {name} WHERE {key} = %s", row[key])  # noqa: S608
                client.execute_sql(f"INSERT INTO {name} ({', '.join(row)}) VALUES ({places})", *row.values())  # noqa: S608

    def run(self, statement: str) -> list[tuple[Any, ...]]:
        """Runs a statement on our own connection, to DuckDB or PostgreSQL."""
        if self.destination.is_duckdb:
            return list(self._connection.execute(statement).fetchall())
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    def qualified(self, table: Table) -> str:
        """The table's name in `run`."""
        return f'"{self.destination.dataset}".{table.name}'

    def use_dataset(self) -> None:
        """Lets names without a schema in `run` mean the tables of this dataset."""
        setting = "schema" if self.destination.is_duckdb else "search_path"
        self.run(f"SET {setting} TO '{self.destination.dataset}'")

    def present(self, table: Table, columns: Sequence[str], keys: pa.Table | None = None) -> pa.Table:
        """The columns of a table's rows: of those with `keys` if they are few, otherwise of all."""
        kinds = {column.name: column.kind for column in table.columns}
        schema = pa.schema([(name, _ARROW_TYPES[kinds[name]]) for name in columns])
        condition = ""
        if keys is not None and len(table.key) == 1 and 0 < keys.num_rows <= _FEW_KEYS:
            condition = f" WHERE {table.key[0]} IN ({', '.join(map(str, keys.column(0).to_pylist()))})"
        with translated_errors(self.destination), self._pipeline.sql_client() as client:
            name = client.make_qualified_table_name(table.name)
            with client.execute_query(f"SELECT {', '.join(columns)} FROM {name}{condition}") as cursor:  # noqa: S608
                batches = [in_types(batch, schema) for batch in cursor.iter_arrow(chunk_size=50_000) if batch.num_rows]
        return pa.concat_tables(batches) if batches else schema.empty_table()

    def mark(self, table: Table, keys: pa.Table, moment: datetime) -> None:
        """Sets DELETED of the rows with these keys, in one transaction."""
        one = " AND ".join(f"{name} = %s" for name in table.key)
        rows = [tuple(row[name] for name in table.key) for row in keys.to_pylist()]
        with translated_errors(self.destination), self._pipeline.sql_client() as client, client.begin_transaction():
            name = client.make_qualified_table_name(table.name)
            for start in range(0, len(rows), _KEYS_IN_A_STATEMENT):
                chunk = rows[start : start + _KEYS_IN_A_STATEMENT]
                condition = " OR ".join([f"({one})"] * len(chunk))
                client.execute_sql(f"UPDATE {name} SET {DELETED} = %s WHERE {condition}", moment, *chain(*chunk))  # noqa: S608

    def columns(self) -> dict[str, set[str]] | None:
        """The existing tables and views and their columns; None for dlt's other destinations."""
        if self.destination.kind == "other":
            return None
        found: dict[str, set[str]] = {}
        query = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = '{}'"
        for table, column in self.run(query.format(self.destination.dataset)):
            # DuckDB's names are the same in any case.
            found.setdefault(table.lower() if self.destination.is_duckdb else table, set()).add(column)
        return found

    def make_view(self, name: str, query: str) -> None:
        """Creates or replaces a view, with a comment that it is ours."""
        self.run(f"CREATE OR REPLACE VIEW {name} AS {query}")
        self.run(f"COMMENT ON VIEW {name} IS '{_MARK}'")

    def own_views(self) -> set[str]:
        """The views that `make_view` created."""
        query = _VIEWS_OF_DUCKDB if self.destination.is_duckdb else _VIEWS_OF_POSTGRES
        return {name for (name,) in self.run(query.format(self.destination.dataset, _MARK))}

    def prepare(self, tables: Sequence[Table]) -> set[str]:
        """Creates missing tables and columns, and returns the names of the tables that it created or changed.

        Raises a CommandError if a table of the same name was not made by a sync.
        """
        self.tidy()
        existing = self.columns()
        if existing is None:
            self._make(tables)
            return set()
        self._refuse_foreign(tables, existing)
        self._make([table for table in tables if not table.names <= existing.get(table.name, set())])
        # A table of an earlier version lacks the column that is null in each row that it has.
        missing = [table for table in tables if not table.names - {DELETED} <= existing.get(table.name, set())]
        self._mark_as_changed(table for table in missing if table.name in existing and table.own)
        return {table.name for table in missing}

    def _refuse_foreign(self, tables: Sequence[Table], existing: Mapping[str, set[str]]) -> None:
        for table in tables:
            if not table.own <= existing.get(table.name, table.own):
                place, dataset = self.destination, self.destination.dataset
                raise CommandError(FOREIGN_TABLE.format(place=place, table=table.name, dataset=dataset))

    def _make(self, tables: Sequence[Table]) -> None:
        if tables:
            self._run([_resource(table, [_empty(table)], "append") for table in tables])

    def _mark_as_changed(self, tables: Iterable[Table]) -> None:
        """Clears the fingerprints: rows that lacked a column count as changed when they are read again."""
        with translated_errors(self.destination):
            for table in tables:
                self.run(f'UPDATE "{self.destination.dataset}".{table.name} SET {FINGERPRINT} = 0')  # noqa: S608

    def load(self, comparisons: Sequence[Comparison], again: bool = False) -> None:
        """Loads the rows of comparisons, each table in one transaction: adds, merges by key, or replaces the table.

        With `again`, some of the rows may be there already.
        """
        if comparisons:
            self._run([_resource(one.table, one.rows(), _disposition(one, again)) for one in comparisons])

    def tidy(self) -> None:
        """Removes this pipeline's rows from dlt's own tables, and the staging schema.

        Without those rows, dlt takes the tables as they are, and creates what somebody has dropped.
        """
        if self.destination.kind == "other":
            return
        with translated_errors(self.destination):
            dataset, columns = self.destination.dataset, self.columns() or {}
            self.run(f'DROP SCHEMA IF EXISTS "{_STAGING.format(dataset)}" CASCADE')
            of_dlt = {f'"{dataset}"."{table}"': name for table, name in _DLT_TABLES.items() if table in columns}
            for table, name in of_dlt.items():
                self.run(f"DELETE FROM {table} WHERE {name} = '{_PIPELINE}'")  # noqa: S608
            if not any(self.run(f"SELECT 1 FROM {table} LIMIT 1") for table in of_dlt):  # noqa: S608
                for table in of_dlt:
                    self.run(f"DROP TABLE {table}")

    def _run(self, resources: list[Any]) -> None:
        # dlt's default for PostgreSQL is CSV, which turns an empty text into null.
        file_format: Any = "insert_values" if self.destination.kind == "postgres" else None
        with translated_errors(self.destination):
            # Of an earlier load that the database refused.
            self._pipeline.drop_pending_packages()
            self._pipeline.run(resources, loader_file_format=file_format)


@contextmanager
def open_store(destination: Destination, folder: Path) -> Iterator[Store]:
    """Opens the database, which is locked for other syncs. `folder` is for dlt's own files."""
    os.environ |= {
        "DLT_PROJECT_DIR": str(folder),
        "DLT_DATA_DIR": str(folder),
        "DLT_LOCAL_DIR": str(folder),
        # In one transaction. Other strategies truncate the table first, or drop it together with the views on it.
        "DESTINATION__REPLACE_STRATEGY": "insert-from-staging",
        "DESTINATION__STAGING_DATASET_NAME_LAYOUT": _STAGING.format("%s"),
        "RUNTIME__LOG_LEVEL": "CRITICAL",
        "RESTORE_FROM_DESTINATION": "false",
    }
    with ExitStack() as stack:
        # Libraries warn about each other, such as DuckDB about dlt's use of it. A person can do nothing about that.
        warnings.simplefilter("ignore")
        connection, target = _connect(destination, stack)
        with translated_errors(destination):
            pipeline = dlt.pipeline(
                _PIPELINE, pipelines_dir=str(folder), destination=target, dataset_name=destination.dataset
            )
        store = Store(destination, pipeline, connection)
        yield store


def _connect(destination: Destination, stack: ExitStack) -> tuple[Any, Any]:
    if destination.is_duckdb:
        connection = stack.enter_context(open_duckdb(destination.database))
        return connection, dlt.destinations.duckdb(connection)
    if destination.kind == "postgres":
        connection = stack.enter_context(open_postgres(destination))
        return connection, dlt.destinations.postgres(postgres_credentials(destination))
    return None, destination.place


def _disposition(comparison: Comparison, again: bool) -> str:
    if not comparison.replaces and not again:
        return "append"
    return "replace" if comparison.anew else "merge"


def _resource(table: Table, rows: Iterable[pa.Table], disposition: str) -> Any:
    merge = {"disposition": "merge", "strategy": "delete-insert", "deduplicated": True}
    columns: Any = table.hints
    write: Any = merge if disposition == "merge" else disposition
    return dlt.resource(
        lambda: iter(rows),
        name=table.name,
        columns=columns,
        primary_key=table.key,
        write_disposition=write,
    )


def _empty(table: Table) -> pa.Table:
    return pa.schema([(column.name, _ARROW_TYPES[column.kind]) for column in table.columns]).empty_table()


def in_types(batch: pa.Table, schema: pa.Schema) -> pa.Table:
    """Rows of a database in our types. A time without a zone, or as a text, is UTC."""
    columns = [_in_type(batch.column(field.name), field.type) for field in schema]
    return pa.table(columns, schema=schema)


def _in_type(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_timestamp(wanted) and pa.types.is_string(column.type):
        column = pa.compute.replace_substring_regex(column, r"(Z|[+]00:?00)$", "").cast(pa.timestamp("us"))
    return column.cast(wanted)
