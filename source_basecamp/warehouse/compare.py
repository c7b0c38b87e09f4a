"""Compares the records of a sync with the rows of its tables: which are new, changed, trashed, removed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from source_basecamp.warehouse.tables import FINGERPRINT, SEQUENCE, Table

BATCH_ROWS = 10_000


@dataclass(frozen=True)
class Changes:
    """Counts of the rows that a sync changed in a table. A row is in one of them."""

    new: int = 0
    changed: int = 0
    trashed: int = 0
    """Rows that were in the table before, with another status."""
    removed: int = 0
    """Rows that are no longer in the account. Found only in a stream that is read whole."""

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
    without a record are removed.
    """

    def __init__(self, engine: duckdb.DuckDBPyConnection, table: Table, parts: Sequence[Path], whole: bool) -> None:
        self.table, self.whole = table, whole
        self.changes = NO_CHANGES
        self.replaces = False
        """Whether rows of the table have to be replaced. If not, `rows` are added to it."""
        self._engine, self._parts = engine, parts
        self._newest, self._verdicts = f"newest_{table.name}", f"verdicts_{table.name}"
        self._pick_newest()

    @staticmethod
    def needed(table: Table) -> list[str]:
        """The columns of the table that `compare` needs."""
        return [*table.key, FINGERPRINT, *filter(None, (table.version, table.status))]

    def keys(self) -> pa.Table:
        """The keys of the staged records."""
        return self._engine.sql(f"SELECT {_list(self.table.key)} FROM {self._newest}").to_arrow_table()  # noqa: S608

    def compare(self, present: pa.Table) -> None:
        """Finds `changes`, `replaces` and `rows`. `present` holds the columns `needed` of the table's rows."""
        self._engine.register("present", present)
        self._engine.execute(
            f"CREATE OR REPLACE TABLE {self._verdicts} AS SELECT newest.{SEQUENCE}, {self._verdict()} AS verdict "  # noqa: S608
            f"FROM {self._newest} AS newest LEFT JOIN present USING ({_list(self.table.key)})"
        )
        counts = dict(self._engine.execute(f"SELECT verdict, count(*) FROM {self._verdicts} GROUP BY ALL").fetchall())  # noqa: S608
        removed = self._removed() if self.whole else 0
        self._engine.unregister("present")
        self.changes = Changes(counts.get("new", 0), counts.get("changed", 0), counts.get("trashed", 0), removed)
        self.replaces = present.num_rows > 0 if self.whole else bool(self.changes.changed or self.changes.trashed)

    def rows(self) -> Iterator[pa.Table]:
        """The rows to load, in batches: all with `whole`, otherwise those that are new or changed."""
        columns = ", ".join(
            f'"{column.name}"::VARCHAR AS "{column.name}"' if column.kind == "json" else f'"{column.name}"'
            for column in self.table.columns
        )
        wanted = "TRUE" if self.whole else "verdict IN ('new', 'changed', 'trashed')"
        chosen = f"(SELECT {SEQUENCE} FROM {self._verdicts} WHERE {wanted})"  # noqa: S608
        query = f"SELECT {columns} FROM read_parquet(?) WHERE {SEQUENCE} IN {chosen}"  # noqa: S608
        # A cursor of its own, because the batches of several tables are read in turn.
        with self._engine.cursor() as cursor:
            for batch in cursor.sql(query, params=[self._paths]).to_arrow_reader(BATCH_ROWS):
                yield pa.Table.from_batches([batch])

    def close(self) -> None:
        """Deletes the parts and the tables made of them."""
        self._engine.execute(f"DROP TABLE {self._newest}; DROP TABLE IF EXISTS {self._verdicts}")
        for part in self._parts:
            part.unlink()

    @property
    def _paths(self) -> list[str]:
        return [str(part) for part in self._parts]

    def _pick_newest(self) -> None:
        latest = f"{self.table.version} DESC NULLS LAST, " if self.table.version else ""
        self._engine.execute(
            f"CREATE OR REPLACE TABLE {self._newest} AS "  # noqa: S608
            f"SELECT {_list([SEQUENCE, *self.needed(self.table)])} FROM read_parquet(?) QUALIFY "
            f"row_number() OVER (PARTITION BY {_list(self.table.key)} ORDER BY {latest}{SEQUENCE} DESC) = 1",
            [self._paths],
        )

    def _verdict(self) -> str:
        cases = [f"WHEN present.{FINGERPRINT} IS NULL THEN 'new'"]
        cases += [f"WHEN newest.{FINGERPRINT} = present.{FINGERPRINT} THEN 'same'"]
        if (version := self.table.version) and not self.whole:
            # It was read before the later version that is in the table already.
            cases += [f"WHEN newest.{version} < present.{version} THEN 'stale'"]
        if status := self.table.status:
            cases += [
                f"WHEN newest.{status} = 'trashed' AND present.{status} IS DISTINCT FROM 'trashed' THEN 'trashed'"
            ]
        return f"CASE {' '.join(cases)} ELSE 'changed' END"

    def _removed(self) -> int:
        key = _list(self.table.key)
        ((removed,),) = self._engine.execute(
            f"SELECT count(*) FROM present ANTI JOIN {self._newest} USING ({key})"  # noqa: S608
        ).fetchall()
        return int(removed)


def _list(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
