"""The outcome of each stream of a sync, and the interface of what shows it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock
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


class FilesOutcome:
    """The figures of the files' part of a sync, while it runs and afterwards. Any thread may add to them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.listed = 0
        """Files that the tables list."""
        self.kept = 0
        """Files among them that were there already, and not asked for."""
        self.wanted = 0
        """Files that were to be asked for."""
        self.fetched = 0
        self.same = 0
        """Files that were asked for because their record has changed, and are the same as before."""
        self.bytes = 0
        """Bytes of the files that were fetched."""
        self.bytes_wanted = 0
        """Bytes that were to come, by the records."""
        self.bytes_received = 0
        """Bytes that have come: of a file that was begun earlier, the rest."""
        self.failed: dict[str, list[str]] = {}
        """The names of files that were asked for and could not be had, by the reason."""
        self.refused = 0
        """Files that were not asked for, because they could not be had for good when they were."""
        self.stopped = ""
        """Why no more files were asked for; empty if all were."""
        self.failed_in_a_row = 0
        self._began: float | None = None
        self._seconds: float | None = None

    def begin(self) -> None:
        self._began = time.monotonic()

    def end(self) -> None:
        self._seconds = self.seconds

    def arrived(self, count: int) -> None:
        with self._lock:
            self.bytes_received += count

    def count(self, fetched: int = 0, same: int = 0, kept: int = 0, bytes: int = 0) -> None:
        with self._lock:
            self.kept += kept
            self.fetched += fetched
            self.same += same
            self.bytes += bytes

    def fail(self, reason: str, name: str) -> None:
        with self._lock:
            self.failed.setdefault(reason, []).append(name)

    def stop(self, reason: str) -> None:
        self.stopped = self.stopped or reason

    @property
    def begun(self) -> bool:
        return self._began is not None

    @property
    def running(self) -> bool:
        return self.begun and self._seconds is None

    @property
    def there_before(self) -> int:
        """Files that were there already, whether they were asked for or not."""
        return self.kept + self.same

    @property
    def not_fetched(self) -> int:
        """Files that were asked for and could not be had."""
        return sum(map(len, [*self.failed.values()]))

    @property
    def done(self) -> int:
        """Files of `wanted` that nothing more is done about."""
        return self.fetched + self.same + self.not_fetched

    @property
    def seconds(self) -> float:
        if self._seconds is not None:
            return self._seconds
        return time.monotonic() - self._began if self._began is not None else 0.0

    @property
    def bytes_per_second(self) -> float:
        return self.bytes_received / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """By the present rate of bytes, or of files where those are small; None before there is one."""
        rates = [(self.bytes_wanted - self.bytes_received, self.bytes_received), (self.wanted - self.done, self.done)]
        left = [self.seconds * missing / came for missing, came in rates if came]
        return max(0.0, *left) if left else None

    @property
    def requests(self) -> int:
        return STATS.requests_of("files")

    def as_json(self) -> dict[str, Any]:
        return {
            "listed": self.listed,
            "kept": self.kept,
            "fetched": self.fetched,
            "unchanged": self.same,
            "not_fetched": {reason: len(names) for reason, names in self.failed.items()},
            "not_asked_for": self.refused,
            "bytes": self.bytes,
            "bytes_received": self.bytes_received,
            "bytes_per_second": round(self.bytes_per_second),
            "requests": self.requests,
            "seconds": round(self.seconds, 1),
            "stopped": self.stopped or None,
        }


class SyncListener(Protocol):
    """Is called in the course of a sync, from any of its threads."""

    def began(self, outcome: StreamOutcome) -> None: ...
    def ended(self, outcome: StreamOutcome) -> None: ...
    def copies(self, files: FilesOutcome) -> None: ...
    def copied(self, files: FilesOutcome) -> None: ...
    def warn(self, text: str) -> None: ...


class Unheard:
    """A listener that passes nothing on."""

    def began(self, outcome: StreamOutcome) -> None: ...
    def ended(self, outcome: StreamOutcome) -> None: ...
    def copies(self, files: FilesOutcome) -> None: ...
    def copied(self, files: FilesOutcome) -> None: ...
    def warn(self, text: str) -> None: ...
