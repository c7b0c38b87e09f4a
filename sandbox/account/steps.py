"""Steps of to-dos and cards, and what all three have in common: when they are due, and whether they are completed."""

from __future__ import annotations

from sandbox.account.clock import day
from sandbox.account.recordings import BOOSTS, COMMENTS, SUBSCRIPTION, Context, Kind, Recording, first_shown
from sandbox.account.records import Record
from sandbox.account.texts import API, APP, sgid, title

_STEPS = (0, 0, 1, 0, 0, 0, 3, 0)


def is_completed(n: int) -> bool:
    """Whether the n-th to-do or step is completed: two of five are."""
    return n % 5 in (1, 3)


def due_on(n: int) -> str:
    """The day that the n-th to-do, card or step is due: within 45 days of the newest generated record."""
    return day(n % 90 - 45)


def completed(at: str, by: Record) -> Record:
    """The fields of what is completed."""
    return {"completed": True, "completion": {"created_at": at, "creator": by}}


def build_step(recording: Recording, context: Context) -> Record:
    """A step of a card, as the feed of steps lists it."""
    n = recording.serial
    base = f"{API}/{context.account_id}/buckets/{recording.project.id}/card_tables/steps/{recording.id}"
    own: Record = {
        "position": n % 4 + 1,
        "due_on": due_on(n) if n % 2 else None,
        "completed": False,
        "assignees": context.some_people(n),
        "completion_url": f"{base}/completions.json",
    }
    if is_completed(n):
        own |= completed(recording.settled_at, context.person(n))
    return own


def embedded_steps(recording: Recording, context: Context) -> list[Record]:
    """The steps shown inside a to-do or a card. They are made up for it: the feed of steps does not list them."""
    return [_step(k, recording, context) for k in range(_STEPS[recording.serial % len(_STEPS)])]


def subtasks(recording: Recording, context: Context, steps: list[Record]) -> Record:
    """How many of the embedded steps there are."""
    return {
        "subtasks_count": len(steps),
        "subtasks_completed_count": sum(step["completed"] for step in steps),
        "subtasks_url": f"{API}/{context.account_id}/recordings/{recording.id}/subtasks.json",
    }


def _step(k: int, owner: Recording, context: Context) -> Record:
    n = owner.serial + k
    id = 3_000_000_000_000 + owner.id % 1_000_000_007 * 4 + k
    path = f"{context.account_id}/buckets/{owner.project.id}/card_tables/steps/{id}"
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
        "bookmark_url": f"{API}/{context.account_id}/my/bookmarks/{sgid('Recording', id)}.json",
        "position": k + 1,
        "parent": first_shown(owner, context),
        "bucket": owner.project.bucket,
        "creator": context.person(n),
        "completed": False,
        "due_on": due_on(n) if n % 2 else None,
        "assignees": context.some_people(n),
        "completion_url": f"{API}/{path}/completions.json",
    }
    if is_completed(n):
        step |= completed(owner.settled_at, context.person(n))
    return step


STEP = Kind(
    "Kanban::Step",
    "steps",
    "card_tables/steps",
    ("Kanban::Card",),
    build_step,
    without=(*SUBSCRIPTION, *COMMENTS, *BOOSTS),
)
