"""Recordings: a small stem is kept for each, and its JSON is built when somebody reads it.

A stem costs about 300 bytes and a rendered to-do about 6 kB, which is what lets an account of 200,000
recordings start at once and fit in memory beside the connector under test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.people import Person
from sandbox.projects import Project
from sandbox.texts import API, APP, sgid, title

Record = dict[str, Any]

ABSENT: Final[Any] = type("Absent", (), {"__repr__": lambda self: "ABSENT"})()
"""`update(id, position=ABSENT)` takes the key out of the record."""


@dataclass(slots=True)
class Recording:
    """What is kept of a recording; `serial` decides everything its type's builder makes up."""

    id: int
    kind: Kind
    serial: int
    status: str
    project: Project
    parent: Record | Recording
    """As the record shows it, or the recording whose first name and address it shows."""
    created_at: str
    updated_at: str
    settled_at: str
    """The first `updated_at`: what happened to the record then stays put when it is edited later."""
    fields: Record | None = None
    """What a test has said about the record; wins over the builder."""


@dataclass(frozen=True)
class Cast:
    """What every record of the account refers to."""

    account_id: int
    people: Sequence[Person]
    replies: Callable[[str, int], int] = field(default=lambda type, id: 0, compare=False)
    """How many recordings of a type hang under one: the only count that is not made up."""

    def person(self, n: int) -> Person:
        """Somebody, the same body for the same number."""
        return self.people[n % len(self.people)]

    def some_people(self, n: int) -> list[Person]:
        """Nobody, one or two people."""
        return [self.person(n + k) for k in range(n % 3)]


Builder = Callable[[Recording, Cast], Record]


@dataclass(frozen=True)
class Kind:
    """One record type of the feed."""

    type: str
    plural: str
    """The name of its figure in `AccountSize` and of its stream."""
    path: str
    """The segment of its addresses."""
    parent_types: tuple[str, ...]
    build: Builder
    """The fields beyond the envelope; given keys replace the envelope's."""
    title_field: str | None = None
    """The field whose text is also the title."""
    without: tuple[str, ...] = ()
    """Keys of the envelope that this type does not carry."""
    name: Callable[[int], str] = title
    """The title of the n-th, as long as nobody changes it."""
    fits: Callable[[Project], bool] = lambda project: True
    """Whether a project can hold it."""
    touches_parent: bool = False
    """Whether a new or a deleted one moves its parent's `updated_at`."""


def render(recording: Recording, cast: Cast) -> Record:
    """The record as the feed, the lists and the item address serve it. Shared parts: treat as read-only."""
    record = _envelope(recording, cast)
    for key in recording.kind.without:
        del record[key]
    record.update(recording.kind.build(recording, cast))
    fields = recording.fields
    if fields is None:
        return record
    record.update(fields)
    title_field = recording.kind.title_field
    if title_field in fields and "title" not in fields:
        record["title"] = fields[title_field]
    return {key: value for key, value in record.items() if value is not ABSENT}


def parent_id(recording: Recording) -> int | None:
    """The id of what a recording hangs under."""
    parent = recording.parent
    return parent.id if isinstance(parent, Recording) else parent.get("id")


def parent_type(recording: Recording) -> str | None:
    """The type of what a recording hangs under."""
    parent = recording.parent
    return parent.kind.type if isinstance(parent, Recording) else parent.get("type")


def as_parent(record: Record) -> Record:
    """What the recordings under a record show of it."""
    return {key: record[key] for key in ("id", "title", "type", "url", "app_url")}


def _shown(parent: Record | Recording, cast: Cast) -> Record:
    # A parent that is renamed keeps its first name here: whether Basecamp passes a new one on is not documented,
    # and the children would change without their updated_at moving.
    if not isinstance(parent, Recording):
        return parent
    path = f"{cast.account_id}/{_own_path(parent)}"
    return {
        "id": parent.id,
        "title": parent.kind.name(parent.serial),
        "type": parent.kind.type,
        "url": f"{API}/{path}.json",
        "app_url": f"{APP}/{path}",
    }


def _own_path(recording: Recording) -> str:
    return f"buckets/{recording.project.id}/{recording.kind.path}/{recording.id}"


def _envelope(recording: Recording, cast: Cast) -> Record:
    id, n, kind, bucket = recording.id, recording.serial, recording.kind, recording.project.bucket
    api = f"{API}/{cast.account_id}"
    own = _own_path(recording)
    return {
        "id": id,
        "status": recording.status,
        "visible_to_clients": n % 7 == 0,
        "created_at": recording.created_at,
        "updated_at": recording.updated_at,
        "title": kind.name(n),
        "inherits_status": recording.status == "active",
        "type": kind.type,
        "url": f"{api}/{own}.json",
        "app_url": f"{APP}/{cast.account_id}/{own}",
        "bookmark_url": f"{api}/my/bookmarks/{sgid('Recording', id)}.json",
        "subscription_url": f"{api}/buckets/{bucket['id']}/recordings/{id}/subscription.json",
        "comments_count": n % 4,
        "comments_url": f"{api}/buckets/{bucket['id']}/recordings/{id}/comments.json",
        "boosts_count": n % 6 // 4,
        "boosts_url": f"{api}/buckets/{bucket['id']}/recordings/{id}/boosts.json",
        "parent": _shown(recording.parent, cast),
        "bucket": bucket,
        "creator": cast.person(n),
    }
