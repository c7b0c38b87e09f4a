"""Boosts: short reactions to a recording, listed at the recording only."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.account.listings import ChildList, is_forbidden, recordings_of
from sandbox.account.recordings import Context
from sandbox.account.records import Project, Record
from sandbox.account.store import AccountStore

_CONTENTS = ("Yay!", "👏", "Way to go! 🚀", "❤️")


def boosts_of(record: Record, context: Context) -> list[Record]:
    """As many as the record counts, newest first."""
    count = record.get("boosts_count", 0)
    return [
        {
            "id": 6_000_000_000_000 + record["id"] % 1_000_000_007 * 8 + k,
            "content": _CONTENTS[(record["id"] + k) % len(_CONTENTS)],
            "created_at": record["updated_at"],
            "booster": context.person(record["id"] % 97 + k),
        }
        for k in reversed(range(count))
    ]


def every_boost(store: AccountStore, records: Iterable[Record]) -> list[Record]:
    """The boosts of records, with the keys that a sync adds. What is in the trash is not asked for."""
    return [
        boost | {"recording_id": record["id"], "project_id": record["bucket"]["id"]}
        for record in records
        if record["status"] != "trashed"
        and not is_forbidden(store, store.projects[record["bucket"]["id"]], record["id"])
        for boost in boosts_of(record, store.context)
    ]


def _boosts(store: AccountStore, project: Project, id: int) -> list[Record]:
    recording = store.feeds.find(id)
    return boosts_of(store.render([recording])[0], store.context) if recording else []


LISTS = (ChildList(None, "/recordings/{id:int}/boosts", recordings_of(), _boosts),)
