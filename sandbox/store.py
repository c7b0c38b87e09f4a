"""All that is in the account, without the rules by which it changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from sandbox.clock import AccountClock
from sandbox.feeds import Feeds
from sandbox.generate import RecordingIds, fixtures, generate_recordings
from sandbox.kinds import KINDS
from sandbox.parents import Parents, anywhere
from sandbox.people import build_people
from sandbox.plain import Plain, build_message_types, build_plain
from sandbox.projects import Ids, Project, build_projects
from sandbox.recordings import Cast, Kind, Record, Recording, as_parent, render
from sandbox.size import AccountSize
from sandbox.timeline import Timeline


class Store:
    """The parts of an account. Whoever uses it holds the account's lock."""

    def __init__(self, size: AccountSize) -> None:
        self.size = size
        self.clock = AccountClock()
        self.people = build_people(size)
        self.ids = Ids(size.seed)
        self.recording_ids = RecordingIds(self.ids)
        self.feeds = Feeds()
        self.cast = Cast(size.account_id, self.people, lambda type, id: len(self.feeds.inside(type, id)))
        self.projects = {project.id: project for project in build_projects(size, self.people, self.ids)}
        for recording in generate_recordings(size, list(self.projects.values()), self.recording_ids):
            self.feeds.add(recording)
        self._plain: dict[int | None, dict[int, Plain]] = {}
        for plain in self._all_plain():
            self.add_plain(plain)
        self.timeline = Timeline(self.ids)
        listed = chain.from_iterable(self.feeds.listing(type, "active", "updated_at") for type in KINDS)
        self.timeline.generate(listed, self.cast, size.timeline_events)
        self._tools: dict[int, Project] = {}
        self.forbidden: frozenset[int] = frozenset()

    def furnish(self, project: Project) -> None:
        """Take in a new project with what every project has from its first day."""
        self.projects[project.id] = project
        self.docks_changed()
        new = list(fixtures(project, self.recording_ids))
        Parents().hang(new)
        for recording in new:
            self.feeds.add(recording)
        for plain in build_message_types(self.size.message_types, project, self.ids):
            self.add_plain(plain)

    def clear(self, project: Project) -> None:
        """Let go of a project and all it holds."""
        for recording in self.feeds.of_project(project):
            self.feeds.remove(recording)
        self._plain.pop(project.id, None)
        del self.projects[project.id]
        self.docks_changed()

    def docks_changed(self) -> None:
        """Forget which tool is where."""
        self._tools = {}

    def add_plain(self, plain: Plain) -> None:
        """Take in a record that is no recording."""
        self._plain.setdefault(plain.owner, {})[plain.record["id"]] = plain

    def find_plain(self, id: int) -> Plain | None:
        """The record of that id that is no recording."""
        return next((group[id] for group in self._plain.values() if id in group), None)

    def remove_plain(self, plain: Plain) -> None:
        """Let it go."""
        del self._plain[plain.owner][plain.record["id"]]

    def plain_records(self, type: str, status: str | None = None, project: Project | None = None) -> list[Record]:
        """Records of one type that are no recordings, of a project or of none, newest first."""
        chosen = [
            dict(plain.record)
            for plain in self._plain.get(project.id if project else None, {}).values()
            if plain.type == type and status in (None, plain.record.get("status"))
        ]
        return sorted(chosen, key=lambda record: (record["created_at"], record["id"]), reverse=True)

    def render(self, found: Iterable[Recording | Record]) -> list[Record]:
        """Everything as it is served."""
        return [render(each, self.cast) if isinstance(each, Recording) else each for each in found]

    def first_parent(self, kind: Kind, project: Project) -> Record:
        """Where a new recording hangs unless a test says so."""
        for type in kind.parent_types:
            if type in project.parents:
                return project.parents[type][0]
            above = self.feeds.inside(type, project.id)
            if above:
                return as_parent(render(above[0], self.cast))
        return anywhere(kind, project)

    def home_of(self, id: int) -> Project | None:
        """The project with that id, or the one whose tool or recording has it."""
        if id in self.projects:
            return self.projects[id]
        if not self._tools:
            self._tools = {tool["id"]: project for project in self.projects.values() for tool in project.record["dock"]}
        if id in self._tools:
            return self._tools[id]
        recording = self.feeds.find(id)
        return recording.project if recording else None

    def _all_plain(self) -> Iterator[Plain]:
        yield from build_plain(self.size, self.ids)
        for project in self.projects.values():
            yield from build_message_types(self.size.message_types, project, self.ids)
