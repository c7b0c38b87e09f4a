"""To-dos, the lists they are in, to-do sets and their hill charts."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.account.dock import latest_change, subscription_url, tool_item, tool_of
from sandbox.account.listings import ChildList, tools
from sandbox.account.recordings import Context, Kind, Recording, parent_type
from sandbox.account.records import Project, Record
from sandbox.account.recurrence import recurrence
from sandbox.account.steps import completed, due_on, embedded_steps, is_completed, subtasks
from sandbox.account.store import AccountStore
from sandbox.account.texts import API, APP, attachments, paragraph, title

_SHOWN = ("id", "title", "description", "completed", "completed_ratio", "url", "app_url")
"""What a to-do set shows of each list."""
_DOT_COLORS = ("blue", "orange", "#ff00aa")


def build_todo(recording: Recording, context: Context) -> Record:
    """Open or completed; some with steps, some repeating."""
    n = recording.serial
    api = f"{API}/{context.account_id}/buckets/{recording.project.id}"
    own: Record = {
        "description": paragraph(n),
        "description_attachments": attachments(recording.id, context.account_id, n),
        "completed": False,
        "content": title(n),
        "starts_on": due_on(n) if n % 6 == 0 else None,
        "due_on": due_on(n + 2) if n % 4 < 2 else None,
        "assignees": context.some_people(n),
        "completion_subscribers": context.some_people(n + 1) if n % 4 == 0 else [],
        "completion_url": f"{api}/todos/{recording.id}/completion.json",
    }
    if is_completed(n):
        own |= completed(recording.settled_at, context.person(n + 2))
    else:
        own["position"] = n // 5 + 1
    if n % 4 != 1:
        own["steps"] = embedded_steps(recording, context)
    if n % 2 == 0:
        own |= subtasks(recording, context, own.get("steps", []))
    if n % 20 == 10:
        own["repetition_schedule"] = recurrence(n)
    return own


def build_todolist(recording: Recording, context: Context) -> Record:
    """A list, or a group if it is in another list."""
    n, id = recording.serial, recording.id
    bucket = f"{context.account_id}/buckets/{recording.project.id}"
    base = f"{bucket}/todolists/{id}"
    own: Record = {
        "position": n % 6 + 1,
        "description": paragraph(n) if n % 5 else None,
        "description_attachments": attachments(id, context.account_id, n),
        "completed": n % 6 == 5,
        "completed_ratio": f"{n % 5}/{n % 5 + n % 3}",
        "name": title(n),
        "color": "blue" if n % 4 == 2 else None,
        "todos_url": f"{API}/{base}/todos.json",
        "app_todos_url": f"{APP}/{base}/todos",
        "comments_app_url": f"{APP}/{bucket}/recordings/{id}/comments",
    }
    if n % 2:
        own["bubble_up_url"] = f"{API}/{bucket}/recordings/{id}/bubble_up.json"
    if parent_type(recording) == "Todolist":
        own["group_position_url"] = f"{API}/{base}/group_position.json"
    else:
        own["groups_url"] = f"{API}/{base}/groups.json"
    return own


def hill_chart(tool: Record, project: Project, context: Context, todolists: Sequence[Record]) -> Record:
    """How far the to-do lists are up or down the hill; hardly anything where the chart is switched off."""
    if project.number % 3 == 2:
        return {"enabled": False, "stale": False, "dots": []}
    base = f"{APP}/{context.account_id}/buckets/{project.id}/todosets/{tool['id']}/hill"
    chart: Record = {
        "enabled": True,
        "stale": project.number % 2 == 1,
        "updated_at": latest_change(project, todolists),
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


def _hill_chart(store: AccountStore, project: Project, id: int) -> list[Record]:
    todolists = store.render(store.feeds.inside("Todolist", id))
    return [hill_chart(tool_of(project, id), project, store.context, todolists)]


def todoset(
    tool: Record, project: Project, context: Context, todolists: Sequence[Record], loose: Sequence[Record]
) -> Record:
    """A to-do set: its lists, and how many of the to-dos on them, and of those on no list, are done."""
    done = sum(todo["completed"] for todo in loose)
    parts = [todolist["completed_ratio"].split("/") for todolist in todolists]
    finished, every = (at + sum(int(part[k]) for part in parts) for k, at in enumerate((done, len(loose))))
    path = f"{context.account_id}/buckets/{project.id}/todosets/{tool['id']}"
    return tool_item(tool, project, context, "Todoset") | {
        "updated_at": latest_change(project, todolists),
        "subscription_url": subscription_url(tool, project, context),
        "completed": every > 0 and finished == every,
        "completed_ratio": f"{finished}/{every}",
        "name": tool["title"],
        "todos_count": len(loose) - done,
        "todolists_count": len(todolists),
        "completed_loose_todos_count": done,
        "todolists": [{key: todolist[key] for key in _SHOWN} for todolist in todolists],
        "todos_url": f"{API}/{path}/todos.json",
        "app_todos_url": f"{APP}/{path}/todos",
        "hill_chart_url": f"{API}/{path}/hill.json",
        "todolists_url": f"{API}/{path}/todolists.json",
        "app_todoslists_url": f"{APP}/{path}/todolists",
    }


def _todoset(store: AccountStore, project: Project, id: int) -> list[Record]:
    todolists, loose = (store.render(store.feeds.inside(type, id)) for type in ("Todolist", "Todo"))
    return [todoset(tool_of(project, id), project, store.context, todolists, loose)]


TODO = Kind("Todo", "todos", "todos", ("Todoset", "Todolist", "Todolist", "Group"), build_todo, "content")
TODOLIST = Kind("Todolist", "todolists", "todolists", ("Todoset", "Todoset", "Todolist"), build_todolist, "name")

LISTS = (
    ChildList("todosets", "/todosets/{id:int}", tools("todoset"), _todoset, form="object"),
    ChildList(
        "hill_charts",
        "/todosets/{id:int}/hill",
        tools("todoset"),
        _hill_chart,
        added=lambda project, id: {"todoset_id": id, "project_id": project.id},
        form="object",
    ),
)
