"""The tables of a sync, in whatever database they are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute

from source_basecamp.warehouse.compare import Comparison
from source_basecamp.warehouse.destination import Destination
from source_basecamp.warehouse.tables import DELETED, Table

ARROW_TYPES = {
    "bigint": pa.int64(),
    "double": pa.float64(),
    "decimal": pa.decimal128(18, 4),
    "bool": pa.bool_(),
    "timestamp": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
    "text": pa.string(),
    "json": pa.string(),
}
"""By kind of column."""

_KEYS_IN_A_STATEMENT = 500
FEW_KEYS = 5_000
"""Rows that are looked up by their keys. Of more, the whole table is read."""


class Store(ABC):
    """The tables of one dataset. Every method raises a CommandError where the database refuses."""

    holds_nul = True
    """Whether a text may contain U+0000."""

    def __init__(self, destination: Destination) -> None:
        self.destination = destination

    @abstractmethod
    def lacking(self, tables: Sequence[Table]) -> set[str]:
        """The names of the tables that lack rows or columns, and have to be read again.

        Raises a CommandError if a table of the same name was not made by a sync.
        """

    @abstractmethod
    def prepare(self, tables: Sequence[Table], warn: Callable[[str], None]) -> None:
        """Creates missing tables and columns. Tells `warn` of what it cannot create and can do without."""

    @abstractmethod
    def rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        """The columns of all rows of a table. Empty if there is no such table."""

    @abstractmethod
    def put(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Replaces the rows that have the same first column, or adds them, in one transaction."""

    @abstractmethod
    def present(self, table: Table, columns: Sequence[str], keys: pa.Table | None = None) -> pa.Table:
        """The columns of a table's rows: of those with `keys` if they are few, otherwise of all."""

    @abstractmethod
    def load(self, comparison: Comparison, moment: datetime) -> None:
        """Loads what a comparison found: adds, replaces by key, or replaces the table, and marks rows that are gone.

        In one transaction, together with the tables of people that belong to the table.
        """

    @abstractmethod
    def mark(self, table: Table, keys: pa.Table, moment: datetime) -> None:
        """Sets DELETED of the rows with these keys, in one transaction."""


Statement = tuple[str, list[Any]]
"""A statement in SQL, with `%s` for each parameter, and the parameters."""


def puts(name: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[Statement]:
    """What `Store.put` runs on the table `name`."""
    for row in rows:
        key, *_ = row
        places = ", ".join(["%s"] * len(row))
        yield f"DELETE FROM {name} WHERE {key} = %s", [row[key]]
        yield f"INSERT INTO {name} ({', '.join(row)}) VALUES ({places})", list(row.values())


def marks(name: str, table: Table, keys: pa.Table, moment: datetime) -> Iterator[Statement]:
    """What `Store.mark` runs on the table `name`."""
    one = " AND ".join(f"{column} = %s" for column in table.key)
    rows = [[row[column] for column in table.key] for row in keys.to_pylist()]
    for start in range(0, len(rows), _KEYS_IN_A_STATEMENT):
        chunk = rows[start : start + _KEYS_IN_A_STATEMENT]
        condition = " OR ".join([f"({one})"] * len(chunk))
        yield f"UPDATE {name} SET {DELETED} = %s WHERE {condition}", [moment, *chain(*chunk)]


def condition_of(table: Table, keys: pa.Table | None) -> str:
    """A condition in SQL on the rows with `keys`; none where they are many."""
    if keys is None or len(table.key) > 1 or not 0 < keys.num_rows <= FEW_KEYS:
        return ""
    return f" WHERE {table.key[0]} IN ({', '.join(map(str, keys.column(0).to_pylist()))})"


def arrow_schema(table: Table, columns: Sequence[str]) -> pa.Schema:
    kinds = {column.name: column.kind for column in table.columns}
    return pa.schema([(name, ARROW_TYPES[kinds[name]]) for name in columns])


def in_types(batch: pa.Table, schema: pa.Schema) -> pa.Table:
    """Rows of a database in our types. A time without a zone, or as a text, is UTC."""
    columns = [_in_type(batch.column(field.name), field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _in_type(column: pa.ChunkedArray, wanted: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_timestamp(wanted) and pa.types.is_string(column.type):
        column = pa.compute.replace_substring_regex(column, r"(Z|[+]00:?00)$", "").cast(pa.timestamp("us"))
    return column.cast(wanted)
