"""Links to other services, which Basecamp's API calls doors."""

from __future__ import annotations

from sandbox.account.recordings import BOOSTS, COMMENTS, Context, Kind, Recording
from sandbox.account.records import Record
from sandbox.account.texts import API, paragraph

_SERVICES = (
    {"code": "figma", "name": "Figma", "example_url": "https://www.figma.com/file/…", "valid_patterns": ["figma.com"]},
    {"code": "custom", "name": "Custom…", "supporting_text": "Link to anything", "valid_patterns": []},
)


def build_external_link(recording: Recording, context: Context) -> Record:
    """A link to another service: its `url` leads out of Basecamp, and it has no parent."""
    n = recording.serial
    own: Record = {
        "url": f"https://www.figma.com/file/{recording.id}?node-id={n}&x=é",
        "position": n + 8,
        "service": _SERVICES[n % len(_SERVICES)],
        "subtasks_count": 0,
        "subtasks_completed_count": 0,
        "subtasks_url": f"{API}/{context.account_id}/recordings/{recording.id}/subtasks.json",
    }
    if n % 3:
        own["description"] = paragraph(n)
    return own


EXTERNAL_LINK = Kind("Door", "external_links", "doors", (), build_external_link, without=("parent", *COMMENTS, *BOOSTS))
