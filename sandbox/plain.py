"""What is not a recording: templates, markers on the lineup, and the types that messages may have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.clock import DAY_MS, NEWEST_MS, timestamp
from sandbox.kinds import MESSAGE_TYPES
from sandbox.projects import TOOLS, Ids, Project
from sandbox.recordings import ABSENT, Record
from sandbox.size import STATUSES, AccountSize
from sandbox.texts import API, APP, title

TEMPLATE, MARKER, MESSAGE_TYPE = "Template", "Lineup::Marker", "Message::Type"
PLAIN_TYPES = (TEMPLATE, MARKER, MESSAGE_TYPE)


@dataclass
class Plain:
    """A record and what is not in it."""

    type: str
    record: Record
    project: Project | None = None

    @property
    def owner(self) -> int | None:
        """The id of its project, if it is in one."""
        return self.project.id if self.project else None

    def change(self, fields: Record) -> Record:
        """Takes over the fields; `ABSENT` takes a key out."""
        merged = {**self.record, **fields}
        self.record = {key: value for key, value in merged.items() if value is not ABSENT}
        return dict(self.record)


def build_plain(size: AccountSize, ids: Ids) -> Iterator[Plain]:
    """The account's templates and markers."""
    counts = zip(STATUSES, size.counts("templates"), strict=True)
    for n, status in enumerate(status for status, count in counts for _ in range(count)):
        yield Plain(TEMPLATE, _template(n, ids, size.account_id, status, timestamp(NEWEST_MS - (n + 3) * DAY_MS)))
    for n in range(size.lineup_markers):
        yield Plain(MARKER, _marker(n, ids, timestamp(NEWEST_MS - n * DAY_MS - 19)))


def build_message_types(count: int, project: Project, ids: Ids) -> Iterator[Plain]:
    """The types of a project's messages. Those of the first project are the ones that messages show."""
    for k in range(count):
        known = MESSAGE_TYPES[k % len(MESSAGE_TYPES)]
        own_id = known["id"] if project.number == 0 and k < len(MESSAGE_TYPES) else ids.next()
        yield Plain(MESSAGE_TYPE, {**known, "id": own_id}, project)


def new_plain(type: str, ids: Ids, account_id: int, now: str, project: Project | None) -> Plain:
    """What a test makes, before it has said more about it."""
    if type == TEMPLATE:
        return Plain(type, _template(0, ids, account_id, "active", now))
    if type == MARKER:
        return Plain(type, _marker(0, ids, now))
    times = {"created_at": now, "updated_at": now}
    return Plain(type, {**MESSAGE_TYPES[0], "id": ids.next(), **times}, project)


def _marker(n: int, ids: Ids, at: str) -> Record:
    day = timestamp(NEWEST_MS + (n * 40 - 60) * DAY_MS)[:10]
    return {"id": ids.next(), "name": title(n + 1), "date": day, "created_at": at, "updated_at": at}


def _template(n: int, ids: Ids, account_id: int, status: str, at: str) -> Record:
    id = ids.next()
    record: dict[str, Any] = {
        "id": id,
        "status": status,
        "created_at": at,
        "updated_at": at,
        "name": title(n),
        "description": "" if n % 2 else "How we always do it",
        "url": f"{API}/{account_id}/templates/{id}.json",
        "app_url": f"{APP}/{account_id}/templates/{id}",
    }
    if n % 3 != 2:
        record["dock"] = [_tool(k, id, ids, account_id) for k in range(3)]
    return record


def _tool(k: int, template_id: int, ids: Ids, account_id: int) -> Record:
    name, title, path, _ = TOOLS[k]
    id = ids.next()
    own = f"{account_id}/buckets/{template_id}/{path}/{id}"
    return {
        "id": id,
        "title": title,
        "name": name,
        "enabled": k != 2,
        "position": None if k == 2 else k + 1,
        "url": f"{API}/{own}.json",
        "app_url": f"{APP}/{own}",
    }
