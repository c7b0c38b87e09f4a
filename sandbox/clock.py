"""The account's own time. It never looks at the wall clock, so one seed always tells one story."""

from __future__ import annotations

from datetime import UTC, datetime

NEWEST_MS = int(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()) * 1000
"""When the newest generated record was last touched."""

DAY_MS = 86_400_000
HISTORY_MS = 730 * DAY_MS
"""How far back the generated records reach: about two years."""

# Neighbouring milliseconds, seconds and minutes: all the distances a cursor has to tell apart.
_STEPS_MS = (1, 250, 1_000, 3, 61_000, 2, 1_999)


def timestamp(ms: int) -> str:
    """Milliseconds since the epoch as Basecamp writes them: `2026-03-01T12:00:00.000Z`."""
    seconds, rest = divmod(ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


class AccountClock:
    """Strictly increasing timestamps that start just after the newest generated record."""

    def __init__(self) -> None:
        self._ms = NEWEST_MS
        self._ticks = 0

    @property
    def today(self) -> str:
        """The day of the latest instant."""
        return timestamp(self._ms)[:10]

    def tick(self) -> str:
        """The next instant."""
        self._ms += _STEPS_MS[self._ticks % len(_STEPS_MS)]
        self._ticks += 1
        return timestamp(self._ms)
