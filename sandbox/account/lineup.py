"""The markers of the lineup, which are named days."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.account.clock import DAY_MS, NEWEST_MS, day, timestamp
from sandbox.account.ids import Ids
from sandbox.account.listings import AccountList
from sandbox.account.records import PlainRecord
from sandbox.account.size import AccountSize
from sandbox.account.texts import title

MARKER = "Lineup::Marker"


def build_markers(size: AccountSize, ids: Ids) -> Iterator[PlainRecord]:
    """All markers."""
    for n in range(size.lineup_markers):
        yield new_marker(ids, timestamp(NEWEST_MS - n * DAY_MS - 19), n)


def new_marker(ids: Ids, at: str, n: int = 0) -> PlainRecord:
    """The n-th marker, created at that time."""
    record = {
        "id": ids.next(),
        "name": title(n + 1),
        "date": day(n * 40 - 60),
        "created_at": at,
        "updated_at": at,
    }
    return PlainRecord(MARKER, record)


LISTS = (AccountList("lineup_markers", "/lineup/markers", lambda store: store.plain_records(MARKER), form="list"),)
