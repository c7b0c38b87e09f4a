"""What happened to one to-do or card, newest first: listed at the recording only, and kept as long as it is."""

from __future__ import annotations

from operator import itemgetter

from sandbox.account.listings import ChildList, is_forbidden, recordings_of
from sandbox.account.recordings import Recording
from sandbox.account.records import Project, Record
from sandbox.account.size import STATUSES
from sandbox.account.store import AccountStore
from sandbox.account.texts import API

_TYPES = ("Todo", "Kanban::Card")
_ACTIONS = {"moved": "adopted"}
"""What an action is called here, where it is not what the event feed calls it: a column is a card's parent."""
_BOOSTABLE = ("completed", "adopted")
_AGO = 17
"""One in so many has a history that takes a second page."""


def history(store: AccountStore, recording: Recording) -> list[Record]:
    """The events of a recording, newest first: those of the event feed, under the same ids, and others."""
    n, context = recording.serial, store.context
    times = 20 if n % _AGO == _AGO - 1 else n % 3
    people = [{"added_person_ids": [context.person(n + k)["id"]], "removed_person_ids": []} for k in range(times)]
    first = 8_000_000_000_000 + recording.id % 1_000_000_007 * 64
    told = [_of_feed(*deed) for deed in store.deeds.get(recording.id, [])]
    if not any(event["action"] == "created" for event in told):
        told.append(_event(first, "created", recording.created_at, context.person(n), {"notified_recipient_ids": []}))
    told += [
        _event(first + 1 + k, "assignment_changed", recording.settled_at, context.person(n + k), details)
        for k, details in enumerate(people)
    ]
    told.sort(key=itemgetter("created_at", "id"), reverse=True)
    return [_shown(store, recording, event) for event in told]


def _of_feed(event: Record, by: Record, parents: tuple[int, int] | None) -> Record:
    details: Record = {"notified_recipient_ids": []}
    if parents:
        details |= {"parent_id_was": parents[0], "new_parent_id": parents[1]}
    action = str(event["action"])
    return _event(event["id"], _ACTIONS.get(action, action), event["created_at"], by, details)


def _event(id: int, action: str, at: str, by: Record, details: Record) -> Record:
    return {"id": id, "action": action, "details": details, "created_at": at, "creator": by}


def _shown(store: AccountStore, recording: Recording, event: Record) -> Record:
    shown = {"id": event["id"], "recording_id": recording.id, **event}
    if event["action"] in _BOOSTABLE:
        path = f"{store.context.account_id}/buckets/{recording.project.id}/recordings/{recording.id}"
        shown |= {"boosts_count": 0, "boosts_url": f"{API}/{path}/events/{event['id']}/boosts.json"}
    return shown


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
