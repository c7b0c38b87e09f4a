"""The account itself: what is in it, what its listings show, and what tests do to it between two requests."""

from __future__ import annotations

from collections.abc import Collection
from threading import RLock
from typing import Any

from sandbox.info import account_info
from sandbox.kinds import ALL_KINDS, KINDS
from sandbox.people import Person
from sandbox.plain import MESSAGE_TYPE, PLAIN_TYPES, Plain, new_plain
from sandbox.projects import Project, build_project
from sandbox.recordings import ABSENT, Kind, Record, Recording, as_parent, parent_id, render
from sandbox.size import STATUSES, AccountSize
from sandbox.store import Store
from sandbox.timeline import arrival
from sandbox.todos import completed
from sandbox.tools import schedule_item
from sandbox.truth import TRUTHS

Found = Recording | Project | Plain

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
        self.store = Store(size)
        """For the server, which takes the lock before it reads."""
        self._clock, self._people, self._cast = self.store.clock, self.store.people, self.store.cast
        self._projects, self._feeds = self.store.projects, self.store.feeds
        self._created = 0

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
            return [render(entry, self._cast) for entry in listed if parent_id(entry) == schedule_id]

    def info(self) -> Record:
        """The account's own record."""
        return account_info(self.account_id, self._people[0])

    def listing(self, stream: str) -> list[Record]:
        """What a perfect full sync of a stream holds, in no order to rely on, with the keys a sync has to add."""
        if stream == "account":
            return [self.info()]
        with self.lock:
            return TRUTHS[stream](self.store)

    # Changing

    def create(self, type: str, project: int | None = None, **fields: Any) -> Record:
        """A new active recording, template, marker or message type.

        In a project (the oldest active one that can hold it unless named), under `parent` if that is the id of a
        recording. The timeline tells of what the feeds list.
        """
        with self.lock:
            if isinstance(fields.get("parent"), int):
                above = self._feeds.find(fields["parent"])
                if above is None:
                    raise KeyError(f"no recording {fields['parent']}")
                project, fields["parent"] = above.project.id, as_parent(render(above, self._cast))
            if type in PLAIN_TYPES:
                return self._create_plain(type, project, fields)
            recording = self._new_recording(ALL_KINDS[type], project)
            record = self._change(recording, {"updated_at": recording.updated_at, **fields})
            self._touch_parent(recording)
            if type in KINDS:
                self.store.timeline.tell(record, "created", record["created_at"])
            return record

    def create_project(self, name: str, **fields: Any) -> Record:
        """A new active project with an ordinary dock."""
        with self.lock:
            now = self._clock.tick()
            n = len(self._projects) * 6
            ids = self.store.ids
            project = build_project(
                n, self.account_id, self._people, ids, status="active", created_at=now, updated_at=now
            )
            self.store.furnish(project)
            return self._change(project, {"updated_at": now, "name": name, **fields})

    def add_event(self, **fields: Any) -> Record:
        """One more event on the timeline: that somebody is new in the account, but for what is given."""
        with self.lock:
            return self.store.timeline.add({**arrival(self.account_id, self._people[-1], self._clock.tick()), **fields})

    def set_members(self, project_id: int, people: Collection[int]) -> None:
        """Those who can open a project, by their ids."""
        with self.lock:
            self._projects[project_id].members = [person for person in self._people if person["id"] in people]

    def set_tool(self, tool_id: int, **fields: Any) -> Record:
        """Change a tool's entry in its dock, e.g. `enabled=False`, and by that the project."""
        with self.lock:
            project = self.store.home_of(tool_id)
            if project is None:
                raise KeyError(f"no tool {tool_id}")
            dock = [tool | fields if tool["id"] == tool_id else tool for tool in project.record["dock"]]
            self._change(project, {"dock": dock})
            return next(dict(tool) for tool in dock if tool["id"] == tool_id)

    def forbid(self, id: int) -> None:
        """Answer 403 wherever a project (and all its tools) or a single tool is asked for. Account-wide lists go on."""
        with self.lock:
            self.store.forbidden |= {id}

    def allow(self, id: int) -> None:
        """Undo `forbid`."""
        with self.lock:
            self.store.forbidden -= {id}

    def update(self, id: int, **fields: Any) -> Record:
        """Change a recording or a project. `ABSENT` takes a key out; `updated_at` moves on unless given."""
        with self.lock:
            return self._change(self._find(id), fields)

    def complete(self, todo_id: int, by: int = 0) -> Record:
        """Check a to-do, a card or a step off, as the by-th person."""
        with self.lock:
            now = self._clock.tick()
            done = completed(now, self._cast.person(by))
            record = self.update(todo_id, updated_at=now, position=ABSENT, **done)
            self.store.timeline.tell(record, "completed", now)
            return record

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
                self.store.clear(found)
            elif isinstance(found, Plain):
                self.store.remove_plain(found)
            else:
                self._feeds.remove(found)
                self._touch_parent(found)

    def _find(self, id: int) -> Found:
        found = self._projects.get(id) or self.store.find_plain(id) or self._feeds.find(id)
        if found is None:
            raise KeyError(f"no recording or project {id}")
        return found

    def _home(self, project_id: int | None, kind: Kind | None = None) -> Project:
        if project_id is not None:
            return self._projects[project_id]
        active = [project for project in self._projects.values() if project.status == "active"]
        return next((project for project in active if kind and kind.fits(project)), active[0])

    def _new_recording(self, kind: Kind, project: int | None) -> Recording:
        home = self._home(project, kind)
        now = self._clock.tick()
        serial = _FIRST_CREATED_SERIAL + self._created * _CREATED_SERIAL_STEP
        self._created += 1
        id = self.store.recording_ids.next(serial)
        recording = Recording(id, kind, serial, "active", home, self.store.first_parent(kind, home), now, now, now)
        self._feeds.add(recording)
        return recording

    def _create_plain(self, type: str, project: int | None, fields: Record) -> Record:
        home = self._home(project) if type == MESSAGE_TYPE else None
        plain = new_plain(type, self.store.ids, self.account_id, self._clock.tick(), home)
        self.store.add_plain(plain)
        return plain.change(fields)

    def _touch_parent(self, recording: Recording) -> None:
        above = parent_id(recording)
        if recording.kind.touches_parent and above is not None and self._feeds.find(above):
            self.update(above)

    def _change(self, found: Found, fields: Record) -> Record:
        updated_at = fields.get("updated_at") or self._clock.tick()
        if isinstance(found, Project):
            return self._change_project(found, {**fields, "updated_at": updated_at})
        if isinstance(found, Plain):
            return found.change({**fields, "updated_at": updated_at})
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
        self.store.docks_changed()
        return dict(project.record)


_STEM_FIELDS = frozenset({"status", "created_at", "updated_at", "parent"})


def _newest_created(record: Record) -> tuple[str, int]:
    return record["created_at"], record["id"]
