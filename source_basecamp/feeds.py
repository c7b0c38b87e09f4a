"""The partitions of a feed, and its state: which projects it was read of.

A feed, `projects/recordings.json`, lists the recordings of the projects that are active at this moment, newest change
first. A project that is archived takes its recordings out of that listing, and one that comes back, or that the user is
added to, brings recordings whose changes lie behind the cursor. So a feed is read in up to three parts, each in every
status: the listing of active projects, the listing of archived ones (by `bucket`), both from the newest change down to
their own cursor; and, whole, the projects that the state does not know as what they are now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, List, Optional

from airbyte_cdk.sources.declarative.migrations.state_migration import StateMigration
from airbyte_cdk.sources.declarative.models.declarative_component_schema import DeclarativeStream
from airbyte_cdk.sources.declarative.partition_routers import SubstreamPartitionRouter
from airbyte_cdk.sources.types import Config, StreamSlice, StreamState
from airbyte_cdk.utils.datetime_helpers import ab_datetime_parse

from source_basecamp.buckets import BUCKETS, RANGE, packed, ranges, unpacked

KIND = "projects"
"""The key of a partition that says which projects it is read of: none for the active ones, `archived` or `new`."""

READ_AGAIN = "read again"
"""What the log calls a listing that `sync` reads again, because the table did not agree with its count."""


@dataclass(frozen=True)
class KnownProjects:
    """The projects that a feed's state holds, as what, and when they were read by Basecamp's clock.

    As JSON `{"active": "48644099+12", "archived": "", "from": ..., "until": ...}`, ids as `packed` writes them. It is
    the state of the feed's parent: Airbyte keeps it under `parent_state`.
    """

    active: frozenset[int] = frozenset()
    archived: frozenset[int] = frozenset()
    began: datetime | None = None
    ended: datetime | None = None

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> KnownProjects:
        return cls(
            unpacked(state.get("active", "")),
            unpacked(state.get("archived", "")),
            _moment(state.get("from")),
            _moment(state.get("until")),
        )

    def as_state(self) -> dict[str, Any]:
        times = {name: time.isoformat() for name, time in (("from", self.began), ("until", self.ended)) if time}
        return {"active": packed(self.active), "archived": packed(self.archived), **times}

    def without(self, ids: Iterable[int]) -> KnownProjects:
        return replace(self, active=self.active.difference(ids), archived=self.archived.difference(ids))


@dataclass(frozen=True)
class _Project:
    id: int
    status: str
    created: datetime | None
    updated: datetime | None


@dataclass
class FeedPartitionRouter(SubstreamPartitionRouter):
    """Partitions a feed by status and by what its projects are; its parent is `projects`.

    Projects that are asked for by id are divided into ranges, each with a cursor of its own, if there are many.
    """

    statuses: List[str] = field(default_factory=list)
    saved: Optional[Mapping[str, Any]] = None
    """The stream's state, which `FeedStateMigration` puts here."""

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        super().__post_init__(parameters)
        saved = self.saved or {}
        self._cursors: defaultdict[tuple[str, str], dict[int, datetime | None]] = defaultdict(dict)
        """By status and kind of projects: the cursor of each range of projects."""
        for one in saved.get("states", []):
            part = one["partition"]
            self._cursors[part["status"], part.get(KIND, "active")][part.get(RANGE, 0)] = _moment(
                *one["cursor"].values()
            )
        parents = saved.get("parent_state") or {}
        self._listings = saved.get("listings")
        self._saved = KnownProjects.of(parents[KIND]) if KIND in parents else None
        self._known = self._saved
        self._walked: KnownProjects | None = None
        self._all_made = False
        self._final: KnownProjects | None = None
        self._start = _moment(self.config.get("start_date"))
        self._lookback = timedelta(minutes=self.config.get("lookback_minutes", 10))

    def stream_slices(self) -> Iterable[StreamSlice]:
        projects = list(self._projects())
        archived = {project.id for project in projects if project.status == "archived"}
        active = {project.id for project in projects} - archived
        BUCKETS.see(active, archived, set(self.config.get("project_ids", [])) - active - archived)
        unread = {status: self._unread(projects, status) for status in self.statuses}
        everything = KnownProjects(frozenset(active), frozenset(archived))
        self._known = self._walked = everything.without(set().union(*unread.values()))
        for partition, buckets in self._partitions(active, archived, unread):
            if self._listings is None or _listing(partition) in self._listings:
                more = {"buckets": buckets, "again": self._listings is not None}
                yield StreamSlice(partition=partition, cursor_slice={}, extra_fields=more)
        self._known, self._all_made = everything, True

    def _projects(self) -> Iterator[_Project]:
        """The parent's records. The CDK looks up each field of each record by a path, once for each feed."""
        for parent in self.parent_stream_configs:
            for partition in parent.stream.generate_partitions():
                for record in partition.read():
                    created, updated = _moment(record.get("created_at")), _moment(record.get("updated_at"))
                    yield _Project(record["id"], record.get("status", "active"), created, updated)

    def _partitions(
        self, active: set[int], archived: set[int], unread: Mapping[str, set[int]]
    ) -> Iterator[tuple[dict[str, Any], list[int] | None]]:
        """Each partition, and the projects that it is asked for; None for all active ones."""
        for status in self.statuses:
            if "project_ids" in self.config:
                yield from self._ranges({"status": status}, active)
            else:
                yield {"status": status}, None
        for kind, ids in (("archived", dict.fromkeys(self.statuses, archived)), ("new", unread)):
            for status in self.statuses:
                yield from self._ranges({"status": status, KIND: kind}, ids[status])

    def _ranges(self, listing: dict[str, Any], ids: set[int]) -> Iterator[tuple[dict[str, Any], list[int]]]:
        starts = self._cursors[listing["status"], listing.get(KIND, "active")]
        for start, some in ranges(ids, starts).items():
            yield listing | ({RANGE: start} if start else {}), some

    def get_stream_state(self) -> Optional[Mapping[str, StreamState]]:
        """What the state knows of projects. The CDK asks while it makes partitions, and when all of them are read."""
        if self._known is None:
            return None
        if not self._all_made:
            return {KIND: self._known.as_state()}
        self._final = replace(self._known, began=BUCKETS.first_answer, ended=BUCKETS.last_answer)
        return {KIND: self._final.as_state()}

    def confirmed(self, parent_state: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
        """The same for a state that is about to be saved: without projects that were refused in the meantime.

        A state of before all partitions are read knows the projects of which no older recordings are missing.
        """
        if self._walked is None:
            return parent_state
        is_final = self._final and parent_state == {KIND: self._final.as_state()}
        known = self._final if self._final and is_final else replace(self._walked, began=BUCKETS.first_answer)
        return {KIND: known.without(BUCKETS.refused).as_state()}

    def _unread(self, projects: Iterable[_Project], status: str) -> set[int]:
        """The projects of which the state does not hold all recordings of a status that lie behind the cursor."""
        return {project.id for project in projects if not self._knows(project) and not self._is_walked(project, status)}

    def _knows(self, project: _Project) -> bool:
        saved = self._saved
        if saved is None:
            # A state of before projects were kept in it: of the active ones.
            return project.status == "active"
        known = project.id in (saved.archived if project.status == "archived" else saved.active)
        return known and not _changed_while(saved, project)

    def _is_walked(self, project: _Project, status: str) -> bool:
        """Whether the walk down to the cursor brings all of a project: there is no cursor, or it is that young."""
        cursors = self._cursors[status, project.status]
        start = max((start for start in cursors if start <= project.id), default=None)
        cursor = None if start is None else cursors[start]
        if cursor is None:
            return True
        boundary = cursor - self._lookback
        if self._start and boundary <= self._start:
            return True
        return project.created is not None and project.created >= boundary


@dataclass
class FeedStateMigration(StateMigration):
    """Brings every saved state into one form: a cursor for each partition that was read, none for others.

    A partition that a state does not know would start at the stream's newest cursor (`state`), and miss its history.
    Without that, it starts at the beginning. Takes the states of version 1.0.0 and of the published connector, whose
    one cursor stands for all statuses. Also hands the state to the feed's partition router.

    `listings` in a state are the only partitions to be read, and from the beginning: `sync` adds them to read a listing
    again.
    """

    config: Config
    declarative_stream: DeclarativeStream

    def should_migrate(self, stream_state: Mapping[str, Any]) -> bool:
        return True

    def migrate(self, stream_state: Mapping[str, Any]) -> Mapping[str, Any]:
        router: Any = self.declarative_stream.retriever.partition_router  # type: ignore[union-attr]
        field = self.declarative_stream.incremental_sync.cursor_field  # type: ignore[union-attr]
        states = stream_state.get("states")
        if states is None:
            cursor = stream_state.get("state", stream_state)
            states = [{"partition": {"status": status}, "cursor": cursor} for status in router.statuses]
        listings = stream_state.get("listings")
        states = [
            one
            for one in states
            # Other partitions are of the published connector, which read schedules one by one.
            if field in one["cursor"] and one["partition"].get("status") in router.statuses
            if one["partition"].get(KIND) != "new" and _listing(one["partition"]) not in (listings or [])
        ]
        migrated: dict[str, Any] = {"use_global_cursor": False, "states": states}
        if "parent_state" in stream_state or not states:
            migrated["parent_state"] = stream_state.get("parent_state") or {KIND: KnownProjects().as_state()}
        router.saved = {**migrated, "listings": listings}
        return migrated


def _listing(partition: Mapping[str, Any]) -> dict[str, Any]:
    """The listing that a partition belongs to, without its range of projects."""
    return {key: value for key, value in partition.items() if key != RANGE}


def _changed_while(saved: KnownProjects, project: _Project) -> bool:
    """Whether a project changed in the course of the sync that saved the state.

    It may have been something else while a feed was read, and be again what it was.
    """
    if saved.began is None or project.updated is None:
        return False
    first = saved.began - timedelta(seconds=1)
    return first <= project.updated and (saved.ended is None or project.updated <= saved.ended)


def _moment(value: Any = None) -> datetime | None:
    return _parsed(str(value)) if value else None


@lru_cache(maxsize=10_000)
def _parsed(text: str) -> datetime | None:
    """Of a project, once for all feeds; None for what is no moment."""
    try:
        return ab_datetime_parse(text)
    except ValueError:
        return None
