"""What happened to one to-do or card, newest first: listed at the recording only, and kept as long as it is."""

from __future__ import annotations

from sandbox.account.listings import ChildList, is_forbidden, recordings_of
from sandbox.account.recordings import Recording
from sandbox.account.records import Project, Record
from sandbox.account.size import STATUSES
from sandbox.account.store import AccountStore
from sandbox.account.texts import API

_TYPES = ("Todo", "Kanban::Card")
_ACTIONS = {"moved": "column_changed"}
"""What an action is called here, where it is not what the event feed calls it."""
_BOOSTABLE = ("completed", "adopted", "column_changed")
_AGO = 17
"""One in so many has a history that takes a second page."""


def history(store: AccountStore, recording: Recording) -> list[Record]:
    """The events of a recording, newest first. What a test does to it comes on top of what it began with."""
    n, context = recording.serial, store.context
    times = 20 if n % _AGO == _AGO - 1 else n % 3
    people = [{"added_person_ids": [context.person(n + k)["id"]], "removed_person_ids": []} for k in range(times)]
    begun: list[tuple[str, str, Record, Record, int | None]] = [
        ("created", recording.created_at, context.person(n), {"notified_recipient_ids": []}, None)
    ]
    begun += [
        ("assignment_changed", recording.settled_at, context.person(n + k), details, None)
        for k, details in enumerate(people)
    ]
    deeds = [*begun, *store.deeds.get(recording.id, [])]
    return [_event(store, recording, k, *deed) for k, deed in enumerate(deeds)][::-1]


def _event(
    store: AccountStore, recording: Recording, k: int, action: str, at: str, by: Record, details: Record, id: int | None
) -> Record:
    action = _ACTIONS.get(action, action)
    own = id or 8_000_000_000_000 + recording.id % 1_000_000_007 * 64 + k
    event: Record = {
        "id": own,
        "recording_id": recording.id,
        "action": action,
        "details": details,
        "created_at": at,
        "creator": by,
    }
    if action in _BOOSTABLE:
        path = f"{store.context.account_id}/buckets/{recording.project.id}/recordings/{recording.id}/events/{own}"
        event |= {"boosts_count": 0, "boosts_url": f"{API}/{path}/boosts.json"}
    return event


def every_event(store: AccountStore) -> list[Record]:
    """The events of all to-dos and cards, with the key that a sync adds."""
    return [
        event | {"project_id": recording.project.id}
        for type in _TYPES
        for status in STATUSES
        for recording in store.feeds.everything(type, status)
        if not is_forbidden(store, recording.project, recording.id)
        for event in history(store, recording)
    ]


def _events(store: AccountStore, project: Project, id: int) -> list[Record]:
    recording = store.feeds.find(id)
    return history(store, recording) if recording else []


LISTS = (ChildList(None, "/recordings/{id:int}/events", recordings_of(*_TYPES), _events),)
