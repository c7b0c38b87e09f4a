"""The requester of every stream: the CDK's, with Basecamp's transport under it and plain words above it."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Optional

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.requesters.http_requester import HttpRequester
from airbyte_cdk.sources.declarative.requesters.request_options.interpolated_request_options_provider import (
    InterpolatedRequestOptionsProvider,
)
from airbyte_cdk.sources.streams.http.exceptions import BaseBackoffException
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.accounts import explain
from source_basecamp.endpoints import at_endpoint
from source_basecamp.errors import ACCOUNT_UNKNOWN, NOT_REFRESHED, NOT_THERE, SKIPPED, TOKEN_REFUSED
from source_basecamp.ledger import LEDGER
from source_basecamp.transport import BasecampAdapter

_ANSWERS = {"list": list, "object": dict}
_PAGES_IN_FLIGHT: defaultdict[tuple[str, str, str], threading.Lock] = defaultdict(threading.Lock)


@dataclass
class BasecampRequester(HttpRequester):
    """Sends a stream's requests through `BasecampAdapter`.

    `shared_cache` names a cache that several streams use, so that what one has read costs the others nothing. The
    CDK would give each stream a cache of its own. `answers_with` is what a successful answer has to be: a list or an
    object.
    """

    request_parameters: Optional[Mapping[str, str]] = None
    request_headers: Optional[Mapping[str, str]] = None
    shared_cache: Optional[str] = None
    answers_with: str = "list"

    def __post_init__(self, parameters: Any) -> None:
        self.request_options_provider = InterpolatedRequestOptionsProvider(
            config=self.config,
            parameters=parameters,
            request_parameters=self.request_parameters,
            request_headers=self.request_headers,
        )
        self.url = at_endpoint(str(self.url))
        self._stream = self.name
        if self.shared_cache:
            self.use_cache = True
            # HttpRequester documents `name` as used for caching only.
            self.name = self.shared_cache
        super().__post_init__(parameters)
        # What the client says of its stream, such as that it is rate limited, is not said of the cache's namesake.
        self._http_client._name = self._stream
        self._http_client._session.mount(
            "https://", adapter := BasecampAdapter(_ANSWERS[self.answers_with], self._stream)
        )
        self._http_client._session.mount("http://", adapter)

    def send_request(self, **request: Any) -> Optional[requests.Response]:  # type: ignore[override]
        """As HttpRequester; a request that failed for good says why in the handler's own words.

        The response carries `stream`, its stream's name, and `waited`, the seconds until the request was sent.
        """
        due = time.monotonic()
        try:
            with self._nobody_else_asking(request):
                response = super().send_request(**request)
        except AirbyteTracedException as error:
            error.message = self._in_plain_words(error)
            raise
        if response is not None:
            response.stream = self._stream  # type: ignore[attr-defined]
            sent = getattr(response, "sent_at", due)
            response.waited = sent - due  # type: ignore[attr-defined]
            LEDGER.wait(due, sent)
            if not response.ok:
                self._note_skipped(response)
        return response

    def _nobody_else_asking(self, request: Mapping[str, Any]) -> AbstractContextManager[Any]:
        """Lets a second stream that wants the same page wait until the first has put it into the cache."""
        if not self.shared_cache:
            return nullcontext()
        page = (self.name, str(request.get("path")), str(request.get("stream_slice")))
        return _PAGES_IN_FLIGHT[page]

    def _in_plain_words(self, error: AirbyteTracedException) -> Optional[str]:
        words = _handler_s_words(error) or error.message
        if words == TOKEN_REFUSED.format(**self.config) and error.failure_type == FailureType.transient_error:
            return NOT_REFRESHED
        if words == ACCOUNT_UNKNOWN.format(**self.config):
            return explain(self.config["account_id"], self._request_headers()) or self._not_there(words)
        return words

    def _not_there(self, words: str) -> str:
        path = str(self.path).partition("?")[0]
        return words if path == "projects.json" else NOT_THERE.format(path=path, **self.config)

    def _note_skipped(self, response: requests.Response) -> None:
        path = requests.compat.urlparse(str(response.url)).path
        LEDGER.skip(self._stream, path)
        self.logger.warning("%s: %s", self._stream, SKIPPED.format(path=path, status=response.status_code))


def _handler_s_words(error: AirbyteTracedException) -> Optional[str]:
    """What the error handler said, out of the exception in which the CDK wraps it."""
    if isinstance(error._exception, BaseBackoffException):
        return str(error._exception)
    _, marker, words = (error.internal_message or "").partition(" Error handler message: '")
    return words.removesuffix("'") if marker else None
