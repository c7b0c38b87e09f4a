"""The tables of a sync in DuckDB or PostgreSQL, whose SQL is the same for nearly everything that a sync does."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import cached_property, partial
from hashlib import sha256
from typing import Any

import pyarrow as pa

from source_basecamp.process import CommandError
from source_basecamp.warehouse.compare import Comparison
from source_basecamp.warehouse.databases import Result
from source_basecamp.warehouse.derived import BRIDGES, Bridge, bridges
from source_basecamp.warehouse.errors import translated_errors
from source_basecamp.warehouse.occurrences import OCCURRENCES
from source_basecamp.warehouse.store import Statement, Store, arrow_schema, condition_of, marks, puts
from source_basecamp.warehouse.tables import FINGERPRINT, Column, Table, column_list, table_of, table_of_people
from source_basecamp.warehouse.views import View

MARK = "Made by source-basecamp sync"
"""In the comment on the tables of people and on the views; it says that they are ours to change."""

FOREIGN_TABLE = (
    "{place} holds a table {table!r} in schema {dataset} that was not made by a sync, and would have to be replaced. "
    "Name another schema with --dataset, or rename the table."
)
NOT_MADE = "The {relation} was not made: {reason}"
NOT_OURS = "there is another table or view of that name. Rename it, or name another schema with --dataset."
NOT_DESCRIBED = "The tables and columns lack comments. {reason}"
MICROSECONDS = "CAST(extract(epoch FROM {}) * 1000000 AS bigint)"
"""Of a column, since `EPOCH`: objects for times with a zone would need pytz or pandas."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ROWS_IN_A_STATEMENT = 200
_OLD_MARK = "Made anew by each source-basecamp sync."
"""The comment on the views of version 1.0.0."""
_OLD_STAGING = "{}_sync_load"
"""The schema that version 1.0.0 staged rows in, and left behind where it was stopped."""
_SCHEMA = "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = %s"


