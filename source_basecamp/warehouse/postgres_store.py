"""The tables of a sync in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.csv

from source_basecamp.warehouse.compare import Comparison
from source_basecamp.warehouse.destination import Destination
from source_basecamp.warehouse.errors import translated_errors
from source_basecamp.warehouse.sql_store import SqlStore
from source_basecamp.warehouse.tables import Column, Table, column_list

_ESCAPES = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))
"""Characters that stand for something else in the text format of COPY, and how they are written in it."""
_COPY_BYTES = 256 * 1024
_TIMEOUTS = "'idle_session_timeout', 'idle_in_transaction_session_timeout'"
"""A sync reads from Basecamp in the meantime."""
_LOCK_SECONDS = 60
_INDEXED = (
    *("project_id", "parent_id", "list_id", "column_id", "question_id", "person_id"),
    *("todo_list_id", "commentable_id", "todo_item_id"),
)
"""The columns that are found by an index; the last ones are Basecamp Classic's."""
_KEYED = (
    "SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indrelid "
    "JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE indisprimary AND nspname = %s"
)
_INDEXES = "SELECT indexname FROM pg_indexes WHERE schemaname = %s"
NO_KEY = "Keys or indexes are missing, which PostgreSQL refuses to make. {tables}: {reason}"


class PostgresStore(SqlStore):
    holds_nul = False
    incoming = "pg_temp.incoming"
    types = {  # noqa: RUF012
        "bigint": "bigint",
        "double": "double precision",
        "decimal": "numeric(18, 4)",
        "bool": "boolean",
        "timestamp": "timestamptz",
        "date": "date",
        "text": "varchar",
        "json": "jsonb",
    }
    each_person = "jsonb_path_query(CASE WHEN jsonb_typeof({0}) = 'array' THEN {0} END, '$[*].id') #>> '{{}}'"
    cast = "CAST"
    search_path = "search_path"
    views_go_by_name = False
    every_column = (
        "SELECT relname, attname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
        "LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped "
        "WHERE relkind NOT IN ('i', 'I', 't') AND nspname = %s"
    )
    every_relation = (
        "SELECT relname, CASE WHEN relkind IN ('r', 'p', 'v') THEN obj_description(pg_class.oid, 'pg_class') END "
        "FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
        "WHERE relkind NOT IN ('i', 'I', 't') AND nspname = %s"
    )
    comments = (
        "SELECT relname, attname, description FROM pg_description JOIN pg_class ON objoid = pg_class.oid "
        "JOIN pg_namespace ON pg_namespace.oid = relnamespace "
        "LEFT JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid AND attnum > 0 "
        "WHERE classoid = 'pg_class'::regclass AND nspname = %s"
    )

    def __init__(self, destination: Destination, connection: Any, folder: Path) -> None:
        super().__init__(destination)
        self._connection = connection
        self._lines = folder / "rows.txt"
        # Whatever the login's settings are: of what COPY writes, of texts in our SQL, and of how long we may wait.
        self.run("SET timezone TO 'UTC'; SET datestyle TO 'ISO'; SET standard_conforming_strings TO on")
        self.run(f"SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN ({_TIMEOUTS})")
        self.run(f"SET lock_timeout TO '{_LOCK_SECONDS}s'")

    def run(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return list(cursor.fetchall()) if cursor.description else []

    def arrow(self, query: str, schema: pa.Schema) -> pa.Table:
        with self._connection.cursor() as cursor, self._lines.open("w+b") as file:
            cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT csv)", file)
            if not file.tell():
                return pa.Table.from_batches([], schema)
            file.seek(0)
            return pyarrow.csv.read_csv(
                file,
                pyarrow.csv.ReadOptions(column_names=schema.names),
                pyarrow.csv.ParseOptions(newlines_in_values=True),
                pyarrow.csv.ConvertOptions(
                    column_types=schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
                ),
            )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self.run("BEGIN")
        try:
            yield
        except BaseException:
            if not self._connection.closed:
                self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def add_keys(self, tables: Iterable[Table], warn: Callable[[str], None]) -> None:
        with translated_errors(self.destination):
            keyed = {name for (name,) in self.run(_KEYED, [self.destination.dataset])}
            indexed = {name for (name,) in self.run(_INDEXES, [self.destination.dataset])}
        refused: dict[str, str] = {}
        for name, key, columns in chain.from_iterable(map(self._keys_of, tables)):
            wanted = {} if name in keyed else {"": f"ALTER TABLE {{}} ADD PRIMARY KEY ({', '.join(key)})"}
            names = {column: f"{name}_{column}_idx" for column in columns if column != key[0]}
            wanted |= {index: f'CREATE INDEX "{index}" ON {{}} ({column})' for column, index in names.items()}
            for index, statement in wanted.items():
                if index not in indexed:
                    try:
                        self.run(statement.format(self.qualified(name)))
                    except psycopg2.Error as error:
                        # They make queries faster, and rows arrive without them.
                        refused[name] = str(error).strip().splitlines()[0]
        if refused:
            warn(NO_KEY.format(tables=", ".join(refused), reason=next(iter(refused.values()))))

    def _keys_of(self, table: Table) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
        """The tables of a stream, each with its key and the columns that are to be found by an index."""
        yield table.name, table.key, [column for column in _INDEXED if column in table.names]
        for bridge in self._bridges_of(table):
            yield bridge.name, (bridge.key, "person_id"), ["person_id"]

    def replace(self, table: str, columns: Sequence[str], same: str) -> None:
        # Not by deleting: columns that people have added keep their values, and rows that refer to these stay.
        names = column_list(columns)
        values = ", ".join(f'"{name}" = incoming."{name}"' for name in columns)
        self.run(f"UPDATE {table} AS held SET {values} FROM {self.incoming} AS incoming WHERE {same}")
        known = f"EXISTS (SELECT 1 FROM {table} AS held WHERE {same})"
        self.run(f"INSERT INTO {table} ({names}) SELECT {names} FROM {self.incoming} AS incoming WHERE NOT {known}")

    def receive(self, comparison: Comparison) -> None:
        table = comparison.table
        names = column_list(column.name for column in table.columns)
        line = f"concat_ws(chr(9), {', '.join(map(_field, table.columns))})"

        def write() -> None:
            with self._lines.open("wb") as file:
                for batch in comparison.rows(line):
                    file.write("\n".join([*batch.column(0).to_pylist(), ""]).encode())

        comparison.patiently(write)
        # Of the columns' present types, which somebody may have changed.
        kept = "CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {} FROM {} WHERE FALSE"
        self.run(kept.format(names, self.qualified(table.name)))
        with self._connection.cursor() as cursor, self._lines.open("rb") as file:
            cursor.copy_expert(f"COPY {self.incoming} ({names}) FROM STDIN", file, _COPY_BYTES)


def _field(column: Column) -> str:
    """A column in DuckDB's SQL, as the text format of COPY has it."""
    text = f'CAST("{column.name}" AS VARCHAR)'
    if column.kind in ("text", "json"):
        for character, escape in _ESCAPES:
            text = f"replace({text}, {_literal(character)}, {_literal(escape)})"
    return f"coalesce({text}, '\\N')"


def _literal(text: str) -> str:
    return "'" + text + "'" if text.isprintable() else f"chr({ord(text)})"
