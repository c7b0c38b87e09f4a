"""The account itself: what is in it, what its listings show, and what tests do to it between two requests."""

from __future__ import annotations

from collections.abc import Collection
from threading import RLock
from typing import Any

from sandbox.clock import HISTORY_MS, NEWEST_MS, AccountClock, timestamp
from sandbox.feeds import Feeds
from sandbox.generate import RecordingIds, generate_recordings, parent_of
from sandbox.kinds import KINDS
from sandbox.people import Person, build_people
from sandbox.projects import Ids, Project, build_project, build_projects
from sandbox.recordings import ABSENT, Cast, Record, Recording, render
from sandbox.size import STATUSES, AccountSize
from sandbox.todos import completed
from sandbox.tools import schedule_item

_FIRST_CREATED_SERIAL = 60_000
# A multiple of every period the builders use: what a test creates is plain and open, never done or recurring.
_CREATED_SERIAL_STEP = 60


class Account:
    """One Basecamp account in memory. Safe to change from any thread while it is being served.

    Returned records share their people, buckets and parents with each other: read them, do not write to them.
    """

    def __init__(self, size: AccountSize) -> None:
        self.size = size
        self.account_id = size.account_id
        self.lock = RLock()
        self._clock = AccountClock()
        self._people = build_people(size)
        self._cast = Cast(size.account_id, self._people)
        self._ids = Ids(size.seed)
        self._recording_ids = RecordingIds(self._ids)
        self._projects = {p.id: p for p in build_projects(size, self._people, self._ids)}
        self._created = 0
        self._feeds = Feeds()
        for recording in generate_recordings(size, list(self._projects.values()), self._recording_ids):
            self._feeds.add(recording)

    # Reading

    def feed(
        self, type: str, status: str = "active", *, sort: str = "updated_at", direction: str = "desc"
    ) -> list[Record]:
        """All records of one feed in its order."""
        return self.feed_page(type, status, sort, direction)[0]

    def feed_page(
        self,
        type: str,
        status: str,
        sort: str,
        direction: str,
        start: int = 0,
        stop: int | None = None,
        buckets: Collection[int] | None = None,
    ) -> tuple[list[Record], int]:
        """Records `start` up to `stop` of a feed, and how many the whole feed has."""
        with self.lock:
            listed = self._feeds.listing(type, status, sort, buckets)
            total = len(listed)
            stop = total if stop is None else min(stop, total)
            if direction == "asc":
                chosen = listed[max(total - stop, 0) : max(total - start, 0)][::-1]
            else:
                chosen = listed[start:stop]
            return [render(recording, self._cast) for recording in chosen], total

    def records(self, type: str) -> list[Record]:
        """Every listed record of a type, whatever its status: what a perfect sync holds."""
        return [record for status in STATUSES for record in self.feed(type, status)]

    def record(self, id: int, type: str | None = None) -> Record | None:
        """One record by id, listed or not; `None` if it is gone or of another type."""
        with self.lock:
            recording = self._feeds.find(id)
            if recording is None or type not in (None, recording.kind.type):
                return None
            return render(recording, self._cast)

    def projects(self, status: str | None = "active") -> list[Record]:
        """Projects as `projects.json` lists them, newest created first; `None` stands for every status."""
        with self.lock:
            listed = [p.record for p in self._projects.values() if status in (None, p.status)]
            return sorted((dict(record) for record in listed), key=_newest_created, reverse=True)

    def project(self, id: int) -> Record | None:
        """A project in its item form, which lacks `bookmarked`."""
        with self.lock:
            project = self._projects.get(id)
            if project is None:
                return None
            return {key: value for key, value in project.record.items() if key != "bookmarked"}

    def people(self) -> list[Person]:
        """Everyone."""
        return list(self._people)

    def schedule(self, id: int) -> Record | None:
        """A schedule in its item form, with what the dock does not tell."""
        with self.lock:
            for project in self._projects.values():
                for tool in project.record["dock"]:
                    if tool["id"] == id and tool["name"] == "schedule":
                        entries = len(self.schedule_entries(id, "active"))
                        return schedule_item(tool, project, self._cast, entries)
        return None

    def schedule_entries(self, schedule_id: int, status: str) -> list[Record]:
        """The entries of one schedule, newest created first."""
        with self.lock:
            listed = self._feeds.listing("Schedule::Entry", status, "created_at")
            return [render(entry, self._cast) for entry in listed if entry.parent["id"] == schedule_id]

    def info(self) -> Record:
        """The account's own record."""
        created_at = timestamp(NEWEST_MS - HISTORY_MS)
        return {
            "id": self.account_id,
            "name": "Honcho Design",
            "owner_name": self._people[0]["name"],
            "active": True,
            "created_at": created_at,
            "updated_at": created_at,
            "trial": False,
            "trial_ends_on": None,
            "frozen": False,
            "paused": False,
        }

    # Changing

    def create(self, type: str, project: int | None = None, **fields: Any) -> Record:
        """A new active recording in a project (the oldest active one unless named)."""
        with self.lock:
            home = self._home(project)
            now = self._clock.tick()
            serial = _FIRST_CREATED_SERIAL + self._created * _CREATED_SERIAL_STEP
            self._created += 1
            kind = KINDS[type]
            parent = parent_of(kind, home, 0)
            id = self._recording_ids.next(serial)
            recording = Recording(id, kind, serial, "active", home, parent, now, now, now)
            self._feeds.add(recording)
            return self._change(recording, {"updated_at": now, **fields})

    def create_project(self, name: str, **fields: Any) -> Record:
        """A new active project with an ordinary dock."""
        with self.lock:
            now = self._clock.tick()
            n = len(self._projects) * 6
            project = build_project(
                n, self.account_id, self._people, self._ids, status="active", created_at=now, updated_at=now
            )
            self._projects[project.id] = project
            return self._change(project, {"updated_at": now, "name": name, **fields})

    def update(self, id: int, **fields: Any) -> Record:
        """Change a recording or a project. `ABSENT` takes a key out; `updated_at` moves on unless given."""
        with self.lock:
            return self._change(self._find(id), fields)

    def complete(self, todo_id: int, by: int = 0) -> Record:
        """Check a to-do off, as the by-th person."""
        with self.lock:
            now = self._clock.tick()
            done = completed(now, self._cast.person(by))
            return self.update(todo_id, updated_at=now, position=ABSENT, **done)

    def trash(self, id: int) -> Record:
        """Put a recording or a project into the trash."""
        return self.update(id, status="trashed")

    def archive(self, id: int) -> Record:
        """Archive a recording or a project. A project hides its recordings but does not change them."""
        return self.update(id, status="archived")

    def restore(self, id: int) -> Record:
        """Make a recording or a project active again."""
        return self.update(id, status="active")

    def delete(self, id: int) -> None:
        """Make a recording, or a project and all it holds, vanish from every listing."""
        with self.lock:
            found = self._find(id)
            if isinstance(found, Project):
                for recording in self._feeds.of_project(found):
                    self._feeds.remove(recording)
                del self._projects[id]
            else:
                self._feeds.remove(found)

    def _find(self, id: int) -> Recording | Project:
        found = self._projects.get(id) or self._feeds.find(id)
        if found is None:
            raise KeyError(f"no recording or project {id}")
        return found

    def _home(self, project_id: int | None) -> Project:
        if project_id is not None:
            return self._projects[project_id]
        return next(project for project in self._projects.values() if project.status == "active")

    def _change(self, found: Recording | Project, fields: Record) -> Record:
        updated_at = fields.get("updated_at") or self._clock.tick()
        if isinstance(found, Project):
            return self._change_project(found, {**fields, "updated_at": updated_at})
        found.updated_at = updated_at
        found.status = fields.get("status", found.status)
        found.parent = fields.get("parent", found.parent)
        found.created_at = fields.get("created_at", found.created_at)
        rest = {key: value for key, value in fields.items() if key not in _STEM_FIELDS}
        found.fields = {**(found.fields or {}), **rest}
        self._feeds.changed(found.kind.type)
        return render(found, self._cast)

    def _change_project(self, project: Project, fields: Record) -> Record:
        merged = {**project.record, **fields}
        project.record = {key: value for key, value in merged.items() if value is not ABSENT}
        project.bucket["name"] = project.record["name"]
        self._feeds.changed()
        return dict(project.record)


_STEM_FIELDS = frozenset({"status", "created_at", "updated_at", "parent"})


def _newest_created(record: Record) -> tuple[str, int]:
    return record["created_at"], record["id"]
