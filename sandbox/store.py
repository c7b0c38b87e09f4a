"""All that is in the account, without the rules by which it changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
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
        self.plain = {plain.record["id"]: plain for plain in self._all_plain()}
        self.timeline = Timeline(self.ids)
        listed = chain.from_iterable(self.feeds.listing(type, "active", "updated_at") for type in KINDS)
        self.timeline.generate(listed, self.cast, size.timeline_events)
        self.forbidden: frozenset[int] = frozenset()

    def furnish(self, project: Project) -> None:
        """Take in a new project with what every project has from its first day."""
        self.projects[project.id] = project
        new = list(fixtures(project, self.recording_ids))
        Parents().hang(new)
        for recording in new:
            self.feeds.add(recording)
        for plain in build_message_types(self.size.message_types, project, self.ids):
            self.plain[plain.record["id"]] = plain

    def clear(self, project: Project) -> None:
        """Let go of a project and all it holds."""
        for recording in self.feeds.of_project(project):
            self.feeds.remove(recording)
        self.plain = {id: plain for id, plain in self.plain.items() if plain.project is not project}
        del self.projects[project.id]

    def plain_records(self, type: str, status: str | None = None, project: Project | None = None) -> list[Record]:
        """Records of one type that are no recordings, newest first."""
        chosen = [
            dict(plain.record)
            for plain in self.plain.values()
            if plain.type == type and status in (None, plain.record.get("status")) and project in (None, plain.project)
        ]
        return sorted(chosen, key=lambda record: (record["created_at"], record["id"]), reverse=True)

    def render(self, recordings: Collection[Recording]) -> list[Record]:
        """The recordings as they are served."""
        return [render(recording, self.cast) for recording in recordings]

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
        for project in self.projects.values():
            if any(tool["id"] == id for tool in project.record["dock"]):
                return project
        recording = self.feeds.find(id)
        return recording.project if recording else None

    def _all_plain(self) -> Iterator[Plain]:
        yield from build_plain(self.size, self.ids)
        for project in self.projects.values():
            yield from build_message_types(self.size.message_types, project, self.ids)
