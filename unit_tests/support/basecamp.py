"""Basecamp and Launchpad in memory: answers by requests-mock, a clock that stands still, and streams read from both."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import backoff._sync
import requests
from airbyte_cdk.models import ConfiguredAirbyteCatalogSerializer
from airbyte_cdk.sources.streams.http import rate_limiting
from airbyte_cdk.sources.streams.http.http_client import ENV_REQUEST_CACHE_PATH
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput, read
from airbyte_cdk.test.state_builder import StateBuilder
from requests.adapters import HTTPAdapter
from requests_mock import Adapter

from integration_tests.support.connector import configured_catalog
from integration_tests.support.patches import changed_manifest, without_budget
from source_basecamp import SourceBasecamp, requester, transport
from source_basecamp.connection import tokens_kept_by
from source_basecamp.transport import BasecampAdapter, Gate

API = "https://3.basecampapi.com/1"
TOKEN = "https://launchpad.37signals.com/authorization/token"
PROJECT = 7_000
"""The project that everybody sees who is told of no other."""
CONFIG = {
    "account_id": 1,
    "client_id": "client",
    "client_secret": "secret",
    "client_refresh_token_2": "refresh",
    "lookback_minutes": 0,
    "num_workers": 1,
}

Answer = dict[str, Any]
"""Of requests-mock: `json` or `text`, `status_code`, `headers`."""


@dataclass
class Clock:
    """Goes on by being slept with, and in no other way."""

    now: float = 1_000.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def time(self) -> float:
        return self.now

    monotonic = time


@dataclass(frozen=True)
class Asked:
    """A request, and when it came."""

    url: str
    token: str
    body: str
    at: float

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query))


@dataclass
class Basecamp:
    """What is answered to whom, and what was asked. Launchpad gives out `first`, `second`, ... as access tokens."""

    clock: Clock = field(default_factory=Clock)
    asked: list[Asked] = field(default_factory=list)
    kept: list[dict[str, Any]] = field(default_factory=list)
    """The configurations that the connector gave out to be kept, because a token in them had changed."""
    _adapter: Adapter = field(default_factory=lambda: Adapter(case_sensitive=True))

    def __post_init__(self) -> None:
        names = ("first", "second", "third")
        self._adapter.register_uri("POST", TOKEN, [answer({"access_token": name, "expires_in": 1e6}) for name in names])
        self.projects(project(PROJECT))

    def launchpad(self, *answers: Answer) -> None:
        """Its answers to refreshes from now on, the last again and again."""
        self._adapter.register_uri("POST", TOKEN, list(answers))

    def on(self, path: str, *answers: Answer) -> None:
        """The answers to one address, the last again and again. What is told later goes before what was told sooner."""
        self._adapter.register_uri("GET", f"{API}/{path}", list(answers))

    def list(self, path: str, *pages: Sequence[Mapping[str, Any]]) -> None:
        """A list on these pages, whose addresses are `path` and that with another `page`."""
        total = str(sum(map(len, pages)))
        for number, page in enumerate(pages, 1):
            following = f'<{API}/{_page(path, number + 1)}>; rel="next"' if number < len(pages) else None
            self.on(_page(path, number), answer(page, **{"X-Total-Count": total}, Link=following))

    def projects(self, *projects: Mapping[str, Any]) -> None:
        """The visible projects."""
        for status, address in (("active", ""), ("archived", "?status=archived"), ("trashed", "?status=trashed")):
            self.list(f"projects.json{address}", [one for one in projects if one["status"] == status])

    def feed(self, kind: str, *pages: Sequence[Mapping[str, Any]]) -> None:
        """A feed with these active records, and no others."""
        for status in ("archived", "trashed"):
            self.list(f"projects/recordings.json?type={kind}&status={status}", [])
        self.list(f"projects/recordings.json?type={kind}&status=active", *pages)

    def of_api(self, path: str = "", **query: str) -> list[Asked]:
        """The requests to Basecamp itself, those to a path and with this in their query."""
        ours = (asked for asked in self.asked if asked.url.startswith(f"{API}/{path}"))
        return [asked for asked in ours if asked.query.items() >= query.items()]

    def read(
        self, *streams: str, cursor: str | None = None, saved: EntrypointOutput | None = None, **config: Any
    ) -> EntrypointOutput:
        """One sync, from a state whose cursor of every stream is `cursor`, or from what an earlier one `saved`."""
        whole = {**CONFIG, **config}
        catalog = ConfiguredAirbyteCatalogSerializer.load(configured_catalog(streams))
        state = StateBuilder()
        for stream in streams if cursor else ():
            state = state.with_stream_state(stream, {"updated_at": cursor})
        for stream in streams if saved else ():
            state = state.with_stream_state(stream, state_of(saved, stream))
        with self.serving():
            return read(
                SourceBasecamp(catalog, whole, state.build()), whole, catalog, state.build(), expecting_exception=True
            )

    @contextmanager
    def serving(self) -> Iterator[None]:
        """In this context, connectors ask here, and all their waits are the clock's."""
        with ExitStack() as stack:
            stack.enter_context(changed_manifest(without_budget))
            for module in (rate_limiting, backoff._sync, transport, requester):
                stack.enter_context(patch.object(module, "time", self.clock))
            stack.enter_context(patch.object(BasecampAdapter, "gate", Gate()))
            stack.enter_context(patch.object(HTTPAdapter, "send", self._send))
            # What an earlier test was answered must not answer this one.
            cache = stack.enter_context(TemporaryDirectory())
            stack.enter_context(patch.dict(os.environ, {ENV_REQUEST_CACHE_PATH: cache}))
            stack.enter_context(tokens_kept_by(lambda config: self.kept.append(dict(config))))
            yield

    def _send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.asked.append(Asked(str(request.url), token, str(request.body), self.clock.now))
        return self._adapter.send(request, **options)


def answer(body: Any = None, status: int = 200, **headers: str | None) -> Answer:
    """An answer with a JSON body, or, if it is a text, with that."""
    sent = {name: value for name, value in headers.items() if value is not None}
    text = body if isinstance(body, str) else json.dumps(body)
    return {"text": text, "status_code": status, "headers": {"Content-Type": "application/json"} | sent}


def record(id: int, minute: int = 0, **fields: Any) -> dict[str, Any]:
    """A recording that was changed in that minute of a day."""
    changed = f"2026-03-01T{minute // 60:02}:{minute % 60:02}:00.000Z"
    return {"id": id, "status": "active", "updated_at": changed, "created_at": changed, **fields}


def project(id: int, status: str = "active", day: int = 1, **fields: Any) -> dict[str, Any]:
    """A project that was created on that day of 2020."""
    created = f"2020-01-{day:02}T00:00:00.000Z"
    return {"id": id, "status": status, "created_at": created, "updated_at": created, "dock": [], **fields}


def state_of(output: EntrypointOutput, stream: str) -> dict[str, Any]:
    """The last state of a stream."""
    states = [message.state.stream for message in output.state_messages if message.state and message.state.stream]
    last = [state.stream_state for state in states if state.stream_descriptor.name == stream][-1]
    return dict(json.loads(json.dumps(vars(last), default=vars)))


def ids(output: EntrypointOutput, stream: str = "") -> list[int]:
    """Of the records that were read, in their order."""
    records = [message.record for message in output.records if message.record]
    return [one.data["id"] for one in records if stream in ("", one.stream)]


def _page(path: str, number: int) -> str:
    return path if number == 1 else f"{path}{'&' if '?' in path else '?'}page={number}"
