"""Which rows' records Basecamp no longer lists.

A stream that is read whole shows it by itself. A feed brings what changed, so its table is held against Basecamp's own
counts, which came with each listing's first page; a listing whose count differs is read again, once, from the top.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from airbyte_cdk.sources.types import StreamSlice

from source_basecamp.buckets import BUCKETS
from source_basecamp.feeds import KIND, READ_AGAIN
from source_basecamp.pagination import listing_name
from source_basecamp.stats import STATS, ListingStats
from source_basecamp.warehouse.sql_store import SqlStore
from source_basecamp.warehouse.state import States
from source_basecamp.warehouse.tables import DELETED, Table

Held = Counter[tuple[str, int | None]]
"""How many rows a table has, by status and project."""

STILL_DIFFERENT = (
    "{stream}: Basecamp counts {counted:,} records that are {listing}, and the table has {held:,}, although their list "
    "was read again from the top. It may have changed meanwhile: the next sync compares again."
)


_LIST, _OF_LIST = "todo_list_id", "/todo_lists/"
"""The column of a to-do list of Basecamp Classic, and what is in an address of one. A table without that column cannot
tell which of its rows belong to a list that was skipped.
"""

_LOCATED = re.compile(rf"/projects/|/buckets/|{_OF_LIST}")
"""What is in the address of a listing of which the rows below it have the id of the project or to-do list."""


def places(table: Table) -> tuple[list[str], str]:
    """The columns of the ids that a row belongs to, and the one of its project, `NULL` where it has none."""
    ids = [
        column.name for column in table.columns if column.kind == "bigint" and re.fullmatch(r"(.*_)?id", column.name)
    ]
    return ids, "id" if table.name == "projects" else "project_id" if "project_id" in ids else "NULL"


def known_rows(table: Table, project_ids: Collection[int]) -> tuple[list[str], str]:
    """A condition in DuckDB's SQL on the rows that a whole read of the stream would have brought, and its columns.

    It left out what lies outside `project_ids`, if there are any, and the projects, lists and tools that were skipped,
    by the stream itself or by those out of which it learns what there is to ask for. No row has the id of a tool above.
    """
    above = [path for name in table.above for path in _skipped(name)]
    paths = [*_skipped(table.name), *above]
    skipped = {int(id) for path in paths for id in _ids_in(path)} | (BUCKETS.refused if table.from_feeds else set())
    columns, project = places(table)
    lost = _LIST not in columns and any(_OF_LIST in path for path in paths)
    if _is_switched_off(table) or lost or not all(map(_LOCATED.search, above)):
        return [], "FALSE"
    conditions = [f"NOT coalesce({id} IN ({_listed(skipped)}), FALSE)" for id in columns] if skipped else []
    if project_ids and project != "NULL":
        conditions.append(f"{project} IN ({_listed(project_ids)})")
    return (columns, " AND ".join(conditions)) if conditions else ([], "TRUE")


def _skipped(stream: str) -> list[str]:
    """The addresses that were skipped when a stream, or a parent of streams, was read."""
    return [path for _, listing in STATS.of(stream) for path in listing.skipped]


def _is_switched_off(table: Table) -> bool:
    """Whether nobody was asked for the time that people track in Basecamp Classic: the site does not track any."""
    return table.name == "time_entries" and not STATS.requests_of(table.name)


def _ids_in(path: str) -> list[str]:
    """The ids in an address. Each follows a word; the account's, which comes first, does not."""
    return re.findall(r"\w/(\d+)", path)


def _listed(ids: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(ids)))


@dataclass(frozen=True)
class Listing:
    """The recordings of a status in the active or in the archived projects, as a feed lists them."""

    status: str
    kind: str
    """`active` or `archived`."""

    @property
    def partition(self) -> dict[str, str]:
        return {"status": self.status} | ({KIND: self.kind} if self.kind != "active" else {})

    @property
    def projects(self) -> set[int]:
        return (BUCKETS.archived if self.kind == "archived" else BUCKETS.active) - BUCKETS.refused

    def __str__(self) -> str:
        return listing_name(StreamSlice(partition=self.partition, cursor_slice={}))


