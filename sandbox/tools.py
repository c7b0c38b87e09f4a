"""The tools of a dock in their item form."""

from __future__ import annotations

from typing import Any

from sandbox.projects import Project
from sandbox.recordings import Cast, Record
from sandbox.texts import API, sgid


def schedule_item(tool: dict[str, Any], project: Project, cast: Cast, entries_count: int) -> Record:
    """`GET schedules/{id}.json`: the dock entry without its dock keys, plus twelve more."""
    id = tool["id"]
    return {
        "id": id,
        "status": "active",
        "visible_to_clients": False,
        "created_at": project.record["created_at"],
        "updated_at": project.record["created_at"],
        "title": tool["title"],
        "inherits_status": True,
        "type": "Schedule",
        "url": tool["url"],
        "app_url": tool["app_url"],
        "bookmark_url": f"{API}/{cast.account_id}/my/bookmarks/{sgid('Recording', id)}.json",
        "position": tool["position"],
        "bucket": project.bucket,
        "creator": cast.person(0),
        "include_due_assignments": True,
        "entries_count": entries_count,
        "entries_url": f"{API}/{cast.account_id}/buckets/{project.id}/schedules/{id}/entries.json",
    }
