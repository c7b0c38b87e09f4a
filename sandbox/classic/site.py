"""The Classic site that is served: what a test reads of it, and changes between two requests."""

from __future__ import annotations

from functools import cached_property
from threading import RLock
from typing import Any

from sandbox.account.records import Record
from sandbox.classic.elements import STREAMS
from sandbox.classic.generate import IN_PROJECTS, generate
from sandbox.classic.listings import complete, ordered
from sandbox.classic.messages import new_comment
from sandbox.classic.people import new_company, new_person
from sandbox.classic.projects import new_project
from sandbox.classic.size import ClassicSize
from sandbox.classic.store import COMMENTABLE, ClassicStore
from sandbox.classic.todos import new_item


class ClassicSite:
    """One Classic account in memory. Any thread may change it while it is served."""

    def __init__(self, size: ClassicSize | None = None) -> None:
        self.size = size or ClassicSize()
        self.account_id = self.size.account_id
        self.lock = RLock()
        self.administrator = True
        """Whether the token's user is one: others see no deleted people, and fewer fields."""
        self.time_tracking = True
        """Off: the account says so, and every listing of time entries is 404."""
        self.forbidden: frozenset[int] = frozenset()
        """The ids of the projects that are answered with 403, though they are listed."""

    @cached_property
    def store(self) -> ClassicStore:
        """For the server, which holds the lock while it reads. Generated when somebody first asks for it."""
        with self.lock:
            return generate(self.size)

    @property
    def name(self) -> str:
        """The account's name."""
        return str(self.store.account["name"])

    # Reading

    def records(self, stream: str) -> list[Record]:
        """What a full sync of a stream has to hold, in any order: every record with every field of it.

        A field that is empty, or not in the XML, is None; a text may be empty. What is in forbidden projects, and what
        the switches hide, is left out.
        """
        with self.lock:
            if stream == "account":
                return [self.account()]
            if stream in ("projects", "companies"):
                return self.render(stream, self.store.all(stream))
            if stream == "people":
                return self.render(stream, self.people(deleted=self.administrator))
            if stream == "time_entries" and not self.time_tracking:
                return []
            open_projects = [each["id"] for each in self.store.all("projects") if each["id"] not in self.forbidden]
            if stream == "project_people":
                return self.render(stream, [each for id in open_projects for each in self.project_people(id)])
            owners = open_projects
            if stream == "todo_items":
                owners = [each["id"] for id in open_projects for each in self.inside("todo_lists", id)]
            return self.render(stream, [each for id in owners for each in self.inside(stream, id)])

    def record(self, stream: str, id: int) -> Record | None:
        """One record by its id; None if there is none."""
        with self.lock:
            found = self.store.find(stream, id)
            return self.render(stream, [found])[0] if found else None

    def account(self) -> Record:
        """The account's own record."""
        kept = {**self.store.account, "time_tracking_enabled": self.time_tracking}
        return complete(self.store, "account", kept, administrator=True)

    def inside(self, stream: str, id: int) -> list[Record]:
        """The records of a stream in a project, a list or a thread, as kept, in the order in which they are listed."""
        return ordered(stream, self.store.inside(stream, id))

    def people(self, *, deleted: bool) -> list[Record]:
        """Everyone, as kept; the deleted ones only if asked for."""
        return [person for person in self.store.all("people") if deleted or not person["deleted"]]

    def project_people(self, project_id: int) -> list[Record]:
        """Who can open a project, as kept, with the project's id."""
        members = self.store.members[project_id]
        return [person | {"project_id": project_id} for person in self.people(deleted=False) if person["id"] in members]

    def render(self, stream: str, kept: list[Record]) -> list[Record]:
        """Records as the connector has to emit them."""
        return [complete(self.store, stream, record, administrator=self.administrator) for record in kept]

    # Changing

    def add(self, stream: str, project_id: int | None = None, **fields: Any) -> Record:
        """A new record of now, with these fields in place of its own.

        It is in the given project, else in the first active one. A to-do item wants `todo_list_id` or is in the
        project's first list, a comment wants `commentable_id` or is on the project's newest message. For
        `project_people`, `id` names who may open the project from now on.

        Raises KeyError for a stream, project or owner that is not there.
        """
        with self.lock:
            if stream in ("projects", "companies", "people"):
                return self._kept(stream, self._new_of_account(stream, fields) | fields)
            project = self._project(project_id, fields)
            if stream == "project_people":
                person, members = self._found("people", fields["id"]), self.store.members[project["id"]]
                self.store.members[project["id"]] = [*members, person["id"]]
                return complete(self.store, stream, person | {"project_id": project["id"]}, administrator=True)
            return self._kept(stream, self._new_in_project(stream, project, fields) | fields)

    def change(self, stream: str, id: int, **fields: Any) -> Record:
        """Change a record; a figure that is counted, as `comments_count`, then stays as it is given.

        Raises KeyError if it is not there; so does `remove`.
        """
        with self.lock:
            if stream == "account":
                self.store.account |= fields
                return self.account()
            return self._kept(stream, self._found(stream, id) | fields)

    def remove(self, stream: str, id: int, project_id: int | None = None) -> None:
        """Remove a record for good, with everything that is in it or on it.

        For `project_people` that person can no longer open the given project.
        """
        with self.lock:
            if stream != "project_people":
                self.store.drop(stream, id)
            elif project_id is not None:
                self.store.members[project_id].remove(id)
            else:
                raise KeyError("project_people are removed from a project: project_id is missing")

    def forbid(self, project_id: int) -> None:
        """Answer 403 for a project and all that is in it."""
        with self.lock:
            self.forbidden |= {project_id}

    def allow(self, project_id: int) -> None:
        """Undo `forbid`."""
        with self.lock:
            self.forbidden -= {project_id}

    def _kept(self, stream: str, record: Record) -> Record:
        return complete(self.store, stream, self.store.put(stream, record), administrator=True)

    def _found(self, stream: str, id: int) -> Record:
        found = self.store.find(stream, id)
        if found is None:
            raise KeyError(f"no {id} among the {STREAMS[stream].root}")
        return found

    def _project(self, project_id: int | None, fields: Record) -> Record:
        for field, stream in (("todo_list_id", "todo_lists"), *[("commentable_id", each) for each in _COMMENTED]):
            owner = self.store.find(stream, fields.get(field, 0))
            if owner is not None:
                project_id = owner["project_id"]
        if project_id is not None:
            return self._found("projects", project_id)
        return next(project for project in self.store.all("projects") if project["status"] == "active")

    def _new_of_account(self, stream: str, fields: Record) -> Record:
        n = len(self.store.all(stream))
        if stream == "projects":
            return new_project(self.store, n, fields.get("status", "active"), self.store.tick())
        return new_company(self.store, n) if stream == "companies" else new_person(self.store, n)

    def _new_in_project(self, stream: str, project: Record, fields: Record) -> Record:
        at, n = self.store.tick(), len(self.store.inside(stream, project["id"]))
        if stream == "todo_items":
            id = fields.get("todo_list_id") or _first(self.inside("todo_lists", project["id"]))
            return new_item(self.store, self._found("todo_lists", id), n, at)
        if stream == "comments":
            id = fields.get("commentable_id") or _first(self.inside("messages", project["id"]))
            for type, owners in COMMENTABLE.items():
                target = self.store.find(owners, id)
                if target is not None and target.get("type", type) == type:
                    return new_comment(self.store, target, type, n, at)
            raise KeyError(f"nothing with the id {id} can be commented on")
        return IN_PROJECTS[stream](self.store, project, n, at)


def _first(records: list[Record]) -> int:
    return records[0]["id"] if records else 0


_COMMENTED = tuple(dict.fromkeys(COMMENTABLE.values()))