class Audit:
    """Holds the tables of a sync against what Basecamp listed, and marks the rows that it lists no longer.

    For DuckDB and PostgreSQL: the SQL of dlt's other destinations is not known.
    """

    def __init__(self, store: SqlStore, states: States) -> None:
        self.store, self.states = store, states

    def state_for(self, stream: str, listings: Iterable[Listing]) -> dict[str, Any]:
        """The stream's state, with listings that are to be read again from the top, and nothing else."""
        saved = self.states.saved[stream]
        again = {"listings": [listing.partition for listing in listings]}
        return {**saved, "stream_state": {**saved["stream_state"], **again}}

    def mark_unseen_entries(self, table: Table, seen: Sequence[pa.Table]) -> int:
        """Marks the rows of the days that were read and without a record, and returns how many."""
        ((_, days),) = STATS.of(table.name) or [("", ListingStats())]
        if days.since is None:
            return 0
        chosen = self.states.project_ids
        project = f" AND project_id IN ({_listed(chosen)})" if chosen else ""
        return self._mark(table, f"date >= '{days.since}'{project}", seen)

    def mark_unseen(self, table: Table, seen: Sequence[pa.Table]) -> int:
        """Marks the rows without a record of a stream whose records were all asked from the beginning."""
        _, known = known_rows(table, self.states.project_ids)
        start = self.states.start_date
        return self._mark(table, f"{known} AND created_at >= '{start}'" if start else known, seen)

    def projects(self, table: Table) -> set[int]:
        """The projects of its rows, without marked ones."""
        name = self.store.qualified(table.name)
        found = self.store.run(f"SELECT DISTINCT project_id FROM {name} WHERE {DELETED} IS NULL")
        return {project for (project,) in found if project is not None}

    def mark_invisible(self, table: Table, projects: Collection[int]) -> int:
        """Marks the rows of those `projects` that are in the trash, deleted, or no longer visible."""
        invisible = set(projects) - BUCKETS.active - BUCKETS.archived
        if chosen := self.states.project_ids:
            invisible &= set(chosen)
        return self._mark(table, f"project_id IN ({_listed(invisible)})", []) if invisible else 0

    def mark_unlisted(self, table: Table, listings: Iterable[Listing], seen: Sequence[pa.Table]) -> int:
        """Marks the rows of listings that were read from the top, and without a record."""
        start = self.states.start_date
        since = f" AND updated_at >= '{start}'" if start else ""
        return sum(
            self._mark(table, f"status = '{one.status}' AND project_id IN ({_listed(one.projects)}){since}", seen)
            for one in listings
            if one.projects
        )

    def listings(self, table: Table) -> list[Listing]:
        """The listings of a feed that were read."""
        found = []
        for label, _ in STATS.of(table.name):
            status, _, kind = label.partition(", ")
            if kind in ("", "archived projects"):
                found.append(Listing(status, "archived" if kind else "active"))
        return found

    def differing(self, table: Table, held: Held) -> list[Listing]:
        """The listings whose count is another one than that of their rows."""
        if self.states.start_date:
            # What lies before is in Basecamp's count, and not in the table.
            return []
        counted = dict(STATS.of(table.name))
        return [
            one
            for one in self.listings(table)
            if (total := counted[str(one)].total) is not None and total != _sum(held, one)
        ]

    def remaining(self, table: Table, listings: Iterable[Listing]) -> list[str]:
        """What to say of listings that still differ after they were read again."""
        held, counted = self.held(table), dict(STATS.of(table.name))
        totals = {one: counted[f"{one}, {READ_AGAIN}"].total for one in listings}
        return [
            STILL_DIFFERENT.format(stream=table.name, counted=total, listing=one, held=_sum(held, one))
            for one, total in totals.items()
            if total is not None and total != _sum(held, one)
        ]

    def held(self, table: Table) -> Held:
        """How many rows there are by status and project, without marked ones."""
        name = self.store.qualified(table.name)
        query = f"SELECT status, project_id, count(*) FROM {name} WHERE {DELETED} IS NULL GROUP BY 1, 2"
        return Counter({(status, project): count for status, project, count in self.store.run(query)})

    def _mark(self, table: Table, condition: str, seen: Sequence[pa.Table]) -> int:
        (key,) = table.key
        query = f"SELECT {key} FROM {self.store.qualified(table.name)} WHERE {DELETED} IS NULL AND {condition}"
        held = {id for (id,) in self.store.run(query)}
        gone = sorted(held.difference(*(keys.column(0).to_pylist() for keys in seen)))
        if gone:
            self.store.mark(table, pa.table({key: gone}), self.states.moment)
        return len(gone)


def _sum(held: Held, listing: Listing) -> int:
    return sum(held[listing.status, project] for project in listing.projects)
