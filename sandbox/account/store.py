"""Everything that is in the account, and how it is looked up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from operator import attrgetter

from sandbox.account.clock import AccountClock
from sandbox.account.ids import Ids
from sandbox.account.recordings import Context, Recording, parent_id, render
from sandbox.account.records import PlainRecord, Project, Record
from sandbox.account.size import STATUSES, AccountSize

SORTS = ("created_at", "updated_at")


class AccountStore:
    """The parts of an account. Hold the account's lock while you use it."""

    def __init__(self, size: AccountSize, people: list[Record]) -> None:
        self.size = size
        self.clock = AccountClock()
        self.ids = Ids(size.seed)
        self.people = people
        """The owner first."""
        self.projects: dict[int, Project] = {}
        self.feeds = Feeds()
        self.events: list[Record] = []
        """The timeline, oldest first."""
        self.feed_events: list[Record] = []
        """The event feed, oldest first."""
        self.deeds: defaultdict[int, list[tuple[Record, Record, tuple[int, int] | None]]] = defaultdict(list)
        """By recording: its events in the feed, with who did it and, of a move, the parents before and after."""
        self.epoch = 0
        """The id after which the event feed begins."""
        self.context = Context(size.account_id, people, lambda type, id: len(self.feeds.inside(type, id)))
        self.forbidden: frozenset[int] = frozenset()
        """The ids of projects and tools that are answered with 403."""
        self.refused_buckets: frozenset[int] = frozenset()
        """The ids of projects that the feeds do not take as a bucket."""
        self.archived_buckets = True
        """Whether the feeds take archived projects as buckets, as documented in 2026; in 2018 they did not."""
        self.created = 0
        """How many recordings tests have made."""
        self._plain: dict[int | None, dict[int, PlainRecord]] = {}
        self._hidden: dict[int, tuple[Project, list[Recording], dict[int, PlainRecord]]] = {}
        self._project_of_tool: dict[int, Project] = {}

    def render(self, found: Iterable[Recording | Record]) -> list[Record]:
        """Everything as it is served."""
        return [render(each, self.context) if isinstance(each, Recording) else each for each in found]

    def project_of(self, id: int) -> Project | None:
        """The project with that id, or the one whose tool or recording has it."""
        if id in self.projects:
            return self.projects[id]
        if not self._project_of_tool:
            self._project_of_tool = {
                tool["id"]: project for project in self.projects.values() for tool in project.record["dock"]
            }
        if id in self._project_of_tool:
            return self._project_of_tool[id]
        recording = self.feeds.find(id)
        return recording.project if recording else None

    def docks_changed(self) -> None:
        """Forget which tool is in which project."""
        self._project_of_tool = {}

    def remove_project(self, project: Project) -> None:
        """Remove a project and all it holds."""
        for recording in self.feeds.of_project(project):
            self.feeds.remove(recording)
        self._plain.pop(project.id, None)
        del self.projects[project.id]
        self.docks_changed()

    def hide_project(self, project: Project) -> None:
        """Remove a project and all it holds until `show_project`."""
        self._hidden[project.id] = project, self.feeds.of_project(project), self._plain.get(project.id, {})
        self.remove_project(project)

    def show_project(self, id: int) -> None:
        """Put a hidden project back as it was."""
        project, recordings, plain = self._hidden.pop(id)
        self.projects[id] = project
        for recording in recordings:
            self.feeds.add(recording)
        if plain:
            self._plain[id] = plain
        self.docks_changed()

    @property
    def hidden(self) -> list[int]:
        """The ids of the hidden projects."""
        return list(self._hidden)

    def takes_as_bucket(self, id: int) -> bool:
        """Whether the feeds list the recordings of a project that is asked for by id."""
        project = self.projects.get(id)
        if project is None or id in self.refused_buckets:
            return False
        return project.status == "active" or (project.status == "archived" and self.archived_buckets)

    def add_plain(self, plain: PlainRecord) -> None:
        """Add a record that is no recording."""
        self._plain.setdefault(plain.project_id, {})[plain.record["id"]] = plain

    def find_plain(self, id: int) -> PlainRecord | None:
        """The record of that id that is no recording."""
        return next((group[id] for group in self._plain.values() if id in group), None)

    def remove_plain(self, plain: PlainRecord) -> None:
        """Remove a record that is no recording."""
        del self._plain[plain.project_id][plain.record["id"]]

    def plain_records(self, type: str, status: str | None = None, project_id: int | None = None) -> list[Record]:
        """Records of one type that are no recordings, of a project or of the account, newest first."""
        chosen = [
            dict(plain.record)
            for plain in self._plain.get(project_id, {}).values()
            if plain.type == type and status in (None, plain.record.get("status"))
        ]
        return sorted(chosen, key=newest_created, reverse=True)


