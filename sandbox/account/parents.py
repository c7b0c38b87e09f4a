"""Which parent each recording gets. It gets it once all recordings exist, as parents are not generated first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from sandbox.account.recordings import Kind, Recording, as_parent, parent_type
from sandbox.account.records import Project, Record
from sandbox.account.store import AccountStore

# A list in a list is a group, and a vault in a vault a folder: neither can be a parent where the other is meant.
_INNER: dict[tuple[str, str], str] = {("Todolist", "Todolist"): "Group", ("Vault", "Vault"): "Folder"}

_GROWING = {type for type, _ in _INNER}

Groups = list[list[Record] | list[Recording]]


class Parents:
    """Chooses parents among the recordings and tools of a project. Use one object for one batch of recordings."""

    def __init__(self, kinds: Mapping[str, Kind]) -> None:
        self._kinds = kinds
        self._known: defaultdict[tuple[int, str, str], list[Recording]] = defaultdict(list)
        self._listed: dict[int, Project] = {}
        self._choices: dict[tuple[str, str, int], Groups] = {}

    def choose(self, recordings: Iterable[Recording]) -> None:
        """Give every recording its parent, parents first."""
        by_kind: defaultdict[str, list[Recording]] = defaultdict(list)
        for recording in recordings:
            by_kind[recording.kind.type].append(recording)
            if recording.project.status == "active":
                self._listed[recording.project.id] = recording.project
        for kind in _parents_first(self._kinds):
            for recording in by_kind[kind.type]:
                recording.project = self._home(recording)
                recording.parent = self._parent(recording)
                self._known[recording.project.id, _role(recording), recording.status].append(recording)

    def _home(self, recording: Recording) -> Project:
        """Its project, unless only another one has a parent for it."""
        kind, home = recording.kind, recording.project
        if not kind.parent_types or home.id not in self._listed or self._groups(recording, home):
            return home
        fitting = (project for project in self._listed.values() if kind.fits(project))
        return next((project for project in fitting if self._groups(recording, project)), home)

    def _parent(self, recording: Recording) -> Record | Recording:
        kind, project, n = recording.kind, recording.project, recording.serial
        groups = self._groups(recording, project)
        if not groups:
            return _any_tool(kind, project)
        group = groups[n % len(groups)]
        return group[(n if len(groups) == 1 else n // len(groups)) % len(group)]

    def _groups(self, recording: Recording, project: Project) -> Groups:
        """The possible parents, by type. They stay the same while the recordings of one kind get theirs."""
        kind = recording.kind
        key = (kind.type, recording.status, project.id)
        if key not in self._choices or kind.type in _GROWING:
            groups = (self._group(type, recording.status, project) for type in kind.parent_types)
            self._choices[key] = [group for group in groups if group]
        return self._choices[key]

    def _group(self, type: str, status: str, project: Project) -> list[Record] | list[Recording]:
        """Possible parents of one type, of the same status or active: nothing active is under an archived one."""
        if type in project.parents:
            return project.parents[type]
        return self._known[project.id, type, status] or self._known[project.id, type, "active"]


def _role(recording: Recording) -> str:
    """What a recording is to those that may be under it."""
    return _INNER.get((recording.kind.type, parent_type(recording) or ""), recording.kind.type)


def _any_tool(kind: Kind, project: Project) -> Record:
    """The parent in a project that has none of the right type: the first tool. Some kinds have no parent at all."""
    return next(iter(project.parents.values()))[0] if kind.parent_types else {}


def _parents_first(kinds: Mapping[str, Kind]) -> Iterator[Kind]:
    seen: set[str] = set()

    def visit(kind: Kind) -> Iterator[Kind]:
        if kind.type in seen:
            return
        seen.add(kind.type)
        for type in kind.parent_types:
            if type in kinds:
                yield from visit(kinds[type])
        yield kind

    for kind in kinds.values():
        yield from visit(kind)


def first_parent(store: AccountStore, kind: Kind, project: Project) -> Record:
    """The parent of a recording that a test makes and names no parent for."""
    for type in kind.parent_types:
        if type in project.parents:
            return project.parents[type][0]
        found = store.feeds.inside(type, project.id)
        if found:
            return as_parent(*store.render(found[:1]))
    return _any_tool(kind, project)