class SqlStore(Store):
    """What is the same in both databases. `incoming` is a temporary table of the rows to load."""

    incoming: str
    types: Mapping[str, str]
    """By kind of column."""
    each_person: str
    """The ids in a list of people, each in a row, as text."""
    cast: str
    views_go_by_name: bool
    """Whether a view reads what has a name now, and not what had it when the view was made."""
    search_path: str
    """The setting for the schema of names without one."""
    every_relation: str
    """A query for all that is in a schema, and the comments on tables and views."""
    every_column: str
    """A query for all that is in a schema, whoever may read it, and its columns."""
    comments: str
    """A query for the comments in a schema: the relation, its column or null, the comment."""
    foreign: Collection[str] = ()
    """After `prepare`: tables and views that somebody else made, and streams' tables."""

    @abstractmethod
    def run(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Runs a statement, with `%s` for each parameter."""

    @abstractmethod
    def arrow(self, query: str, schema: pa.Schema) -> pa.Table:
        """The rows of a query, in the types of `schema`.

        Not by way of Python's objects: pyarrow then imports pandas, which takes half a second.
        """

    @abstractmethod
    def transaction(self) -> AbstractContextManager[Any]:
        """Runs the block in a transaction."""

    def patiently(self, action: Callable[[], Result]) -> Result:
        """Does something with rows that may take more memory than the database has."""
        return action()

    def atomically(self, action: Callable[[], object]) -> None:
        """The same, in a transaction."""

        def attempt() -> None:
            with self.transaction():
                action()

        self.patiently(attempt)

    @abstractmethod
    def receive(self, comparison: Comparison) -> None:
        """Makes `incoming`, of the rows that a comparison chose."""

    def qualified(self, name: str) -> str:
        return f'"{self.destination.dataset}".{name}'

    def rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        with translated_errors(self.destination):
            return self.run(f"SELECT {columns} FROM {self.qualified(table)}") if table in self.found else []

    def put(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        with translated_errors(self.destination), self.transaction():
            self._run_all(puts(self.qualified(table), rows))

    def insert(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        """Adds rows to a table of the dataset, each with a value for every column."""
        names = column_list(column.name for column in table.columns)
        place = f"({', '.join(['%s'] * len(table.columns))})"
        for start in range(0, len(rows), ROWS_IN_A_STATEMENT):
            some = rows[start : start + ROWS_IN_A_STATEMENT]
            values = [value for row in some for value in row]
            places = ", ".join([place] * len(some))
            self.run(f"INSERT INTO {self.qualified(table.name)} ({names}) VALUES {places}", values)

    def _run_all(self, statements: Iterable[Statement]) -> None:
        for statement, parameters in statements:
            self.run(statement, parameters)

    def present(self, table: Table, columns: Sequence[str], keys: pa.Table | None = None) -> pa.Table:
        schema = arrow_schema(table, columns)
        query = f"SELECT {column_list(columns)} FROM {self.qualified(table.name)}{condition_of(table, keys)}"
        with translated_errors(self.destination):
            return self.patiently(lambda: self.arrow(query, schema))

    def load(self, comparison: Comparison, moment: datetime) -> None:
        with translated_errors(self.destination):
            self.atomically(lambda: self._load(comparison, moment))

    def _load(self, comparison: Comparison, moment: datetime) -> None:
        if comparison.has_rows:
            self.receive(comparison)
            self._replace(comparison.table, comparison)
        if comparison.gone and not comparison.anew:
            self._mark(comparison.table, comparison.gone, moment)

    def _replace(self, table: Table, comparison: Comparison) -> None:
        name, columns = self.qualified(table.name), [column.name for column in table.columns]
        same = " AND ".join(f'held."{key}" = incoming."{key}"' for key in table.key)
        if comparison.anew:
            missing = f"NOT EXISTS (SELECT 1 FROM {self.incoming} AS incoming WHERE {same})"
            self.run(f"DELETE FROM {name} AS held WHERE {missing}")
        if comparison.replaces:
            self.replace(name, columns, same)
        else:
            names = column_list(columns)
            self.run(f"INSERT INTO {name} ({names}) SELECT {names} FROM {self.incoming}")
        for bridge in self._bridges_of(table):
            held = self.qualified(bridge.name)
            changed = f"USING {self.incoming} AS incoming WHERE held.{bridge.key} = incoming.id"
            self.run(f"DELETE FROM {held} AS held {'' if comparison.anew else changed}")
            self._fill(bridge, self.incoming)

    @abstractmethod
    def replace(self, table: str, columns: Sequence[str], same: str) -> None:
        """Writes the rows of `incoming`, in the place of those of the same key: `same` compares `held` with it."""

    def _fill(self, bridge: Bridge, source: str) -> None:
        """Adds the people in the lists of the rows of `source`."""
        listed = f"SELECT id, {self.each_person.format(bridge.people)} AS person FROM {source}"
        people = (
            f"SELECT DISTINCT id, CAST(person AS bigint) FROM ({listed}) AS listed WHERE person ~ '^[0-9]{{1,18}}$'"
        )
        self.run(f"INSERT INTO {self.qualified(bridge.name)} ({bridge.key}, person_id) {people}")

    def _bridges_of(self, table: Table) -> list[Bridge]:
        return [bridge for bridge in bridges(table.name) if bridge.name not in self.foreign]

    def mark(self, table: Table, keys: pa.Table, moment: datetime) -> None:
        with translated_errors(self.destination), self.transaction():
            self._mark(table, keys, moment)

    def _mark(self, table: Table, keys: pa.Table, moment: datetime) -> None:
        self._run_all(marks(self.qualified(table.name), table, keys, moment))

    @cached_property
    def found(self) -> dict[str, set[str]]:
        """The tables and views that were there when the sync first looked, and their columns."""
        found: dict[str, set[str]] = {}
        for table, column in self.run(self.every_column, [self.destination.dataset]):
            found.setdefault(self._as_named(table), set()).add(column)
        return found

    def relations(self) -> dict[str, str | None]:
        """The tables and views that there are now, and their comments."""
        found = self.run(self.every_relation, [self.destination.dataset])
        return {self._as_named(name): comment for name, comment in found}

    def _as_named(self, relation: str) -> str:
        # DuckDB's names are the same in any case.
        return relation.lower() if self.destination.is_duckdb else relation

    def use_dataset(self) -> None:
        """Lets names without a schema in `run` mean the tables of this dataset."""
        self.run(f"SET {self.search_path} TO '{self.destination.dataset}'")

    def make_view(self, view: View, existing: Collection[str], comment: str | None) -> None:
        """Creates or replaces a view on the tables `existing`, with comments about it, which say that it is ours.

        `comment` is its present one. It has a fingerprint of the view, so that nothing is done where nothing changes.
        """
        name, query = self.qualified(view.name), view.query(existing, partial(self._types_of, view.product))
        fingerprint = sha256(f"{query}{view.columns}".encode()).hexdigest()[:8]
        wanted: dict[tuple[str, str | None], str] = {(view.name, None): f"{view.description} {MARK} ({fingerprint})."}
        is_same = comment == wanted[view.name, None]
        if is_same and self.views_go_by_name:
            return
        wanted |= {(view.name, column): text for column, text in view.columns.items()}
        try:
            with self.transaction():
                self.run(f"CREATE OR REPLACE VIEW {name} AS {query}")
                if not is_same:
                    self._describe(wanted, "VIEW")
        except Exception:  # noqa: BLE001, RUF100
            if is_same:
                # It is somebody else's, who has made the same.
                return
            # Its columns were of other types. This fails too where somebody has built a view on it.
            with self.transaction():
                self.run(f"DROP VIEW IF EXISTS {name}")
                self.run(f"CREATE VIEW {name} AS {query}")
                self._describe(wanted, "VIEW")

    def _types_of(self, product: str, table: str) -> dict[str, str]:
        """The columns of a table of a product and their types."""
        made_here = {one.name: one for one in (OCCURRENCES, *map(table_of_people, BRIDGES))}
        return {one.name: self.types[one.kind] for one in (made_here.get(table) or table_of(table, product)).columns}

    def lacking(self, tables: Sequence[Table]) -> set[str]:
        with translated_errors(self.destination):
            existing = self.found
        self._refuse_foreign(tables, existing)
        return {one.name for one in tables if not (one.names - one.made_here) <= existing.get(one.name, set())}

    def prepare(self, tables: Sequence[Table], warn: Callable[[str], None]) -> None:
        """Creates what is missing, and fills it as far as the rows that are there hold what is in it."""
        with translated_errors(self.destination):
            self.run(f'DROP SCHEMA IF EXISTS "{_OLD_STAGING.format(self.destination.dataset)}" CASCADE')
            if not self.run(_SCHEMA, [self.destination.dataset]):
                self.run(f'CREATE SCHEMA "{self.destination.dataset}"')
            self.foreign = foreign(self.relations())
            for table in tables:
                for bridge in bridges(table.name):
                    if bridge.name in self.foreign:
                        warn(NOT_MADE.format(relation=f"table {bridge.name}", reason=NOT_OURS))
            self.atomically(lambda: self._make(tables, self.found))
        try:
            with translated_errors(self.destination), self.transaction():
                people = [table_of_people(bridge) for table in tables for bridge in self._bridges_of(table)]
                self.describe([*tables, *people])
        except CommandError as error:
            # Of a login that may write rows, and does not own the tables.
            warn(NOT_DESCRIBED.format(reason=error))
        self.add_keys(tables, warn)

    def _refuse_foreign(self, tables: Sequence[Table], existing: Mapping[str, set[str]]) -> None:
        for table in tables:
            if not table.own <= existing.get(table.name, table.own):
                place, dataset = self.destination, self.destination.dataset
                raise CommandError(FOREIGN_TABLE.format(place=place, table=table.name, dataset=dataset))

    def _make(self, tables: Iterable[Table], existing: Mapping[str, set[str]]) -> None:
        for table in tables:
            self._make_table(table, existing.get(table.name, set()))
            for bridge in self._bridges_of(table):
                if not existing.get(bridge.name, set()) >= {bridge.key, "person_id"}:
                    self._make_bridge(bridge, bridge.name in existing)

    def _make_bridge(self, bridge: Bridge, exists: bool) -> None:
        table = table_of_people(bridge)
        if exists:
            self.run(f"DROP TABLE {self.qualified(table.name)}")
        self.create(table)
        self._fill(bridge, self.qualified(bridge.table))

    def create(self, table: Table) -> None:
        """Creates a table. One whose rows are no records gets the comment that says that it is ours."""
        columns = [self._declared(column) + " NOT NULL" * (column.name in table.key) for column in table.columns]
        self.run(f"CREATE TABLE {self.qualified(table.name)} ({', '.join(columns)})")
        if MARK in (comment := _comment_on(table)):
            self.run(f"COMMENT ON TABLE {self.qualified(table.name)} IS {sql_text(comment)}")

    def _make_table(self, table: Table, present: Collection[str]) -> None:
        name = self.qualified(table.name)
        missing = [column for column in table.columns if column.name not in present]
        if not present:
            self.create(table)
        elif missing:
            for column in missing:
                self.run(f"ALTER TABLE {name} ADD COLUMN {self._declared(column)}")
            values = [f"{column.name} = {column.derived.sql(self.cast)}" for column in missing if column.derived]
            if table.own and {column.name for column in missing} - table.made_here:
                # Rows that lack a column count as changed when they are read again.
                values.append(f"{FINGERPRINT} = 0")
            if values:
                self.run(f"UPDATE {name} SET {', '.join(values)}")

    def describe(self, tables: Iterable[Table]) -> None:
        """Sets the comments on tables and their columns that are not there yet."""
        wanted: dict[tuple[str, str | None], str] = {}
        for table in tables:
            wanted[table.name, None] = _comment_on(table)
            wanted |= {(table.name, column.name): column.description for column in table.columns}
        self._describe(wanted)

    def _describe(self, wanted: Mapping[tuple[str, str | None], str], kind: str = "TABLE") -> None:
        """Sets the comments that are not there yet."""
        present = {(name, column): text for name, column, text in self.run(self.comments, [self.destination.dataset])}
        statements = []
        for (name, column), text in wanted.items():
            if text and present.get((name, column)) != text:
                what = f'COLUMN {self.qualified(name)}."{column}"' if column else f"{kind} {self.qualified(name)}"
                statements.append(f"COMMENT ON {what} IS {sql_text(text)}")
        if statements:
            self.run("; ".join(statements))

    def add_keys(self, tables: Iterable[Table], warn: Callable[[str], None]) -> None:
        """Adds the keys and indexes that the tables lack, in a database that has use for them."""

    def _declared(self, column: Column) -> str:
        return f'"{column.name}" {self.types[column.kind]}'


def foreign(relations: Mapping[str, str | None]) -> set[str]:
    """Those whose comment does not say that they are ours."""
    return {name for name, comment in relations.items() if not _is_ours(comment or "")}


def _is_ours(comment: str) -> bool:
    return MARK in comment or comment.endswith(_OLD_MARK)


def _comment_on(table: Table) -> str:
    return f"{table.description} {MARK}." if table.description and not table.own else table.description


def sql_text(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"
