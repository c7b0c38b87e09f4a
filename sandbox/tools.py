"""The tools of a dock in their item form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.cards import wormhole
from sandbox.projects import Project
from sandbox.recordings import Cast, Record
from sandbox.texts import API, APP, sgid

_DOT_COLORS = ("blue", "orange", "#ff00aa")


def schedule_item(tool: dict[str, Any], project: Project, cast: Cast, entries_count: int) -> Record:
    """`GET schedules/{id}.json`: the dock entry without its dock keys, plus twelve more."""
    return _item(tool, project, cast, "Schedule") | {
        "include_due_assignments": True,
        "entries_count": entries_count,
        "entries_url": f"{API}/{cast.account_id}/buckets/{project.id}/schedules/{tool['id']}/entries.json",
    }


def campfire_item(tool: dict[str, Any], project: Project, cast: Cast, line_times: Sequence[str]) -> Record:
    """A chat; whatever happens to its lines moves its `updated_at`."""
    base = f"{API}/{cast.account_id}/buckets/{project.id}/chats/{tool['id']}"
    item = _item(tool, project, cast, "Chat::Transcript") | {
        "subscription_url": _subscription(tool, project, cast),
        "lines_url": f"{base}/lines.json",
        "files_url": f"{base}/uploads.json",
        "updated_at": max([project.record["created_at"], *line_times]),
    }
    return item | ({"topic": "Campfire 🔥 & more"} if project.number % 4 else {})


def card_table_item(tool: dict[str, Any], project: Project, cast: Cast, columns: Sequence[Record]) -> Record:
    """A card table with its columns, from left to right; one in three has a way to another table."""
    item = _item(tool, project, cast, "Kanban::Board") | {
        "subscription_url": _subscription(tool, project, cast),
        "subscribers": cast.some_people(project.number),
        "updated_at": _latest(project, columns),
        "lists": sorted(columns, key=lambda column: (column["position"], column["id"])),
    }
    if project.number % 2:
        item["public_link_url"] = f"{APP}/p/{sgid('Kanban', tool['id'])}"
    return item | {"wormholes": [wormhole(tool["id"], item, cast)] if project.number % 3 == 0 else []}


def hill_chart(tool: dict[str, Any], project: Project, cast: Cast, todolists: Sequence[Record]) -> Record:
    """The to-do lists on their way over the hill; where it is switched off, hardly anything."""
    if project.number % 3 == 2:
        return {"enabled": False, "stale": False, "dots": []}
    base = f"{APP}/{cast.account_id}/buckets/{project.id}/todosets/{tool['id']}/hill"
    chart: Record = {
        "enabled": True,
        "stale": project.number % 2 == 1,
        "updated_at": _latest(project, todolists),
        "app_update_url": f"{base}/edit",
        "dots": [_dot(record, k) for k, record in enumerate(todolists)],
    }
    return chart | ({"app_versions_url": f"{base}/versions"} if project.number % 2 else {})


def _dot(todolist: Record, k: int) -> Record:
    return {
        "id": todolist["id"],
        "label": todolist["name"],
        "color": _DOT_COLORS[k % len(_DOT_COLORS)],
        "position": k * 17 % 101,
        "url": todolist["url"],
        "app_url": todolist["app_url"],
    }


def _item(tool: dict[str, Any], project: Project, cast: Cast, type: str) -> Record:
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
        "bookmark_url": f"{API}/{cast.account_id}/my/bookmarks/{sgid('Recording', id)}.json",
        "position": tool["position"],
        "bucket": project.bucket,
        "creator": cast.person(0),
    }


def _subscription(tool: dict[str, Any], project: Project, cast: Cast) -> str:
    return f"{API}/{cast.account_id}/buckets/{project.id}/recordings/{tool['id']}/subscription.json"


def _latest(project: Project, records: Sequence[Record]) -> str:
    times: list[str] = [project.record["created_at"], *(record["updated_at"] for record in records)]
    return max(times)
