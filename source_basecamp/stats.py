"""Counters of requests, pages and records, by which the log of a sync can be audited."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from airbyte_cdk.sources.types import StreamSlice

from source_basecamp.buckets import RANGE


@dataclass
class ListingStats:
    """Counters of one listing: a stream in one status, or a whole stream where Basecamp lists it without one."""

    counted: int | None = None
    """Records that Basecamp counts (`X-Total-Count`), where it does and the listing was read to its end."""
    since: str | None = None
    """The least lower bound of its slices, such as a day, where they have one."""
    read: int = 0
    """Records in the listing up to where reading stopped."""
    emitted: int = 0
    pages: int = 0
    rereads: int = 0
    """Pages among them that were read again because records had moved."""
    waited: float = 0.0
    """Seconds from a request being due until it was sent: for the rate limit, for Retry-After, for a retry."""
    skipped: list[str] = field(default_factory=list)
    """Addresses of projects or tools that were left out."""
    totals: dict[int, int | None] = field(default_factory=dict)
    """Records that Basecamp counts in each range of projects, as its first page says; None where it does not count."""

    @property
    def total(self) -> int | None:
        """The sum of `totals`, if each of them is there."""
        known = [total for total in self.totals.values() if total is not None]
        return sum(known) if known and len(known) == len(self.totals) else None

    @property
    def adds_up(self) -> bool:
        return self.counted is None or self.counted == self.read

    def __str__(self) -> str:
        total = self.total if self.counted is None else self.counted
        counted = "" if total is None else f"Basecamp counts {total:,} records, "
        return (
            f"{counted}{self.read:,} read on {self.pages:,} pages ({self.rereads:,} of them again), "
            f"{self.emitted:,} emitted, {self.waited:.1f} s waited for the rate limit and retries, "
            f"{len(self.skipped):,} skipped"
        )


class Stats:
    """All counters of this process, written to from every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        self._listings: dict[tuple[str, str], ListingStats] = defaultdict(ListingStats)
        self._requests: Counter[str] = Counter()
        self.refused = 0
        self.halves = 0
        """Halves of characters that were replaced in answers."""
        self.held_up = 0.0
        """Seconds in which at least one request was waiting; `waited` counts those of each."""
        self._held_up_until = 0.0

    def wait(self, due: float, sent: float) -> None:
        """Counts the time between a request being due and being sent, both by `time.monotonic()`."""
        with self._lock:
            self.held_up += max(0.0, sent - max(due, self._held_up_until))
            self._held_up_until = max(self._held_up_until, sent)

    def answer(self, refused: bool, stream: str = "") -> None:
        """Counts an answer that came over the wire, for a stream or, without one, for a login."""
        with self._lock:
            self._requests[stream] += 1
            self.refused += refused

    def halve(self, halves: int) -> None:
        """Counts halves of characters that were replaced in an answer."""
        with self._lock:
            self.halves += halves

    @property
    def requests(self) -> int:
        with self._lock:
            return self._requests.total()

    def requests_of(self, stream: str) -> int:
        """The requests of a stream itself, without those for its parents."""
        with self._lock:
            return self._requests[stream]

    def begin(self, stream: str, status: str, total: int | None, part: StreamSlice) -> None:
        """Counts a list that begins to be read: the listing, or a part of it."""
        window = part.cursor_slice
        with self._lock:
            listing = self._listings[stream, status]
            listing.totals[part.partition.get(RANGE, 0)] = total
            if window:
                listing.since = min(listing.since or window["start_time"], window["start_time"])

    def page(self, stream: str, status: str, emitted: int, waited: float, again: bool) -> None:
        with self._lock:
            listing = self._listings[stream, status]
            listing.pages += 1
            listing.emitted += emitted
            listing.waited += waited
            listing.rereads += again

    def end(self, stream: str, status: str, read: int, counted: int | None) -> None:
        """Counts a listing that was read to its end; `counted` is None where reading stopped earlier."""
        with self._lock:
            listing = self._listings[stream, status]
            listing.read += read
            listing.counted = None if counted is None else (listing.counted or 0) + counted

    def skip(self, stream: str, address: str) -> None:
        with self._lock:
            self._listings[stream, ""].skipped.append(address)

    def of(self, stream: str) -> list[tuple[str, ListingStats]]:
        """The listings of a stream: (status, counters)."""
        with self._lock:
            return [(status, listing) for (name, status), listing in self._listings.items() if name == stream]

    def total(self, figure: str) -> float:
        """The sum of a figure over all streams: `total("emitted")`."""
        with self._lock:
            return float(sum(getattr(listing, figure) for listing in self._listings.values()))

    @property
    def skipped(self) -> int:
        with self._lock:
            return sum(len(listing.skipped) for listing in self._listings.values())


STATS = Stats()
"""The one instance of the process: components are built by the CDK, one by one, and share nothing else."""
