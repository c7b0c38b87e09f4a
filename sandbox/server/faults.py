"""Faults that a test scripts in advance, each for the request it names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock

from sandbox.account import Account

Hook = Callable[[Account], object]


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and with which request. Effects may be combined.

    Without `status` the true answer is worked out and then spoiled; with `status` the answer is made up and
    neither the token nor the rate limit is looked at.
    """

    path: str = ""
    """A regular expression searched for in `path?query` as sent; empty matches every request."""
    method: str | None = None
    skip: int = 0
    """How many matching requests pass before the first hit."""
    times: int | None = 1
    """How many matching requests are hit; `None` for all from then on."""

    status: int | None = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    """Set on the answer; `None` removes the header."""
    body: bytes | str | None = None
    """In place of the true body."""
    truncate: int | None = None
    """Keep that many bytes of the body and say so in Content-Length: well-formed HTTP, broken JSON."""
    broken_gzip: bool = False
    """Claim gzip, and spoil the compressed bytes."""
    delay: float = 0.0
    """Seconds before the answer."""
    reset: bool = False
    """Reset the connection before any byte."""
    cut: int | None = None
    """Close the connection after that many bytes of the body as it goes over the wire."""
    drip: float = 0.0
    """Seconds between two bytes of the body."""

    before: Hook | None = None
    """Called just before the request is answered."""
    after: Hook | None = None
    """Called once the answer is fixed, before any of it is sent."""

    def matches(self, method: str, target: str) -> bool:
        """Whether a request is one of those meant."""
        return self.method in (None, method) and re.search(self.path, target) is not None


class Faults:
    """The script: for each request the first fault that matches and is due is used up once.

    A matching fault that still skips counts the request and lets later faults have it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._scripted: list[_Scripted] = []

    def add(self, *faults: Fault) -> None:
        """Append to the script."""
        with self._lock:
            self._scripted += [_Scripted(fault) for fault in faults]

    def clear(self) -> None:
        """Drop the script."""
        with self._lock:
            self._scripted.clear()

    @property
    def unused(self) -> list[Fault]:
        """Faults with hits left to deal; a permanent one only as long as it has not hit at all."""
        with self._lock:
            return [s.fault for s in self._scripted if s.hits < (s.fault.times or 1)]

    def take(self, method: str, target: str) -> Fault | None:
        """The fault for this request, if any."""
        with self._lock:
            return next((s.fault for s in self._scripted if s.hit(method, target)), None)


@dataclass
class _Scripted:
    fault: Fault
    skipped: int = 0
    hits: int = 0

    def hit(self, method: str, target: str) -> bool:
        spent = self.fault.times is not None and self.hits >= self.fault.times
        if spent or not self.fault.matches(method, target):
            return False
        if self.skipped < self.fault.skip:
            self.skipped += 1
            return False
        self.hits += 1
        return True
