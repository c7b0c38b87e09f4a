"""The account's event feed: what people did, oldest first. Events are only ever added, and point at a recording.

Only what is in the catalog of the feed is in it: nothing is trashed, archived or uncompleted there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from heapq import nlargest
from itertools import pairwise
from operator import attrgetter

from sandbox.account.cards import COLUMNS
from sandbox.account.recordings import Recording, parent_id
from sandbox.account.records import Record
from sandbox.account.store import AccountStore

_NOUNS = {
    "Todo": "todo",
    "Message": "message",
    "Comment": "comment",
    "Kanban::Card": "card",
    "Question": "question",
    "Question::Answer": "question.answer",
    "Chat::Lines::Text": "chat.line",
}
"""By type of recordings: what the catalog calls it."""
_created = attrgetter("created_at", "id")


def generate_feed(store: AccountStore) -> None:
    """Add the events of the recordings that were created last: of each type as many as the size of the account says."""
    columns = _columns(store)
    events = [
        event
        for type in _NOUNS
        for recording in nlargest(store.size.events, store.feeds.listing(type, "active", "updated_at"), key=_created)
        for event in _events(store, recording, columns[recording.project.id])
    ]
    for by, event in sorted(events, key=lambda told: (told[1]["created_at"], told[1]["recording_id"])):
        _add(store, by, event)


def happened(
    store: AccountStore,
    record: Record,
    action: str,
    at: str,
    by: Record,
    details: Record | None = None,
    parents: tuple[int, int] | None = None,
) -> None:
    """Add an event about a record, if the catalog has such events; `parents` are those before and after a move."""
    if record.get("type") in _NOUNS and record.get("bucket"):
        _add(store, by, _event(record, action, at, by, details), parents)


def served(store: AccountStore) -> list[Record]:
    """The events that the token's user can read, oldest first."""
    return [event for event in store.feed_events if event["bucket_id"] in store.projects and event["id"] > store.epoch]


def _events(store: AccountStore, recording: Recording, columns: list[int]) -> Iterator[tuple[Record, Record]]:
    """Each with the person who did it."""
    (record,) = store.render([recording])
    by = record["creator"]
    yield by, _event(record, "created", recording.created_at, by)
    if recording.kind.type == "Kanban::Card" and len(columns) > 1:
        others = [id for id in columns if id != parent_id(recording)]
        path = [*others[: 1 + recording.serial % 2], parent_id(recording)]
        for old, new in pairwise(path):
            details = {"column_id": new, "previous_column_id": old}
            yield by, _event(record, "moved", recording.settled_at, by, details)
    if recording.kind.type == "Todo" and record["due_on"]:
        yield by, _event(record, "rescheduled", recording.settled_at, by)
    if "completion" in record:
        done = record["completion"]
        yield done["creator"], _event(record, "completed", done["created_at"], done["creator"])


def _event(record: Record, action: str, at: str, by: Record, details: Record | None = None) -> Record:
    event = {
        "kind": f"{record['type'].replace('::', '_').lower()}_{action}",
        "action": action,
        "created_at": at,
        "event_type": f"{_NOUNS[record['type']]}.{action}",
        "bucket_id": record["bucket"]["id"],
        "creator_id": by["id"],
        "performed_by_id": None,
        "recording_id": record["id"],
    }
    return event | ({"details": details} if details else {})


def _add(store: AccountStore, by: Record, event: Record, parents: tuple[int, int] | None = None) -> None:
    entry = {"id": store.ids.next(), **event}
    store.feed_events.append(entry)
    if entry["action"] == "moved" and not parents:
        parents = entry["details"]["previous_column_id"], entry["details"]["column_id"]
    store.deeds[entry["recording_id"]].append((entry, by, parents))


def _columns(store: AccountStore) -> defaultdict[int, list[int]]:
    """By project: the ids of its columns."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for type in COLUMNS:
        for project in store.projects:
            found[project] += [column.id for column in store.feeds.inside(type, project)]
    return found
