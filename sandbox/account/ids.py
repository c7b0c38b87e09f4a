"""The ids that the account gives out."""

from __future__ import annotations

from itertools import count, cycle

_PAST_2_53 = 9_007_199_254_740_993
"""The first integer that a double cannot hold."""


class Ids:
    """Ids that only grow, with irregular gaps, as in a sequence that many accounts share."""

    def __init__(self, seed: int) -> None:
        self._last = 1_069_478_000 + seed % 1000 * 1_000_000
        self._gaps = cycle((1, 2, 1, 7, 3, 1, 26))
        self._large = count(_PAST_2_53, 2)

    def next(self) -> int:
        """The next id."""
        self._last += next(self._gaps)
        return self._last

    def next_of_recording(self, serial: int) -> int:
        """The id of the serial-th recording of its type; one in eleven is past 2**53, too large for a double."""
        return next(self._large) if serial % 11 == 3 else self.next()
