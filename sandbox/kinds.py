"""The record types the sandbox knows.

A new type is one builder, one row in `KINDS` and one figure in `AccountSize`.
"""

from __future__ import annotations

from typing import Any

from sandbox.clock import timestamp
from sandbox.entries import build_schedule_entry
from sandbox.recordings import Cast, Kind, Record, Recording
from sandbox.texts import attachments, paragraph, title
from sandbox.todos import build_todo

_CATEGORIES = tuple(
    {
        "id": 1_100_200 + k,
        "name": name,
        "icon": icon,
        "created_at": timestamp(1_600_000_000_000 + k),
        "updated_at": timestamp(1_650_000_000_000 + k),
    }
    for k, (name, icon) in enumerate((("Announcement", "📢"), ("FYI", "✨"), ("Pitch", "💡")))
)


def build_message(recording: Recording, cast: Cast) -> Record:
    """A message; some have a category."""
    n = recording.serial
    own: dict[str, Any] = {
        "subject": title(n),
        "content": paragraph(n + 1),
        "content_attachments": attachments(recording.id, cast.account_id, n),
    }
    if n % 3 == 0:
        own["category"] = _CATEGORIES[n % len(_CATEGORIES)]
    return own


KINDS: dict[str, Kind] = {
    kind.type: kind
    for kind in (
        Kind("Todo", "todos", "todos", ("Todoset",), build_todo, "content"),
        Kind("Message", "messages", "messages", ("Message::Board",), build_message, "subject"),
        Kind(
            "Schedule::Entry",
            "schedule_entries",
            "schedule_entries",
            ("Schedule",),
            build_schedule_entry,
            "summary",
        ),
    )
}
"""By type, in the order of generation: a type comes after the types that may be its parent."""
