"""To-dos and their lists."""

from __future__ import annotations

from typing import Any

from sandbox.clock import DAY_MS, NEWEST_MS, timestamp
from sandbox.recordings import Cast, Record, Recording, parent_type
from sandbox.recurrence import recurrence
from sandbox.texts import API, APP, attachments, paragraph, sgid, title

_STEPS = (0, 0, 1, 0, 0, 0, 3, 0)


def is_completed(n: int) -> bool:
    """Whether the n-th to-do or step is done: two of five are."""
    return n % 5 in (1, 3)


def build_todo(recording: Recording, cast: Cast) -> Record:
    """Open or completed; some with steps, some repeating."""
    n = recording.serial
    api = f"{API}/{cast.account_id}/buckets/{recording.project.id}"
    own: dict[str, Any] = {
        "description": paragraph(n),
        "description_attachments": attachments(recording.id, cast.account_id, n),
        "completed": False,
        "content": title(n),
        "starts_on": _day(n) if n % 6 == 0 else None,
        "due_on": _day(n + 2) if n % 4 < 2 else None,
        "assignees": cast.some_people(n),
        "completion_subscribers": cast.some_people(n + 1) if n % 4 == 0 else [],
        "completion_url": f"{api}/todos/{recording.id}/completion.json",
    }
    if is_completed(n):
        own |= completed(recording.settled_at, cast.person(n + 2))
    else:
        own["position"] = n // 5 + 1
    if n % 4 != 1:
        own["steps"] = embedded_steps(recording, cast)
    if n % 2 == 0:
        own |= subtasks(recording, cast, own.get("steps", []))
    if n % 20 == 10:
        own["repetition_schedule"] = recurrence(n)
    return own


def completed(at: str, by: dict[str, Any]) -> Record:
    """The fields of a completed to-do."""
    return {"completed": True, "completion": {"created_at": at, "creator": by}}


def build_todolist(recording: Recording, cast: Cast) -> Record:
    """A list, or a group if it hangs in another list."""
    n, id = recording.serial, recording.id
    bucket = f"{cast.account_id}/buckets/{recording.project.id}"
    base = f"{bucket}/todolists/{id}"
    own: Record = {
        "position": n % 6 + 1,
        "description": paragraph(n) if n % 5 else None,
        "description_attachments": attachments(id, cast.account_id, n),
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


def embedded_steps(recording: Recording, cast: Cast) -> list[Record]:
    """The steps shown inside a to-do or a card: made up for it, not among those that the feed of steps lists."""
    return [_step(k, recording, cast) for k in range(_STEPS[recording.serial % len(_STEPS)])]


def subtasks(recording: Recording, cast: Cast, steps: list[Record]) -> Record:
    """How many of the embedded steps there are."""
    return {
        "subtasks_count": len(steps),
        "subtasks_completed_count": sum(step["completed"] for step in steps),
        "subtasks_url": f"{API}/{cast.account_id}/recordings/{recording.id}/subtasks.json",
    }


def _step(k: int, owner: Recording, cast: Cast) -> Record:
    n = owner.serial + k
    id = 3_000_000_000_000 + owner.id % 1_000_000_007 * 4 + k
    path = f"{cast.account_id}/buckets/{owner.project.id}/card_tables/steps/{id}"
    owner_path = f"{cast.account_id}/buckets/{owner.project.id}/{owner.kind.path}/{owner.id}"
    step: Record = {
        "id": id,
        "status": owner.status,
        "visible_to_clients": False,
        "created_at": owner.created_at,
        "updated_at": owner.settled_at,
        "title": title(n + 5),
        "inherits_status": True,
        "type": "Kanban::Step",
        "url": f"{API}/{path}.json",
        "app_url": f"{APP}/{path}",
        "bookmark_url": f"{API}/{cast.account_id}/my/bookmarks/{sgid('Recording', id)}.json",
        "position": k + 1,
        "parent": {
            "id": owner.id,
            "title": title(owner.serial),
            "type": owner.kind.type,
            "url": f"{API}/{owner_path}.json",
            "app_url": f"{APP}/{owner_path}",
        },
        "bucket": owner.project.bucket,
        "creator": cast.person(n),
        "completed": False,
        "due_on": _day(n) if n % 2 else None,
        "assignees": cast.some_people(n),
        "completion_url": f"{API}/{path}/completions.json",
    }
    if is_completed(n):
        step |= completed(owner.settled_at, cast.person(n))
    return step


def _day(n: int) -> str:
    return timestamp(NEWEST_MS + (n % 90 - 45) * DAY_MS)[:10]
