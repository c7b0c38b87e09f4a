"""The timeline: what has happened in the account. Events are only ever added.

They outlive the recording that they are about, and its project.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nlargest
from operator import attrgetter

from sandbox.account.event_feed import happened
from sandbox.account.listings import AccountList
from sandbox.account.recordings import Recording
from sandbox.account.records import Record
from sandbox.account.store import AccountStore, newest_created
from sandbox.account.texts import API, APP, sgid


def generate_events(store: AccountStore, recordings: Iterable[Recording]) -> None:
    """Add an event for each of the recordings that were changed last, as many as the size of the account says."""
    latest = nlargest(store.size.timeline_events, recordings, key=attrgetter("updated_at", "id"))
    for record in sorted(store.render(latest), key=_happened_at):
        action = "completed" if "completion" in record else "created"
        add_event(store, event(record, action, _happened_at(record)[0]))


def add_event_of(store: AccountStore, record: Record, action: str, at: str) -> None:
    """Add an event about a record, to the event feed too."""
    add_event(store, event(record, action, at))
    if by := event(record, action, at)["creator"]:
        happened(store, record, action, at, by)


def add_event(store: AccountStore, fields: Record) -> Record:
    """Add an event as given, with an id of its own."""
    entry = {"id": store.ids.next(), **fields}
    store.events.append(entry)
    return dict(entry)


def event(record: Record, action: str, at: str) -> Record:
    """What the timeline says about a record, of which a test may have taken any key out."""
    type = record.get("type", "").replace("::", "_").lower()
    creator = (record.get("completion", record) if action == "completed" else record).get("creator")
    entry: Record = {
        "created_at": at,
        "kind": f"{type}_{action}",
        "parent_recording_id": record.get("parent", record).get("id"),
        "url": record.get("url"),
        "app_url": record.get("app_url"),
        "creator": creator,
        "action": action,
        "target": record.get("parent", {}).get("title"),
        "title": record.get("title"),
        "summary_excerpt": record.get("content") or record.get("description") or "",
        "avatars_sample": [creator["avatar_url"]] if creator and "avatar_url" in creator else [],
        "bucket": record.get("bucket"),
    }
    if "all_day" in record:
        entry["data"] = {key: record.get(key) for key in ("all_day", "starts_at", "ends_at")}
    files = record.get("content_attachments") or record.get("description_attachments")
    if files:
        entry["attachments"] = [{**file, "attachable_sgid": sgid("Attachment", file["id"])} for file in files]
    return entry


def joined(account_id: int, person: Record, at: str) -> Record:
    """That somebody joined the account: an event of no recording and in no project."""
    path = f"{account_id}/people/{person['id']}"
    return {
        "created_at": at,
        "kind": "person_created",
        "url": f"{API}/{path}.json",
        "app_url": f"{APP}/{path}",
        "creator": person,
        "action": "joined",
        "target": None,
        "title": person["name"],
        "summary_excerpt": "",
        "avatars_sample": [],
    }


def _happened_at(record: Record) -> tuple[str, int]:
    return record.get("completion", record)["created_at"], record["id"]


LISTS = (
    AccountList(
        "timeline_events",
        "/reports/progress",
        lambda store: sorted(store.events, key=newest_created, reverse=True),
    ),
)
