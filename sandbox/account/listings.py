"""How a listing is described: once, for the server that answers it and for what a full sync has to hold.

The listings of an archived project answer as those of an active one; in a trashed project they are 404. A tool that is
switched off is only hidden from its project's dock (bc-api, "Tools"): its listings answer, and those of the whole
account leave it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sandbox.account.recordings import Recording, parent_id
from sandbox.account.records import Project, Record
from sandbox.account.store import AccountStore

Listed = Sequence[Recording | Record]
"""In the order in which they are listed, most of them not yet rendered."""
Query = Mapping[str, str]
Form = Literal["pages", "list", "object"]
"""Whether an answer is a page, the whole list, or the only record of the list."""

ANSWERING = ("active", "archived")
"""The statuses of the projects whose listings answer."""


@dataclass(frozen=True)
class AccountList:
    """A listing of the whole account."""

    stream: str
    path: str
    read: Callable[[AccountStore], Listed]
    """All that a full sync has to hold."""
    answer: Callable[[AccountStore, Query], Listed] | None = None
    """What a request with these parameters gets, if that is not always all of it.

    Raises ValueError for parameters that Basecamp refuses.
    """
    form: Form = "pages"

    def everything(self, store: AccountStore) -> list[Record]:
        """All that a full sync has to hold."""
        return store.render(self.read(store))


@dataclass(frozen=True)
class ChildList:
    """A listing of one owner: a project, a tool or a recording."""

    stream: str | None
    """`None` if no stream is read from it."""
    path: str
    """With `{id:int}`, the owner's."""
    owners: Callable[[AccountStore, Project], Iterable[int]]
    """The ids of the owners in a project that have such a listing."""
    read: Callable[[AccountStore, Project, int], Listed]
    added: Callable[[Project, int], Record] = field(default=lambda project, id: {})
    """The fields that a sync has to add, as the records do not say whose they are."""
    form: Form = "pages"
    sortable: bool = False
    found_in: tuple[str, ...] = ANSWERING
    """The statuses of the projects in which a sync finds owners."""

    def everything(self, store: AccountStore) -> list[Record]:
        """All that a full sync has to hold."""
        return [
            record | self.added(project, id)
            for project in store.projects.values()
            if project.status in self.found_in
            for id in self.owners(store, project)
            if not is_forbidden(store, project, id)
            for record in store.render(self.read(store, project, id))
        ]


def is_forbidden(store: AccountStore, project: Project, id: int) -> bool:
    """Whether a test has forbidden the project, the tool, or the parent of the recording."""
    if not store.forbidden:
        return False
    recording = store.feeds.find(id)
    parent = parent_id(recording) if recording else None
    return not store.forbidden.isdisjoint({project.id, id, parent})


def of_status(noun: str, read: Callable[[AccountStore, str], Listed]) -> Callable[[AccountStore, Query], Listed]:
    """What is listed status by status; the active ones are listed where no status is asked for."""

    def answer(store: AccountStore, query: Query) -> Listed:
        status = query.get("status")
        if status not in (None, "archived", "trashed"):
            raise ValueError(f"status must be archived or trashed; leave it out for active {noun}")
        return read(store, status or "active")

    return answer


def the_project(store: AccountStore, project: Project) -> list[int]:
    """The owner of a listing that every project has."""
    return [project.id]


def tools(name: str) -> Callable[[AccountStore, Project], list[int]]:
    """The owners of a listing that the tools of a name have, switched on or off."""
    return lambda store, project: [tool["id"] for tool in project.record["dock"] if tool["name"] == name]


@dataclass(frozen=True)
class _Recordings:
    """The ids of a project's recordings of some types; of all types without any. To look for one goes through none."""

    store: AccountStore
    project: Project
    types: tuple[str, ...]

    def __contains__(self, id: object) -> bool:
        found = self.store.feeds.find(id) if isinstance(id, int) else None
        return found is not None and found.project is self.project and self._is_of_types(found)

    def __iter__(self) -> Iterator[int]:
        return (found.id for found in self.store.feeds.of_project(self.project) if self._is_of_types(found))

    def _is_of_types(self, recording: Recording) -> bool:
        return not self.types or recording.kind.type in self.types


def recordings_of(*types: str) -> Callable[[AccountStore, Project], Iterable[int]]:
    """The owners of a listing that each recording of some types has; of all types without any."""
    return lambda store, project: _Recordings(store, project, types)


def inside(type: str) -> Callable[[AccountStore, Project, int], Listed]:
    """Reads the recordings of a type that are under the owner."""
    return lambda store, project, id: store.feeds.inside(type, id)


def in_active_projects(store: AccountStore, name: str) -> list[tuple[Project, Record]]:
    """The tools of a name that are switched on in active projects, each with its project."""
    active = [project for project in store.projects.values() if project.status == "active"]
    return [(project, tool) for project in active for tool in project.tools(name)]
