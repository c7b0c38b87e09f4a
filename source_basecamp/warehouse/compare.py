"""What a sync has brought, beside what the database holds: which rows are new, changed, trashed, gone."""

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
    """How many rows a sync has changed in a table; each is counted once."""

    new: int = 0
    changed: int = 0
    trashed: int = 0
    """Of those that were there before."""
    removed: int = 0
    """Those that are no longer in the account. Only a stream that is read whole shows them."""

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
    """Compares the newest of each record with the rows that are there.

    `parts` are Parquet files as `StagedRecords` writes them; of a record that arrived twice, the later `updated_at`
    counts, and of equal ones the later arrival. `present` holds the columns `needed` of the rows that are there. With
    `whole`, the parts are all there is: rows that are not among them are gone.
    """

    def __init__(self, engine: duckdb.DuckDBPyConnection, table: Table, parts: Sequence[Path], whole: bool) -> None:
        self.table, self.whole = table, whole
        self.changes = NO_CHANGES
        self.replaces = False
        """Whether there are rows to be replaced; otherwise those to load can simply be added."""
        self._engine, self._parts = engine, parts
        self._newest, self._verdicts = f"newest_{table.name}", f"verdicts_{table.name}"
        self._pick_newest()

    @staticmethod
    def needed(table: Table) -> list[str]:
        """The columns of the rows that are there which a comparison needs."""
        return [*table.key, FINGERPRINT, *(name for name in ("updated_at", "status") if name in table.names)]

    def keys(self) -> pa.Table:
        """The keys that arrived."""
        return self._engine.sql(f"SELECT {_list(self.table.key)} FROM {self._newest}").to_arrow_table()  # noqa: S608

    def compare(self, present: pa.Table) -> None:
        """Finds `changes`, and what `rows` are to be loaded."""
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
        """What to load, in batches: all rows with `whole`, and otherwise those that are not there as they are."""
        columns = ", ".join(
            f'"{column.name}"::VARCHAR AS "{column.name}"' if column.kind == "json" else f'"{column.name}"'
            for column in self.table.columns
        )
        wanted = "TRUE" if self.whole else "verdict IN ('new', 'changed', 'trashed')"
        chosen = f"(SELECT {SEQUENCE} FROM {self._verdicts} WHERE {wanted})"  # noqa: S608
        query = f"SELECT {columns} FROM read_parquet(?) WHERE {SEQUENCE} IN {chosen}"  # noqa: S608
        # A cursor of its own: several tables are read in turn.
        with self._engine.cursor() as cursor:
            for batch in cursor.sql(query, params=[self._paths]).to_arrow_reader(BATCH_ROWS):
                yield pa.Table.from_batches([batch])

    def close(self) -> None:
        """Deletes the parts, and what was made of them."""
        self._engine.execute(f"DROP TABLE {self._newest}; DROP TABLE IF EXISTS {self._verdicts}")
        for part in self._parts:
            part.unlink()

    @property
    def _paths(self) -> list[str]:
        return [str(part) for part in self._parts]

    def _pick_newest(self) -> None:
        latest = "updated_at DESC NULLS LAST, " if "updated_at" in self.table.names else ""
        self._engine.execute(
            f"CREATE OR REPLACE TABLE {self._newest} AS "  # noqa: S608
            f"SELECT {_list([SEQUENCE, *self.needed(self.table)])} FROM read_parquet(?) QUALIFY "
            f"row_number() OVER (PARTITION BY {_list(self.table.key)} ORDER BY {latest}{SEQUENCE} DESC) = 1",
            [self._paths],
        )

    def _verdict(self) -> str:
        cases = [f"WHEN present.{FINGERPRINT} IS NULL THEN 'new'"]
        cases += [f"WHEN newest.{FINGERPRINT} = present.{FINGERPRINT} THEN 'same'"]
        if "updated_at" in self.table.names and not self.whole:
            # It was read before a later version that is already there.
            cases += ["WHEN newest.updated_at < present.updated_at THEN 'stale'"]
        if "status" in self.table.names:
            cases += [
                "WHEN newest.status = 'trashed' AND present.status IS DISTINCT FROM 'trashed' THEN 'trashed'",
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
