"""What the tools of a dock have in common in their item form."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.account.recordings import Context
from sandbox.account.records import Project, Record
from sandbox.account.texts import API, sgid


def tool_item(tool: Record, project: Project, context: Context, type: str) -> Record:
    """The entry in the dock without the keys that only a dock has, and with those of a recording."""
    id = tool["id"]
    return {
        "id": id,
        "status": "active",
        "visible_to_clients": False,
        "created_at": project.record["created_at"],
        "updated_at": project.record["created_at"],
        "title": tool["title"],
        "inherits_status": True,
        "type": type,
        "url": tool["url"],
        "app_url": tool["app_url"],
        "bookmark_url": f"{API}/{context.account_id}/my/bookmarks/{sgid('Recording', id)}.json",
        "position": tool["position"],
        "bucket": project.bucket,
        "creator": context.person(0),
    }


def subscription_url(tool: Record, project: Project, context: Context) -> str:
    """Where one subscribes to a tool."""
    return f"{API}/{context.account_id}/buckets/{project.id}/recordings/{tool['id']}/subscription.json"


def latest_change(project: Project, records: Sequence[Record]) -> str:
    """When the latest of the records changed; of none, when the project was created."""
    times: list[str] = [project.record["created_at"], *(record["updated_at"] for record in records)]
    return max(times)


def tool_of(project: Project, id: int) -> Record:
    """The tool with that id in the project's dock."""
    return next(tool for tool in project.record["dock"] if tool["id"] == id)
