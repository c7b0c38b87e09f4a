"""The tools in the docks of projects, and what they have in common in their item form."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.account.ids import Ids
from sandbox.account.recordings import Context
from sandbox.account.records import Project, Record
from sandbox.account.store import AccountStore
from sandbox.account.texts import API, APP, sgid

TOOLS = (
    ("message_board", "Message Board", "message_boards", "Message::Board"),
    ("todoset", "To-dos", "todosets", "Todoset"),
    ("vault", "Docs & Files", "vaults", "Vault"),
    ("chat", "Campfire", "chats", "Chat::Transcript"),
    ("schedule", "Schedule", "schedules", "Schedule"),
    ("questionnaire", "Automatic Check-ins", "questionnaires", "Questionnaire"),
    ("inbox", "Email Forwards", "inboxes", "Inbox"),
    ("kanban_board", "Card Table", "card_tables", "Kanban::Board"),
)
"""Name, title, path and type of each."""
_TOOL_BY_NAME = {tool[0]: tool for tool in TOOLS}


def build_dock(n: int, project_id: int, account_id: int, ids: Ids) -> list[Record]:
    """Every tool once; some projects have more schedules, some have tools switched off."""
    wanted = [(name, title) for name, title, _, _ in TOOLS]
    if n % 3 == 1:
        wanted += [("schedule", "Travel 🧳"), ("schedule", "Releases")]
    off = {"chat", "inbox"} if n % 2 else {"questionnaire"}
    dock = []
    for position, (name, title) in enumerate(wanted, start=1):
        id = ids.next()
        enabled = name not in off and title != "Releases"
        path = f"{account_id}/buckets/{project_id}/{_TOOL_BY_NAME[name][2]}/{id}"
        dock.append(
            {
                "id": id,
                "title": title,
                "name": name,
                "enabled": enabled,
                "position": position if enabled else None,
                "url": f"{API}/{path}.json",
                "app_url": f"{APP}/{path}",
            }
        )
    return dock


def dock_parents(dock: list[Record]) -> dict[str, list[Record]]:
    """The tools as recordings show them as a parent, by type."""
    parents: dict[str, list[Record]] = {}
    for tool in dock:
        type = _TOOL_BY_NAME[tool["name"]][3]
        parent = {key: tool[key] for key in ("id", "title", "url", "app_url")} | {"type": type}
        parents.setdefault(type, []).append(parent)
    return parents


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


def every_tool(store: AccountStore) -> list[Record]:
    """Every entry of every dock, whatever the status of the project and whether it is switched on."""
    return [tool | {"project_id": project.id} for project in store.projects.values() for tool in project.record["dock"]]
