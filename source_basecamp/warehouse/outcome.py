"""What became of each stream in a sync."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from source_basecamp.stats import STATS
from source_basecamp.warehouse.compare import NO_CHANGES, Changes


@dataclass
class Outcome:
    """One stream's part of a sync."""

    stream: str
    read: int = 0
    """Records that the connector emitted."""
    changes: Changes = NO_CHANGES
    ended: str = "not begun"
    """`complete`, `failed`, or as yet `not begun` or `unfinished`."""
    error: str = ""
    _began: float = 0.0
    _seconds: float | None = None

    @property
    def requests(self) -> int:
        return STATS.requests_of(self.stream)

    @property
    def waited(self) -> float:
        """Seconds that its requests waited for the rate limit and for retries."""
        return sum(account.waited for _, account in STATS.of(self.stream))

    @property
    def seconds(self) -> float:
        if self._seconds is not None:
            return self._seconds
        return time.monotonic() - self._began if self._began else 0.0

    @property
    def begun(self) -> bool:
        return self.ended != "not begun"

    def begin(self) -> None:
        self.ended, self._began = "unfinished", time.monotonic()

    def end(self, how: str) -> None:
        self.ended, self._seconds = how, self.seconds

    def as_json(self) -> dict[str, Any]:
        return {
            "stream": self.stream,
            "ended": self.ended,
            "read": self.read,
            "new": self.changes.new,
            "changed": self.changes.changed,
            "trashed": self.changes.trashed,
            "removed": self.changes.removed,
            "requests": self.requests,
            "waited_seconds": round(self.waited, 1),
            "seconds": round(self.seconds, 1),
            "error": self.error or None,
        }
