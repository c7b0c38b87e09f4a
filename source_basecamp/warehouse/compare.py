"""Compares the records of a sync with the rows of its tables: which are new, changed, trashed, removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from source_basecamp.warehouse.databases import Result, quoted, with_enough_memory
from source_basecamp.warehouse.tables import DELETED, FINGERPRINT, SEQUENCE, Column, Table, column_list

BATCH_ROWS = 2_000


@dataclass(frozen=True)
class Changes:
    """Counts of the rows that a sync changed in a table. A row is in one of them."""

    new: int = 0
    changed: int = 0
    trashed: int = 0
    """Rows that were in the table before, with another status."""
    removed: int = 0
    """Rows whose record Basecamp no longer lists. They are marked as deleted, and not counted again."""

    def __add__(self, other: Changes) -> Changes:
        return Changes(
            self.new + other.new,
            self.changed + other.changed,
            self.trashed + other.trashed,
            self.removed + other.removed,
        )

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.trashed or self.removed)


NO_CHANGES = Changes()


class Comparison:
    """Compares the newest version of each staged record with the row of the same key.

    `parts` are Parquet files of `write_part`. Of a record that arrived twice, the version with the later `updated_at`
    counts, and of two with the same the one that arrived last. With `whole`, the parts are the whole stream: rows
    without a record are `gone`. With `anew`, they are also all that the table is to hold.
    """

    def __init__(
        self,
        engine: duckdb.DuckDBPyConnection,
        table: Table,
        parts: Sequence[Path],
        whole: bool = False,
        anew: bool = False,
    ) -> None:
        self.table, self.whole, self.anew = table, whole, anew
        self.changes = NO_CHANGES
        self.replaces = False
        """Whether rows of the table have to be replaced. If not, `rows` are added to it."""
        self._chosen = 0
        """Rows to load."""
        self.gone: pa.Table | None = None
        """With `whole`: the keys of the rows without a record."""
        self._engine, self._parts = engine, parts
        self._newest, self._verdicts = f"newest_{table.name}", f"verdicts_{table.name}"
        self._pick_newest()

    @staticmethod
    def needed(table: Table) -> list[str]:
        """The columns of the table that `compare` needs."""
        return [*table.key, FINGERPRINT, DELETED, *filter(None, (table.version, table.status))]

    def keys(self) -> pa.Table:
        """The keys of the staged records."""
        return self._engine.sql(f"SELECT {column_list(self.table.key)} FROM {self._newest}").to_arrow_table()

    def patiently(self, action: Callable[[], Result]) -> Result:
        """Does something with the rows, once more with more memory if it takes more."""
        return with_enough_memory(self._engine, action)

    def _execute(self, statement: str) -> None:
        self.patiently(lambda: self._engine.execute(statement))

    def compare(self, present: pa.Table, known: str = "TRUE") -> None:
        """Finds `changes`, `replaces`, `rows` and `gone`. `present` holds the columns `needed` of the table's rows.

        `known` is a condition in SQL on `present`: of other rows, nobody knows whether they are gone.
        """
        self._engine.register("present", present)
        self._execute(
            f"CREATE OR REPLACE TABLE {self._verdicts} AS SELECT newest.{SEQUENCE}, {self._verdict()} AS verdict "
            f"FROM {self._newest} AS newest LEFT JOIN present USING ({column_list(self.table.key)})"
        )
        counts = dict(self._engine.execute(f"SELECT verdict, count(*) FROM {self._verdicts} GROUP BY ALL").fetchall())
        self.gone = self._find_gone(known) if self.whole else None
        self._engine.unregister("present")
        removed = self.gone.num_rows if self.gone else 0
        new, changed, trashed = (counts.get(verdict, 0) for verdict in ("new", "changed", "trashed"))
        self.changes = Changes(new, changed, trashed, removed)
        self.replaces = present.num_rows > 0 if self.anew else bool(changed or trashed)
        self._chosen = sum(counts.values()) if self.anew else new + changed + trashed

    @property
    def has_rows(self) -> bool:
        """Whether there are `rows` to load. With `anew` they are loaded even if they are what is there."""
        return self.anew or self._chosen > 0

    def rows(self, columns: str) -> Iterator[pa.Table]:
        """The rows to load, in batches: all with `anew`, otherwise those that are new or changed.

        Within `patiently`. `columns` is a list of expressions in SQL.
        """
        for batch in self._engine.sql(self._query(columns)).to_arrow_reader(BATCH_ROWS):
            yield pa.Table.from_batches([batch])

    def source(self, file: Path) -> str:
        """A query in DuckDB's SQL for the rows to load, from any connection. It may write them to `file` first."""
        (staged,) = self._engine.execute(f"SELECT count(*) FROM ({self._read})").fetchone() or (0,)
        if staged == self._chosen:
            return self._read
        # JSON stays JSON: of text, DuckDB would have to find out once more whether it is.
        self._write("*", file)
        return f"FROM read_parquet({quoted(file)})"

    def write_rows(self, file: Path) -> None:
        """Writes the rows to load to a Parquet file, with JSON as text."""
        self._write(", ".join(map(_selected, self.table.columns)), file)

    def _write(self, columns: str, file: Path) -> None:
        # In small groups, each of which is held in memory.
        options = "FORMAT parquet, COMPRESSION lz4, ROW_GROUP_SIZE 4096"
        self._execute(f"COPY ({self._query(columns)}) TO {quoted(file)} ({options})")

    def _query(self, columns: str) -> str:
        wanted = "TRUE" if self.anew else "verdict IN ('new', 'changed', 'trashed')"
        chosen = f"(SELECT {SEQUENCE} FROM {self._verdicts} WHERE {wanted})"
        return f"SELECT {columns} FROM ({self._read}) WHERE {SEQUENCE} IN {chosen}"

    @property
    def _read(self) -> str:
        """A query for all that is staged, with a column for DELETED."""
        parts = ", ".join(map(quoted, self._parts))
        return f"SELECT *, CAST(NULL AS TIMESTAMPTZ) AS {DELETED} FROM read_parquet([{parts}])"

    def close(self) -> None:
        """Deletes the parts and the tables made of them."""
        self._engine.execute(f"DROP TABLE {self._newest}; DROP TABLE IF EXISTS {self._verdicts}")
        for part in self._parts:
            part.unlink()

    def _pick_newest(self) -> None:
        latest = f"{self.table.version} DESC NULLS LAST, " if self.table.version else ""
        columns = [name for name in self.needed(self.table) if name != DELETED]
        self._execute(
            f"CREATE OR REPLACE TABLE {self._newest} AS "
            f"SELECT {column_list([SEQUENCE, *columns])} FROM ({self._read}) QUALIFY "
            f"row_number() OVER (PARTITION BY {column_list(self.table.key)} ORDER BY {latest}{SEQUENCE} DESC) = 1"
        )

    def _verdict(self) -> str:
        cases = [f"WHEN present.{FINGERPRINT} IS NULL THEN 'new'"]
        cases += [f"WHEN newest.{FINGERPRINT} = present.{FINGERPRINT} AND present.{DELETED} IS NULL THEN 'same'"]
        if (version := self.table.version) and not self.whole:
            # It was read before the later version that is in the table already.
            cases += [f"WHEN newest.{version} < present.{version} THEN 'stale'"]
        if status := self.table.status:
            cases += [
                f"WHEN newest.{status} = 'trashed' AND present.{status} IS DISTINCT FROM 'trashed' THEN 'trashed'"
            ]
        return f"CASE {' '.join(cases)} ELSE 'changed' END"

    def _find_gone(self, known: str) -> pa.Table:
        key = column_list(self.table.key)
        listed = f"FROM present ANTI JOIN {self._newest} USING ({key}) WHERE {DELETED} IS NULL AND ({known})"
        return self._engine.sql(f"SELECT {key} {listed}").to_arrow_table()


def _selected(column: Column) -> str:
    """A column of the staged records in the form in which it is loaded. What is read is listed."""
    return f'"{column.name}"::VARCHAR AS "{column.name}"' if column.kind == "json" else f'"{column.name}"'
