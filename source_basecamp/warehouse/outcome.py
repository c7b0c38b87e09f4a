"""The outcome of each stream of a sync, and the interface of what shows it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Protocol

from source_basecamp.stats import STATS
from source_basecamp.warehouse.compare import NO_CHANGES, Changes


@dataclass
class StreamOutcome:
    """The figures of one stream, while it is synced and afterwards."""

    stream: str
    read: int = 0
    """Records that the connector emitted."""
    changes: Changes = NO_CHANGES
    ended: str = "not begun"
    """`not begun`, `unfinished`, then `complete`, `failed` or `unavailable`."""
    error: str = ""
    _began: float = 0.0
    _seconds: float | None = None

    @property
    def requests(self) -> int:
        return STATS.requests_of(self.stream)

    @property
    def waited(self) -> float:
        """Seconds that its requests waited for the rate limit and for retries."""
        return sum(listing.waited for _, listing in STATS.of(self.stream))

    @property
    def seconds(self) -> float:
        """From its beginning to its end, or until now."""
        if self._seconds is not None:
            return self._seconds
        return time.monotonic() - self._began if self._began else 0.0

    @property
    def begun(self) -> bool:
        return self.ended != "not begun"

    def begin(self) -> None:
        self.ended, self._began = "unfinished", time.monotonic()

    def end(self, ended: str) -> None:
        self.ended, self._seconds = ended, self.seconds

    def add(self, other: StreamOutcome) -> None:
        """Adds what came of reading the stream once more."""
        self.read += other.read
        self.changes += other.changes
        if other.ended != "complete":
            self.ended, self.error = other.ended, other.error

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


class SyncListener(Protocol):
    """Is called in the course of a sync, from any of its threads."""

    def began(self, outcome: StreamOutcome) -> None: ...
    def ended(self, outcome: StreamOutcome) -> None: ...
    def warn(self, text: str) -> None: ...


class Unheard:
    """A listener that passes nothing on."""

    def began(self, outcome: StreamOutcome) -> None: ...
    def ended(self, outcome: StreamOutcome) -> None: ...
    def warn(self, text: str) -> None: ...
