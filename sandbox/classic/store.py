"""Everything that a Classic account holds, as it is kept: without what can be counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sandbox.account.clock import NEWEST_MS
from sandbox.account.ids import Ids
from sandbox.account.records import Record
from sandbox.classic.elements import STREAMS
from sandbox.classic.size import ClassicSize

_OWNERS = {
    "todo_items": ("project_id", "todo_list_id"),
    "comments": ("project_id", "commentable_id"),
    "attachments": ("project_id", "owner_id"),
    **dict.fromkeys(("categories", "messages", "todo_lists", "calendar_entries", "time_entries"), ("project_id",)),
}
"""The fields that name what a record goes away with."""
_REFERENCES = {"messages": ("category_id",), "attachments": ("category_id",), "time_entries": ("todo_item_id",)}

COMMENTABLE = {
    "Post": "messages",
    "TodoItem": "todo_items",
    "Milestone": "calendar_entries",
    "CalendarEvent": "calendar_entries",
}
"""By type, the stream of what can be commented on."""


class ClassicStore:
    """Hold the site's lock while you use it. An id is given out once, so it names a record in all streams."""

    def __init__(self, size: ClassicSize) -> None:
        self.size = size
        self.ids = Ids(size.seed)
        self.account: Record = {}
        self.members: dict[int, list[int]] = {}
        """The ids of the people who can open each project."""
        self.latest = NEWEST_MS
        """When anything was last changed, in milliseconds."""
        self._streams: dict[str, dict[int, Record]] = {stream: {} for stream in STREAMS}
        self._inside: defaultdict[tuple[str, int], dict[int, Record]] = defaultdict(dict)

    def all(self, stream: str) -> list[Record]:
        """All records of a stream, the oldest first."""
        return list(self._streams[stream].values())

    def find(self, stream: str, id: int) -> Record | None:
        """One record, if it is there."""
        return self._streams[stream].get(id)

    def inside(self, stream: str, id: int) -> list[Record]:
        """The records of a stream that belong to what has that id, e.g. a project or a to-do list, oldest first."""
        return list(self._inside.get((stream, id), {}).values())

    def put(self, stream: str, record: Record) -> Record:
        """Add a record, or put it in the place of the one with its id."""
        id = record["id"]
        owners = set(_named(stream, record))
        for owner in set(_named(stream, self._streams[stream].get(id, {}))) - owners:
            del self._inside[stream, owner][id]
        self._streams[stream][id] = record
        for owner in owners:
            self._inside[stream, owner][id] = record
        return record

    def drop(self, stream: str, id: int) -> None:
        """Remove a record and all that goes away with it. Raises KeyError if it is not there."""
        record = self._streams[stream].pop(id)
        for owner in set(_named(stream, record)):
            del self._inside[stream, owner][id]
        for other, fields in _OWNERS.items():
            for child in self.inside(other, id):
                if id in (child.get(field) for field in fields) and self.find(other, child["id"]):
                    self.drop(other, child["id"])
        self.members.pop(id, None)
        for project_id, people in self.members.items():
            self.members[project_id] = [person for person in people if person != id]

    def tick(self) -> int:
        """A new moment, a second and a bit after the latest."""
        self.latest += 1_250
        return self.latest


def _named(stream: str, record: Record) -> Iterator[int]:
    """The ids of what a record belongs to."""
    fields = (*_OWNERS.get(stream, ()), *_REFERENCES.get(stream, ()))
    return (record[field] for field in fields if record.get(field) is not None)
