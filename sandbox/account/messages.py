"""Messages and their types."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.account.clock import timestamp
from sandbox.account.ids import Ids
from sandbox.account.listings import ChildList, the_project
from sandbox.account.recordings import Context, Kind, Recording
from sandbox.account.records import PlainRecord, Project, Record
from sandbox.account.texts import attachments, paragraph, title

MESSAGE_TYPE = "Message::Type"
_TYPES: tuple[Record, ...] = tuple(
    {
        "id": 1_100_200 + k,
        "name": name,
        "icon": icon,
        "created_at": timestamp(1_600_000_000_000 + k),
        "updated_at": timestamp(1_650_000_000_000 + k),
    }
    for k, (name, icon) in enumerate((("Announcement", "📢"), ("FYI", "✨"), ("Pitch", "💡")))
)


def build_message(recording: Recording, context: Context) -> Record:
    """A message; some have a type, which is called category there."""
    n = recording.serial
    own: Record = {
        "subject": title(n),
        "content": paragraph(n + 1),
        "content_attachments": attachments(recording.id, context.account_id, n),
    }
    if n % 3 == 0:
        own["category"] = _TYPES[n % len(_TYPES)]
    return own


def build_message_types(count: int, project: Project, ids: Ids) -> Iterator[PlainRecord]:
    """The types of a project's messages. Those of the first project are the ones that messages show."""
    for k in range(count):
        known = _TYPES[k % len(_TYPES)]
        own_id = known["id"] if project.number == 0 and k < len(_TYPES) else ids.next()
        yield PlainRecord(MESSAGE_TYPE, {**known, "id": own_id}, project.id)


def new_message_type(project: Project, ids: Ids, now: str) -> PlainRecord:
    """A type that a test makes."""
    times = {"created_at": now, "updated_at": now}
    return PlainRecord(MESSAGE_TYPE, {**_TYPES[0], "id": ids.next(), **times}, project.id)


MESSAGE = Kind("Message", "messages", "messages", ("Message::Board",), build_message, "subject")

LISTS = (
    ChildList(
        "message_types",
        "/buckets/{id:int}/categories",
        the_project,
        lambda store, project, id: store.plain_records(MESSAGE_TYPE, project_id=project.id),
        added=lambda project, id: {"project_id": project.id},
        form="list",
    ),
)
