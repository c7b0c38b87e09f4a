"""The account that is served: what a test reads of it, and changes between two requests."""

from __future__ import annotations

from collections.abc import Collection
from threading import RLock
from typing import Any

from sandbox.account import changes, projects
from sandbox.account.account_info import account_info
from sandbox.account.cards import column_of
from sandbox.account.event_feed import happened
from sandbox.account.generate import generate
from sandbox.account.recordings import as_parent
from sandbox.account.records import ABSENT, Record
from sandbox.account.size import STATUSES, AccountSize
from sandbox.account.steps import completed
from sandbox.account.streams import EVERYTHING
from sandbox.account.timeline import add_event, add_event_of, joined


class Account:
    """One Basecamp account in memory. Any thread may change it while it is served.

    The records it returns share their people, buckets and parents with each other: do not write to them.
    """

    def __init__(self, size: AccountSize) -> None:
        self.size = size
        self.account_id = size.account_id
        self.lock = RLock()
        self.store = generate(size)
        """For the server, which holds the lock while it reads."""

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
            listed = self.store.feeds.listing(type, status, sort, buckets)
            total = len(listed)
            stop = total if stop is None else min(stop, total)
            if direction == "asc":
                chosen = listed[max(total - stop, 0) : max(total - start, 0)][::-1]
            else:
                chosen = listed[start:stop]
            return self.store.render(chosen), total

    def records(self, type: str) -> list[Record]:
        """Every record of a type in active and archived projects: what a full sync has to hold."""
        with self.lock:
            return self.store.render(
                recording for status in STATUSES for recording in self.store.feeds.everything(type, status)
            )

    def record(self, id: int, type: str | None = None) -> Record | None:
        """One recording by id, listed or not; `None` if there is none, or it is of another type."""
        with self.lock:
            recording = self.store.feeds.find(id)
            if recording is None or type not in (None, recording.kind.type):
                return None
            return self.store.render([recording])[0]

    def projects(self, status: str | None = "active") -> list[Record]:
        """Projects as `projects.json` lists them, newest created first; `None` stands for every status."""
        with self.lock:
            return projects.listed(self.store, status)

    def project(self, id: int) -> Record | None:
        """A project in its item form, which lacks `bookmarked`; `None` if there is none."""
        with self.lock:
            project = self.store.projects.get(id)
            return projects.item(project) if project else None

    def people(self) -> list[Record]:
        """Everyone, the owner first."""
        return list(self.store.people)

    def info(self) -> Record:
        """The account's own record."""
        return account_info(self.store)

    def listing(self, stream: str) -> list[Record]:
        """What a full sync of a stream has to hold, in any order, with the keys that a sync adds."""
        with self.lock:
            return EVERYTHING[stream](self.store)

    # Changing

    def create(self, type: str, project: int | None = None, **fields: Any) -> Record:
        """A new active recording, template, marker or message type.

        It is in the given project, else in the oldest active one that can hold it. `parent`, the id of a recording,
        puts it under that, in its project. The timeline has an event for a recording that the feeds list.

        Raises KeyError for a type, project or parent that does not exist.
        """
        with self.lock:
            return changes.create(self.store, type, project, fields)

    def create_project(self, name: str, **fields: Any) -> Record:
        """A new active project with an ordinary dock."""
        with self.lock:
            return changes.create_project(self.store, name, fields)

    def add_event(self, **fields: Any) -> Record:
        """A new event on the timeline: that somebody joined the account, with these fields in place of its own."""
        with self.lock:
            event = joined(self.account_id, self.store.people[-1], self.store.clock.tick())
            return add_event(self.store, {**event, **fields})

    def set_members(self, project_id: int, people: Collection[int]) -> None:
        """Let only these people, by their ids, open a project."""
        with self.lock:
            members = [person for person in self.store.people if person["id"] in people]
            self.store.projects[project_id].members = members

    def set_tool(self, tool_id: int, **fields: Any) -> Record:
        """Change a tool's entry in its dock, e.g. `enabled=False`, and with it the project.

        Raises KeyError if no project has such a tool.
        """
        with self.lock:
            project = self.store.project_of(tool_id)
            if project is None:
                raise KeyError(f"no tool {tool_id}")
            dock = [tool | fields if tool["id"] == tool_id else tool for tool in project.record["dock"]]
            changes.change(self.store, project, {"dock": dock})
            return next(dict(tool) for tool in dock if tool["id"] == tool_id)

    def forbid(self, id: int) -> None:
        """Answer 403 for the listings of a project and all its tools, or of one tool, but not for account-wide ones."""
        with self.lock:
            self.store.forbidden |= {id}

    def allow(self, id: int) -> None:
        """Undo `forbid`."""
        with self.lock:
            self.store.forbidden -= {id}

    def refuse_bucket(self, id: int) -> None:
        """Answer 404 where the feeds are asked for a project by its id."""
        with self.lock:
            self.store.refused_buckets |= {id}

    def accept_bucket(self, id: int) -> None:
        """Undo `refuse_bucket`."""
        with self.lock:
            self.store.refused_buckets -= {id}

    def hide(self, project_id: int) -> None:
        """Take a project, and all that is in it, from the sight of the token's user."""
        with self.lock:
            self.store.hide_project(self.store.projects[project_id])

    def show(self, project_id: int) -> None:
        """Undo `hide`: everything is as it was, `updated_at` too."""
        with self.lock:
            self.store.show_project(project_id)

    def hidden(self) -> list[int]:
        """The ids of the projects that are hidden from the token's user."""
        with self.lock:
            return self.store.hidden

    def copy(self, recording_id: int) -> Record:
        """A copy of a recording beside it, with the dates of the original."""
        with self.lock:
            return changes.copy(self.store, recording_id)

    def update(self, id: int, **fields: Any) -> Record:
        """Change a recording, a project or a plain record. `updated_at` becomes now unless it is given.

        `ABSENT` takes a key out. Raises KeyError if nothing has that id; so do the methods below.
        """
        with self.lock:
            return changes.change(self.store, changes.find(self.store, id), fields)

    def complete(self, todo_id: int, by: int = 0) -> Record:
        """Complete a to-do, a card or a step, as the by-th person."""
        with self.lock:
            now = self.store.clock.tick()
            done = completed(now, self.store.context.person(by))
            record = self.update(todo_id, updated_at=now, position=ABSENT, **done)
            add_event_of(self.store, record, "completed", now)
            return record

    def move(self, card_id: int, column_id: int, by: int = 0, *, on_hold: bool = False) -> Record:
        """Move a card to another column of its table, or on hold in one where cards can be, as the by-th person."""
        with self.lock:
            now, column = self.store.clock.tick(), self.record(column_id)
            card = self.record(card_id)
            assert column
            assert card
            parent = as_parent(column)
            if on_hold:
                parent |= {"id": column["on_hold"]["id"], "title": "On hold", "type": "Kanban::OnHold"}
            details = {"column_id": column_id, "previous_column_id": column_of(card)}
            parents = card["parent"]["id"], parent["id"]
            record = self.update(card_id, updated_at=now, parent=parent)
            happened(self.store, record, "moved", now, self.store.context.person(by), details, parents)
            return record

    def reschedule(self, id: int, due_on: str | None, by: int = 0) -> Record:
        """Change the day that a to-do or a card is due, as the by-th person."""
        with self.lock:
            now, before = self.store.clock.tick(), self.record(id)
            assert before
            action = {(False, True): "scheduled", (True, False): "unscheduled"}.get(
                (bool(before["due_on"]), bool(due_on)), "rescheduled"
            )
            record = self.update(id, updated_at=now, due_on=due_on)
            action = action if record["type"] == "Todo" else "due_on_changed"
            happened(self.store, record, action, now, self.store.context.person(by))
            return record

    def trash(self, id: int) -> Record:
        """Put a recording or a project into the trash."""
        return self.update(id, status="trashed")

    def archive(self, id: int) -> Record:
        """Archive a recording or a project, whose recordings then stay as they are but are in no feed."""
        return self.update(id, status="archived")

    def restore(self, id: int) -> Record:
        """Make a recording or a project active again."""
        return self.update(id, status="active")

    def delete(self, id: int) -> None:
        """Remove a recording, a plain record, or a project and all it holds, from every listing."""
        with self.lock:
            changes.delete(self.store, changes.find(self.store, id))
