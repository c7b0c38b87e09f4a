"""The account's own time. It does not look at the wall clock, so one seed always makes the same account.

For people to look at, `live_today` moves all of it, so that there are things that are overdue, and things to come.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1)

NEWEST_MS = (datetime(2026, 3, 1, 12) - _EPOCH) // timedelta(milliseconds=1)
"""When the newest generated record was last changed, in milliseconds since the epoch, before all is moved."""

DAY_MS = 86_400_000
HISTORY_MS = 730 * DAY_MS
"""How far back the generated records reach: about two years."""


class Moved:
    """How far all times are moved, in this process."""

    ms = 0


# Neighbouring milliseconds, seconds and minutes: all the distances that a cursor has to tell apart.
_STEPS_MS = (1, 250, 1_000, 3, 61_000, 2, 1_999)


def live_today() -> None:
    """Let the accounts of this process be of today: the newest record changed at the last noon, in UTC."""
    since = datetime.now(UTC).replace(tzinfo=None) - _EPOCH - timedelta(milliseconds=NEWEST_MS)
    Moved.ms = since.days * DAY_MS


def timestamp(ms: int) -> str:
    """Milliseconds since the epoch as Basecamp writes them: `2026-03-01T12:00:00.000Z`."""
    return f"{(_EPOCH + timedelta(milliseconds=ms + Moved.ms)).isoformat(timespec='milliseconds')}Z"


def day(offset: int) -> str:
    """The day that many days after that of the newest generated record: `2026-03-01`."""
    return timestamp(NEWEST_MS + offset * DAY_MS)[:10]


class AccountClock:
    """Strictly increasing timestamps that start just after the newest generated record."""

    def __init__(self) -> None:
        self._ms = NEWEST_MS
        self._ticks = 0

    @property
    def today(self) -> str:
        """The day of the latest timestamp."""
        return timestamp(self._ms)[:10]

    @property
    def seconds(self) -> float:
        """The latest timestamp in seconds since the epoch."""
        return (self._ms + Moved.ms) / 1_000

    def tick(self) -> str:
        """The next timestamp."""
        self._ms += _STEPS_MS[self._ticks % len(_STEPS_MS)]
        self._ticks += 1
        return timestamp(self._ms)
