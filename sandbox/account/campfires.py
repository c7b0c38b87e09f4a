"""Campfires, which are chats, and their lines."""

from __future__ import annotations

from sandbox.account.dock import subscription_url, tool_item
from sandbox.account.listings import AccountList, ChildList, in_active_projects, inside, tools
from sandbox.account.recordings import COMMENTS, SUBSCRIPTION, Context, Kind, Recording
from sandbox.account.records import Project, Record, has_tool
from sandbox.account.store import AccountStore
from sandbox.account.texts import API, title


def build_line(recording: Recording, context: Context) -> Record:
    """A line of a chat; some have a file."""
    n = recording.serial
    own: Record = {"content": title(n + 3)}
    if n % 5 == 2:
        url = f"{API}/{context.account_id}/attachments/{recording.id}"
        file = {"title": "Plan 📎", "url": url, "byte_size": 512 + n}
        own["attachments"] = [file | {"filename": "plan.pdf", "content_type": "application/pdf"}]
    return own


def campfire(tool: Record, project: Project, store: AccountStore) -> Record:
    """A chat; its `updated_at` is that of the line that changed last."""
    base = f"{API}/{store.context.account_id}/buckets/{project.id}/chats/{tool['id']}"
    lines = store.feeds.inside("Chat::Lines::Text", tool["id"])
    item = tool_item(tool, project, store.context, "Chat::Transcript") | {
        "subscription_url": subscription_url(tool, project, store.context),
        "lines_url": f"{base}/lines.json",
        "files_url": f"{base}/uploads.json",
        "updated_at": max([project.record["created_at"], *(line.updated_at for line in lines)]),
    }
    return item | ({"topic": "Campfire 🔥 & more"} if project.number % 4 else {})


def _campfires(store: AccountStore) -> list[Record]:
    return [campfire(tool, project, store) for project, tool in in_active_projects(store, "chat")]


LINE = Kind(
    "Chat::Lines::Text",
    "campfire_lines",
    "chats/lines",
    ("Chat::Transcript",),
    build_line,
    without=(*SUBSCRIPTION, *COMMENTS),
    fits=has_tool("chat"),
)

LISTS = (
    AccountList("campfires", "/chats", _campfires),
    ChildList("campfire_lines", "/chats/{id:int}/lines", tools("chat"), inside(LINE.type), sortable=True),
)
