"""The requests that the sandbox was sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True)
class LoggedRequest:
    """One request and the status it got; 0 where the connection was reset instead."""

    time_monotonic: float
    """When it arrived."""
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """Names in lower case; Authorization as sent."""
    body: bytes
    host: str
    status: int

    @property
    def launchpad(self) -> bool:
        """Whether it went to Launchpad, not to the API."""
        return is_launchpad(self.path)


def is_of_storage(path: str) -> bool:
    """Whether a path is one of the storage, which is not Basecamp's API."""
    return path.startswith("/storage/")


def is_launchpad(path: str) -> bool:
    """Whether a path is one of Launchpad's; all others are the API's."""
    return path.startswith("/authorization")


class RequestLog:
    """Requests in the order they were answered. A request is in the log before its answer is sent."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: list[LoggedRequest] = []

    def add(self, request: LoggedRequest) -> None:
        """Append a request."""
        with self._lock:
            self._requests.append(request)

    def clear(self) -> None:
        """Remove all requests."""
        with self._lock:
            self._requests.clear()

    @property
    def requests(self) -> list[LoggedRequest]:
        """All requests."""
        with self._lock:
            return list(self._requests)

    @property
    def api(self) -> list[LoggedRequest]:
        """Requests to the API."""
        return [one for one in self.requests if not one.launchpad and not is_of_storage(one.path)]

    @property
    def launchpad(self) -> list[LoggedRequest]:
        """Requests to Launchpad."""
        return [request for request in self.requests if request.launchpad]

    @property
    def storage(self) -> list[LoggedRequest]:
        """Requests for the bytes of files."""
        return [request for request in self.requests if is_of_storage(request.path)]

    def find(
        self, path_regex: str = "", *, method: str | None = None, status: int | None = None, **query: str
    ) -> list[LoggedRequest]:
        """Requests whose path matches, with that method and status and those query parameters."""
        return [
            request
            for request in self.requests
            if re.search(path_regex, request.path)
            and method in (None, request.method)
            and status in (None, request.status)
            and query.items() <= request.query.items()
        ]

    def count(self, path_regex: str = "", *, method: str | None = None, status: int | None = None, **query: str) -> int:
        """How many `find` finds."""
        return len(self.find(path_regex, method=method, status=status, **query))
