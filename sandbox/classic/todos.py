"""To-do lists and their items."""

from __future__ import annotations

from sandbox.account.clock import DAY_MS
from sandbox.account.records import Record
from sandbox.account.texts import title
from sandbox.classic.messages import textile
from sandbox.classic.people import by, responsible
from sandbox.classic.store import ClassicStore
from sandbox.classic.times import loose, midnight, moment


def new_list(store: ClassicStore, project: Record, n: int, at: int) -> Record:
    """The n-th list of a project."""
    return {
        "id": store.ids.next(),
        "name": title(n + 4),
        "description": textile(n),
        "project_id": project["id"],
        "milestone_id": None,
        "position": n + 1,
        "private": n % 3 == 2,
        "tracked": n % 2 == 0,
    }


def new_item(store: ClassicStore, todo_list: Record, n: int, at: int) -> Record:
    """The n-th item of a list: two in three are completed, as they are in an old account."""
    created, completed = loose(at, n), n % 3 != 0
    done = at + (n % 9) * DAY_MS
    item: Record = {
        "id": store.ids.next(),
        "todo_list_id": todo_list["id"],
        "content": title(n + todo_list["position"]),
        "position": n + 1,
        "created_on": created,
        "created_at": created if n % 2 else None,
        **by(store, n, "creator"),
        "completed": completed,
        "updated_at": moment(done if completed else at),
        "due_at": midnight(at + 14 * DAY_MS) if n % 4 == 1 else None,
        **responsible(store, n),
        "project_id": todo_list["project_id"],
    }
    if completed:
        item |= {"completed_at": moment(done), "completed_on": midnight(done), **by(store, n + 1, "completer")}
    return item
