"""Fetches one file: asks Basecamp for it, and takes its bytes, from where an earlier attempt stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import requests
from airbyte_cdk.sources.streams.call_rate import AbstractAPIBudget, LimiterSession

from source_basecamp.connection import Connection, UnsavedError
from source_basecamp.downloads import (
    ABSENT,
    REFUSED,
    SIGN_IN,
    UNSAFE,
    AddressAdapter,
    NotServedError,
    chunks,
    location_of,
    not_served,
    taken,
)
from source_basecamp.endpoints import download_address
from source_basecamp.error_handler import TOKEN_REFUSED
from source_basecamp.exchange import exchange_of
from source_basecamp.problems import config_error
from source_basecamp.requester import NOT_BASECAMP
from source_basecamp.stats import STATS
from source_basecamp.transport import UnreadableAnswer
from source_basecamp.warehouse.files.draft import FULL, Draft, OddFileError
from source_basecamp.warehouse.files.folder import Folder
from source_basecamp.warehouse.files.wanted import Wanted

FILES = "files"
"""The name under which requests are counted."""
FORBIDDEN = "Basecamp does not let this login read it (status 403)."
GONE = "Basecamp does not have it (status 404)."
UNAVAILABLE = "Basecamp answered with status {status}."
UNWRITABLE = "It cannot be written: {reason}."
NO_ROOM = "The disk of {path} is full. Make room, and run this again: it goes on from here."
FOR_GOOD = frozenset({SIGN_IN, FORBIDDEN, GONE, NOT_BASECAMP})
"""The reasons for which a file is not asked for again until its record changes."""

WAITS: tuple[float, ...] = (1.0, 4.0, 16.0)
"""Seconds before each further attempt."""
_MUCH = 1 << 20
"""Bytes. An attempt that brings so many is no failure, however it ends."""
_PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
_SERVED = (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)


class NoRoomError(Exception):
    """The disk is full."""


@dataclass(frozen=True)
class Fetched:
    """What came of a file: its bytes, unless they are the same as before."""

    asked_at: datetime
    path: str | None = None
    size: int = 0
    sha256: str = ""
    etag: str | None = None


class Token:
    """The headers of requests, for several threads. An access token that Basecamp refuses is replaced once."""

    def __init__(self, connection: Connection) -> None:
        self._connection, self._lock = connection, threading.Lock()
        self._headers = self._of(renew=False)

    def headers(self, refused: Mapping[str, str] | None = None) -> Mapping[str, str]:
        """Others than `refused`, if those are the present ones."""
        with self._lock:
            if refused is self._headers:
                self._headers = self._of(renew=True)
            return self._headers

    def refusal(self) -> Exception:
        return config_error(TOKEN_REFUSED.format(**self._connection.config))

    def _of(self, renew: bool) -> Mapping[str, str]:
        # A token that cannot be saved is of use all the same; the sync has warned of it.
        with suppress(UnsavedError):
            return {**self._connection.headers(renew), "Accept": "*/*"}
        return {**self._connection.headers(), "Accept": "*/*"}


class Fetcher:
    """Fetches files into a folder, in any thread. `arrived` is called with numbers of bytes, as they come."""

    def __init__(
        self, folder: Folder, token: Token, budget: AbstractAPIBudget | None, arrived: Callable[[int], None]
    ) -> None:
        self._folder, self._token, self._arrived = folder, token, arrived
        self.answered_at: datetime | None = None
        """When Basecamp answered last, by its clock."""
        self._session = LimiterSession(budget) if budget else requests.Session()
        # Without it, requests would take another login from ~/.netrc.
        self._session.auth = lambda request: request
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, AddressAdapter(stream=FILES))

    def fetch(self, file: Wanted, path: tuple[str, ...], etag: str | None) -> Fetched:
        """Fetches a file to its path, unless it still is the version with this `etag`.

        Raises a NotServedError for one that cannot be had, UnreadableAnswer or an OddFileError for one that cannot be
        had now, an OSError for one that cannot be written, a NoRoomError, and an AirbyteTracedException where no file
        can be had.
        """
        address = download_address(file.address)
        if address is None:
            raise not_served(NOT_BASECAMP)
        try:
            with self._folder.subfolder(path[:-1]) as subfolder:
                return self._attempts(file, address, Draft(subfolder, path, file.byte_size), etag)
        except OSError as error:
            if error.errno in FULL:
                raise NoRoomError(NO_ROOM.format(path=self._folder.path)) from error
            raise

    def _attempts(self, file: Wanted, address: str, draft: Draft, etag: str | None) -> Fetched:
        waits = list(WAITS)
        while True:
            before = draft.received
            try:
                return self._attempt(address, draft, etag)
            except UnreadableAnswer:
                if draft.received - before >= _MUCH:
                    waits = list(WAITS)
                if not waits:
                    raise
                time.sleep(waits.pop(0))

    def _attempt(self, address: str, draft: Draft, etag: str | None) -> Fetched:
        answer = self._ask(address)
        asked_at, location = _date(answer), location_of(answer)
        headers = {"Range": f"bytes={draft.start}-"} if draft.start else {"If-None-Match": etag} if etag else {}
        with taken(location, headers) as bytes:
            # A storage may know no conditions.
            is_whole = bytes.status_code == HTTPStatus.OK
            if bytes.status_code == HTTPStatus.NOT_MODIFIED or (is_whole and etag and _etag(bytes) == etag):
                return Fetched(asked_at)
            if bytes.status_code in ABSENT:
                raise OddFileError(REFUSED.format(status=bytes.status_code))
            if bytes.status_code not in _SERVED:
                raise UnreadableAnswer(REFUSED.format(status=bytes.status_code))
            if draft.continues(bytes):
                return self._write(draft, bytes, asked_at)
        # The part is of another version.
        draft.forget()
        with taken(location) as bytes:
            if not draft.continues(bytes):
                raise UnreadableAnswer(REFUSED.format(status=bytes.status_code))
            return self._write(draft, bytes, asked_at)

    def _ask(self, address: str) -> requests.Response:
        """Basecamp's answer that names the storage."""
        headers = self._token.headers()
        answer = self._get(address, headers)
        if answer.status_code == HTTPStatus.UNAUTHORIZED:
            answer = self._get(address, self._token.headers(refused=headers))
            if answer.status_code == HTTPStatus.UNAUTHORIZED:
                raise self._token.refusal()
        if answer.is_redirect:
            return answer
        if answer.status_code == HTTPStatus.FORBIDDEN:
            raise not_served(FORBIDDEN)
        if answer.status_code in ABSENT:
            raise not_served(GONE)
        passing = answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status_code in _PASSING
        raise (UnreadableAnswer if passing else OddFileError)(UNAVAILABLE.format(status=answer.status_code))

    def _get(self, address: str, headers: Mapping[str, str]) -> requests.Response:
        due = time.monotonic()
        try:
            answer = self._session.get(address, headers=dict(headers), allow_redirects=False)
        except ValueError as error:
            # requests looks where a redirect leads to, even if it is not to be followed.
            raise not_served(UNSAFE) from error
        STATS.wait(due, exchange_of(answer).sent_at or due)
        self.answered_at = _date(answer)
        return answer

    def _write(self, draft: Draft, answer: requests.Response, asked_at: datetime) -> Fetched:
        draft.write(chunks(answer), self._arrived)
        return Fetched(asked_at, *draft.finish(asked_at), _etag(answer))


def reason_of(error: Exception) -> str:
    """Why a file could not be had, for its row."""
    if isinstance(error, NotServedError):
        return str(error.message)
    if isinstance(error, OSError) and error.errno is not None:
        return UNWRITABLE.format(reason=error.strerror)
    return str(error)


def _etag(answer: requests.Response) -> str | None:
    etag: str | None = answer.headers.get("ETag")
    return etag


def _date(answer: requests.Response) -> datetime:
    """When Basecamp answered, by its clock."""
    headers: Mapping[str, Any] = answer.headers
    try:
        return parsedate_to_datetime(headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return datetime.now(UTC)
