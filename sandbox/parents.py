"""What hangs under what. Done once all recordings exist, as ids are given out in another order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sandbox.kinds import ALL_KINDS
from sandbox.projects import Project
from sandbox.recordings import Kind, Record, Recording, parent_type

# A list in a list is a group, and a vault in a vault a folder: neither can take the other's place as a parent.
_INNER: dict[tuple[str, str], str] = {("Todolist", "Todolist"): "Group", ("Vault", "Vault"): "Folder"}

_GROWING = {type for type, _ in _INNER}

Groups = list[list[Record] | list[Recording]]


class Parents:
    """Everything in which something can hang, by project, what it is, and status."""

    def __init__(self) -> None:
        self._known: defaultdict[tuple[int, str, str], list[Recording]] = defaultdict(list)
        self._listed: dict[int, Project] = {}
        self._choices: dict[tuple[str, str, int], Groups] = {}

    def hang(self, recordings: Iterable[Recording]) -> None:
        """Give every recording its parent, parents first."""
        by_kind: defaultdict[str, list[Recording]] = defaultdict(list)
        for recording in recordings:
            by_kind[recording.kind.type].append(recording)
            if recording.project.status == "active":
                self._listed[recording.project.id] = recording.project
        for kind in _parents_first():
            for recording in by_kind[kind.type]:
                recording.project = self._home(recording)
                recording.parent = self._choose(recording)
                self._known[recording.project.id, role(recording), recording.status].append(recording)

    def _home(self, recording: Recording) -> Project:
        """Its project, unless another one has what it should hang under, and this one has not."""
        kind, home = recording.kind, recording.project
        if not kind.parent_types or home.id not in self._listed or self._groups(recording, home):
            return home
        fitting = (project for project in self._listed.values() if kind.fits(project))
        return next((project for project in fitting if self._groups(recording, project)), home)

    def _choose(self, recording: Recording) -> Record | Recording:
        kind, project, n = recording.kind, recording.project, recording.serial
        groups = self._groups(recording, project)
        if not groups:
            return anywhere(kind, project)
        group = groups[n % len(groups)]
        return group[(n if len(groups) == 1 else n // len(groups)) % len(group)]

    def _groups(self, recording: Recording, project: Project) -> Groups:
        """What there is to hang under, by type. It stays as it is while the recordings of a kind are seen to."""
        kind = recording.kind
        key = (kind.type, recording.status, project.id)
        if key not in self._choices or kind.type in _GROWING:
            groups = (self._group(type, recording.status, project) for type in kind.parent_types)
            self._choices[key] = [group for group in groups if group]
        return self._choices[key]

    def _group(self, type: str, status: str, project: Project) -> list[Record] | list[Recording]:
        """Nothing active hangs under something archived or in the trash."""
        if type in project.parents:
            return project.parents[type]
        return self._known[project.id, type, status] or self._known[project.id, type, "active"]


def role(recording: Recording) -> str:
    """What a recording is to those that may hang under it."""
    return _INNER.get((recording.kind.type, parent_type(recording) or ""), recording.kind.type)


def anywhere(kind: Kind, project: Project) -> Record:
    """Where a recording hangs in a project that has none of its proper parents: nowhere, or in the first tool."""
    return next(iter(project.parents.values()))[0] if kind.parent_types else {}


def _parents_first() -> Iterator[Kind]:
    seen: set[str] = set()

    def visit(kind: Kind) -> Iterator[Kind]:
        if kind.type in seen:
            return
        seen.add(kind.type)
        for type in kind.parent_types:
            if type in ALL_KINDS:
                yield from visit(ALL_KINDS[type])
        yield kind

    for kind in ALL_KINDS.values():
        yield from visit(kind)
