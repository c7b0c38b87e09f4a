"""Everything that is in the account, and how it is looked up."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.account.clock import AccountClock
from sandbox.account.feeds import Feeds
from sandbox.account.ids import Ids
from sandbox.account.recordings import Context, Recording, render
from sandbox.account.records import PlainRecord, Project, Record
from sandbox.account.size import AccountSize


class Store:
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
        self.context = Context(size.account_id, people, lambda type, id: len(self.feeds.inside(type, id)))
        self.forbidden: frozenset[int] = frozenset()
        """The ids of projects and tools that are answered with 403."""
        self.created = 0
        """How many recordings tests have made."""
        self._plain: dict[int | None, dict[int, PlainRecord]] = {}
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
    """What records are sorted by, the other way round, where the newest created one comes first."""
    return record["created_at"], record["id"]
