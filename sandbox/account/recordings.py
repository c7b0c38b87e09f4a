"""Recordings: little is kept of each, and its JSON is built when somebody reads it.

A recording takes about 300 bytes and a rendered to-do about 6 kB. An account of 200,000 recordings therefore
starts at once and fits in memory beside the connector under test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sandbox.account.records import Project, Record, with_fields
from sandbox.account.texts import API, APP, sgid, title

# Keys of the envelope that go together, for `Kind.without`. The boosts go with the comments wherever both are missing.
COMMENTS = ("comments_count", "comments_url")
BOOSTS = ("boosts_count", "boosts_url")
SUBSCRIPTION = ("subscription_url",)


@dataclass(slots=True)
class Recording:
    """What is kept of a recording; everything that its type's builder makes up follows from `serial`."""

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
    """The first `updated_at`: when a generated record was completed or answered, however often it is edited later."""
    fields: Record | None = None
    """What a test has set; wins over the builder."""


@dataclass(frozen=True)
class Context:
    """What every record of the account refers to."""

    account_id: int
    people: Sequence[Record]
    replies: Callable[[str, int], int] = field(default=lambda type, id: 0, compare=False)
    """How many recordings of a type are under one: the only count that is not made up."""

    def person(self, n: int) -> Record:
        """Somebody, the same person for the same number."""
        return self.people[n % len(self.people)]

    def some_people(self, n: int) -> list[Record]:
        """Nobody, one person or two."""
        return [self.person(n + k) for k in range(n % 3)]


Builder = Callable[[Recording, Context], Record]


@dataclass(frozen=True)
class Kind:
    """One type of recordings."""

    type: str
    stream: str
    """The name of its stream, and of its figure in `AccountSize`."""
    path: str
    """The segment of its addresses."""
    parent_types: tuple[str, ...]
    """The types of its parents, in turn; one that is named twice gets twice as many."""
    build: Builder
    """The fields beyond the envelope; a key of the envelope is replaced."""
    title_field: str | None = None
    """The field whose text is also the title."""
    without: tuple[str, ...] = ()
    """Keys of the envelope that this type does not have."""
    name: Callable[[int], str] = title
    """The title of the n-th, as long as nobody changes it."""
    fits: Callable[[Project], bool] = lambda project: True
    """Whether a project can hold it."""
    touches_parent: bool = False
    """Whether its creation and deletion move the parent's `updated_at`."""


def render(recording: Recording, context: Context) -> Record:
    """The record as every listing and its own address serve it. Its parts are shared: do not write to them."""
    record = _envelope(recording, context)
    for key in recording.kind.without:
        del record[key]
    record.update(recording.kind.build(recording, context))
    fields = recording.fields
    if fields is None:
        return record
    title_field = recording.kind.title_field
    if title_field in fields and "title" not in fields:
        fields = {**fields, "title": fields[title_field]}
    return with_fields(record, fields)


def parent_id(recording: Recording) -> int | None:
    """The id of its parent."""
    parent = recording.parent
    return parent.id if isinstance(parent, Recording) else parent.get("id")


def parent_type(recording: Recording) -> str | None:
    """The type of its parent."""
    parent = recording.parent
    return parent.kind.type if isinstance(parent, Recording) else parent.get("type")


def as_parent(record: Record) -> Record:
    """What the recordings under a record show of it."""
    return {key: record[key] for key in ("id", "title", "type", "url", "app_url")}


def own_path(recording: Recording, context: Context) -> str:
    """The path of its address, without a slash at the front."""
    return f"{context.account_id}/buckets/{recording.project.id}/{recording.kind.path}/{recording.id}"


def first_shown(recording: Recording, context: Context) -> Record:
    """What the recordings under a recording show of it, before anybody renames it.

    Whether Basecamp passes a new name on to them is not documented; their `updated_at` would not move.
    """
    path = own_path(recording, context)
    return {
        "id": recording.id,
        "title": recording.kind.name(recording.serial),
        "type": recording.kind.type,
        "url": f"{API}/{path}.json",
        "app_url": f"{APP}/{path}",
    }


def _envelope(recording: Recording, context: Context) -> Record:
    id, n, kind = recording.id, recording.serial, recording.kind
    bucket, parent = recording.project.bucket, recording.parent
    api = f"{API}/{context.account_id}"
    own = own_path(recording, context)
    return {
        "id": id,
        "status": recording.status,
        "visible_to_clients": n % 7 == 0,
        "created_at": recording.created_at,
        "updated_at": recording.updated_at,
        "title": kind.name(n),
        "inherits_status": recording.status == "active",
        "type": kind.type,
        "url": f"{API}/{own}.json",
        "app_url": f"{APP}/{own}",
        "bookmark_url": f"{api}/my/bookmarks/{sgid('Recording', id)}.json",
        "subscription_url": f"{api}/buckets/{bucket['id']}/recordings/{id}/subscription.json",
        "comments_count": n % 4,
        "comments_url": f"{api}/buckets/{bucket['id']}/recordings/{id}/comments.json",
        "boosts_count": n % 6 // 4,
        "boosts_url": f"{api}/buckets/{bucket['id']}/recordings/{id}/boosts.json",
        "parent": first_shown(parent, context) if isinstance(parent, Recording) else parent,
        "bucket": bucket,
        "creator": context.person(n),
    }
