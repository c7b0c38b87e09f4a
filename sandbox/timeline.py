"""What has happened in the account: entries are only ever added."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nlargest
from operator import attrgetter

from sandbox.people import Person
from sandbox.projects import Ids
from sandbox.recordings import Cast, Record, Recording, render
from sandbox.texts import API, APP, sgid


class Timeline:
    """Events, oldest first. They outlive what they tell of, and the project it was in."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._events: list[Record] = []

    def generate(self, recordings: Iterable[Recording], cast: Cast, count: int) -> None:
        """The newest `count` things that have happened to the given recordings."""
        told = [
            render(recording, cast) for recording in nlargest(count, recordings, key=attrgetter("updated_at", "id"))
        ]
        for record in sorted(told, key=_happened_at):
            self.tell(record, "completed" if "completion" in record else "created", _happened_at(record)[0])

    def tell(self, record: Record, action: str, at: str) -> Record:
        """One more about a record."""
        return self.add(event(record, action, at))

    def add(self, fields: Record) -> Record:
        """One more, as given."""
        told = {"id": self._ids.next(), **fields}
        self._events.append(told)
        return dict(told)

    @property
    def newest_first(self) -> list[Record]:
        """All of it."""
        return sorted(self._events, key=lambda told: (told["created_at"], told["id"]), reverse=True)


def event(record: Record, action: str, at: str) -> Record:
    """What the timeline says of a record, which may lack anything that a test has taken out of it."""
    type = record.get("type", "").replace("::", "_").lower()
    creator = (record.get("completion", record) if action == "completed" else record).get("creator")
    told: Record = {
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
        told["data"] = {key: record.get(key) for key in ("all_day", "starts_at", "ends_at")}
    files = record.get("content_attachments") or record.get("description_attachments")
    if files:
        told["attachments"] = [{**file, "attachable_sgid": sgid("Attachment", file["id"])} for file in files]
    return told


def arrival(account_id: int, person: Person, at: str) -> Record:
    """Of no recording, and in no project."""
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
