"""Recordings: a small stem is kept for each, and its JSON is built when somebody reads it.

A stem costs about 300 bytes and a rendered to-do about 6 kB, which is what lets an account of 200,000
recordings start at once and fit in memory beside the connector under test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
    parent: Record
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


def render(recording: Recording, cast: Cast) -> Record:
    """The record as the feed, the lists and the item address serve it. Shared parts: treat as read-only."""
    record = _envelope(recording, cast)
    record.update(recording.kind.build(recording, cast))
    fields = recording.fields
    if fields is None:
        return record
    record.update(fields)
    title_field = recording.kind.title_field
    if title_field in fields and "title" not in fields:
        record["title"] = fields[title_field]
    return {key: value for key, value in record.items() if value is not ABSENT}


def _envelope(recording: Recording, cast: Cast) -> Record:
    id, n, kind, bucket = recording.id, recording.serial, recording.kind, recording.project.bucket
    api = f"{API}/{cast.account_id}"
    own = f"buckets/{bucket['id']}/{kind.path}/{id}"
    return {
        "id": id,
        "status": recording.status,
        "visible_to_clients": n % 7 == 0,
        "created_at": recording.created_at,
        "updated_at": recording.updated_at,
        "title": title(n),
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
        "parent": recording.parent,
        "bucket": bucket,
        "creator": cast.person(n),
    }
