"""Times as Classic writes them, to the second, by the sandbox's clock."""

from __future__ import annotations

from sandbox.account.clock import DAY_MS, timestamp

HISTORY_MS = 6 * 365 * DAY_MS
"""How far back a Classic account reaches."""


def moment(ms: int) -> str:
    """`2010-05-04T15:00:00Z`."""
    return f"{timestamp(ms)[:19]}Z"


def midnight(ms: int) -> str:
    """The day of a moment, as a time: `2010-05-04T00:00:00Z`, which is sent as a date or as a time."""
    return f"{timestamp(ms)[:10]}T00:00:00Z"


def loose(ms: int, n: int) -> str:
    """A moment, of which every third one is known to the day only."""
    return midnight(ms) if n % 3 == 1 else moment(ms)


def spread(start: int, end: int, n: int, count: int) -> int:
    """The n-th of so many moments between two; every seventh is that of the one before, for ties in an order."""
    n -= n % 7 == 5
    return start + (end - start) * (n + 1) // (count + 1)
