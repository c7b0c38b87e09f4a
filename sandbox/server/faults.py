"""Faults that a test scripts in advance, each for the requests that it names."""

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

    Without `status` the request gets its true answer, with the other effects. With `status` the answer is made up,
    and neither the token nor the rate limit is checked.
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
    """Keep that many bytes of the body, which Content-Length gives too: well-formed HTTP, broken JSON."""
    broken_gzip: bool = False
    """Answer in gzip that cannot be decompressed."""
    delay: float = 0.0
    """Seconds before the answer."""
    reset: bool = False
    """Reset the connection before any byte of the answer."""
    cut: int | None = None
    """Close the connection after that many bytes of the body, counted after compression."""
    drip: float = 0.0
    """Seconds between two bytes of the body."""

    before: Hook | None = None
    """Called just before the request is answered."""
    after: Hook | None = None
    """Called when the answer is ready, before any of it is sent."""

    def matches(self, method: str, target: str) -> bool:
        """Whether the fault is for this request, `skip` and `times` aside."""
        return self.method in (None, method) and re.search(self.path, target) is not None


class Faults:
    """The scripted faults. A request gets the first that matches and is due, which counts as one of its `times`.

    For a fault that matches but skips, the request counts as skipped; a later fault may then hit it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._scripted: list[_Scripted] = []

    def add(self, *faults: Fault) -> None:
        """Script more faults, after those that are there."""
        with self._lock:
            self._scripted += [_Scripted(fault) for fault in faults]

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._scripted.clear()

    @property
    def unused(self) -> list[Fault]:
        """Faults that have not hit all their `times`; one without an end only until its first hit."""
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
