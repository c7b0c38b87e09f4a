"""To-dos."""

from __future__ import annotations

from typing import Any

from sandbox.clock import DAY_MS, NEWEST_MS, timestamp
from sandbox.recordings import Cast, Record, Recording
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
        "due_on": _day(n + 2) if n % 3 == 0 else None,
        "assignees": cast.some_people(n),
        "completion_subscribers": cast.some_people(n + 1) if n % 4 == 0 else [],
        "completion_url": f"{api}/todos/{recording.id}/completion.json",
    }
    if is_completed(n):
        own |= completed(recording.settled_at, cast.person(n + 2))
    else:
        own["position"] = n // 5 + 1
    if n % 4 != 1:
        own["steps"] = [_step(k, recording, cast) for k in range(_STEPS[n % len(_STEPS)])]
    if n % 2 == 0:
        own |= _subtasks(recording, cast, own.get("steps", []))
    if n % 20 == 10:
        own["repetition_schedule"] = recurrence(n)
    return own


def completed(at: str, by: dict[str, Any]) -> Record:
    """The fields of a completed to-do."""
    return {"completed": True, "completion": {"created_at": at, "creator": by}}


def _subtasks(recording: Recording, cast: Cast, steps: list[Record]) -> Record:
    return {
        "subtasks_count": len(steps),
        "subtasks_completed_count": sum(step["completed"] for step in steps),
        "subtasks_url": f"{API}/{cast.account_id}/recordings/{recording.id}/subtasks.json",
    }


def _step(k: int, todo: Recording, cast: Cast) -> Record:
    n = todo.serial + k
    id = 3_000_000_000_000 + todo.id % 1_000_000_007 * 4 + k
    path = f"{cast.account_id}/buckets/{todo.project.id}/card_tables/steps/{id}"
    todo_path = f"{cast.account_id}/buckets/{todo.project.id}/todos/{todo.id}"
    step: Record = {
        "id": id,
        "status": todo.status,
        "visible_to_clients": False,
        "created_at": todo.created_at,
        "updated_at": todo.settled_at,
        "title": title(n + 5),
        "inherits_status": True,
        "type": "Kanban::Step",
        "url": f"{API}/{path}.json",
        "app_url": f"{APP}/{path}",
        "bookmark_url": f"{API}/{cast.account_id}/my/bookmarks/{sgid('Recording', id)}.json",
        "position": k + 1,
        "parent": {
            "id": todo.id,
            "title": title(todo.serial),
            "type": "Todo",
            "url": f"{API}/{todo_path}.json",
            "app_url": f"{APP}/{todo_path}",
        },
        "bucket": todo.project.bucket,
        "creator": cast.person(n),
        "completed": False,
        "due_on": _day(n) if n % 2 else None,
        "assignees": cast.some_people(n),
        "completion_url": f"{API}/{path}/completions.json",
    }
    if is_completed(n):
        step |= completed(todo.settled_at, cast.person(n))
    return step


def _day(n: int) -> str:
    return timestamp(NEWEST_MS + (n % 90 - 45) * DAY_MS)[:10]