def newest_created(record: Record) -> tuple[str, int]:
    """The key by which records are sorted where the newest created one comes first, in reverse."""
    return record["created_at"], record["id"]


class Feeds:
    """All recordings, and the sorted lists of them, which are made anew only after something changed.

    A feed lists the recordings of one type and status in active projects, or in those that are asked for.
    """

    def __init__(self) -> None:
        self._by_type: defaultdict[str, dict[int, Recording]] = defaultdict(dict)
        self._listings: dict[tuple[str, str, str, str], list[Recording]] = {}
        self._inside: dict[str, defaultdict[int | None, list[Recording]]] = {}

    def add(self, recording: Recording) -> None:
        """Add a new recording."""
        self._by_type[recording.kind.type][recording.id] = recording
        self.changed(recording.kind.type)

    def remove(self, recording: Recording) -> None:
        """Remove a recording for good."""
        del self._by_type[recording.kind.type][recording.id]
        self.changed(recording.kind.type)

    def changed(self, type: str | None = None) -> None:
        """Forget the sorted lists of one type, or all of them."""
        stale = [key for key in self._listings if type in (None, key[0])]
        for key in stale:
            del self._listings[key]
        for kept in list(self._inside) if type is None else [type]:
            self._inside.pop(kept, None)

    def find(self, id: int) -> Recording | None:
        """The recording of that id, whatever its type."""
        return next((recordings[id] for recordings in self._by_type.values() if id in recordings), None)

    def of_project(self, project: Project) -> list[Recording]:
        """Every recording of a project, listed or not."""
        return [
            recording
            for recordings in self._by_type.values()
            for recording in recordings.values()
            if recording.project is project
        ]

    def inside(self, type: str, id: int | None) -> list[Recording]:
        """The active recordings of a type under a parent or in a project, newest first. Do not change the list.

        Unlike in the feeds, the status of the project does not matter here.
        """
        if type not in self._inside:
            self._inside[type] = self._grouped(type)
        return self._inside[type].get(id, [])

    def listing(self, type: str, status: str, sort: str, buckets: Collection[int] | None = None) -> list[Recording]:
        """What the feed lists, newest first: of active projects, or of the active and archived ones of `buckets`.

        Do not change the list.
        """
        if (type, status, sort, "active") not in self._listings:
            self._rebuild(type, sort)
        active, archived = (self._listings.get((type, status, sort, of), []) for of in ("active", "archived"))
        if buckets is None:
            return active
        found = [recording for recording in [*active, *archived] if recording.project.id in buckets]
        return sorted(found, key=attrgetter(sort, "id"), reverse=True)

    def everything(self, type: str, status: str) -> list[Recording]:
        """All recordings of a type and status that can be listed, in active and in archived projects."""
        return [*self.listing(type, status, "updated_at"), *self._listings[type, status, "updated_at", "archived"]]

    def _grouped(self, type: str) -> defaultdict[int | None, list[Recording]]:
        grouped: defaultdict[int | None, list[Recording]] = defaultdict(list)
        for recording in sorted(self._by_type[type].values(), key=attrgetter("created_at", "id"), reverse=True):
            if recording.status == "active":
                for owner in {parent_id(recording), recording.project.id} - {None}:
                    grouped[owner].append(recording)
        return grouped

    def _rebuild(self, type: str, sort: str) -> None:
        places = [(type, status, sort, of) for status in STATUSES for of in ("active", "archived")]
        self._listings |= {place: [] for place in places}
        for recording in self._by_type[type].values():
            place = type, recording.status, sort, recording.project.status
            if place in self._listings:
                self._listings[place].append(recording)
        for place in places:
            # Of equal times the newer id comes first, so that one state of the account has one order.
            self._listings[place].sort(key=attrgetter(sort, "id"), reverse=True)
