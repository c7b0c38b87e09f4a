"""The requester of every stream: the CDK's, with Basecamp's transport and messages."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Optional, cast

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.requesters.http_requester import HttpRequester
from airbyte_cdk.sources.declarative.requesters.request_options.interpolated_request_options_provider import (
    InterpolatedRequestOptionsProvider,
)
from airbyte_cdk.sources.declarative.retrievers.file_uploader import FileUploader
from airbyte_cdk.sources.declarative.types import Record
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.buckets import BUCKETS
from source_basecamp.cdk import prepare_client
from source_basecamp.downloads import FileAdapter, NotServedError, not_served
from source_basecamp.endpoints import at_endpoint, download_address
from source_basecamp.error_handler import (
    ACCOUNT_UNKNOWN,
    NOT_REFRESHED,
    NOT_THERE,
    SKIPPED,
    TOKEN_REFUSED,
    BasecampErrorHandler,
)
from source_basecamp.exchange import exchange_of
from source_basecamp.launchpad import explain
from source_basecamp.problems import ConnectorError
from source_basecamp.product import product_of
from source_basecamp.stats import STATS
from source_basecamp.transport import BasecampAdapter

logger = logging.getLogger("airbyte")

NOT_BASECAMP = "Its address is none of Basecamp's."
NOT_SERVED = "Basecamp does not have it, or does not let this login read it."
WITHOUT_FILE = "%s: the record %s comes without its file. %s"

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
        self._handler = cast(BasecampErrorHandler, self.error_handler)
        self._first_request = threading.Lock()
        """Lets the other partitions of the stream wait for the answer to the first request."""
        self._is_answered = False
        self._refusal: Optional[AirbyteTracedException] = None
        """The error of the stream as a whole, once there is one: no partition is asked for after it."""
        if self.shared_cache:
            self.use_cache = True
            # HttpRequester documents `name` as used for caching only.
            self.name = self.shared_cache
        super().__post_init__(parameters)
        prepare_client(self, self._stream, self.adapter())

    def adapter(self) -> BasecampAdapter:
        """The transport of the requests: of those for what several streams share, under the name of the cache."""
        return BasecampAdapter(_ANSWERS[self.answers_with], self.shared_cache or self._stream)

    def send_request(self, **request: Any) -> Optional[requests.Response]:  # type: ignore[override]
        """As HttpRequester. A request that failed for good raises the error handler's message, not the CDK's.

        A partition with `buckets` is asked for them; None if Basecamp lists none of them.
        """
        stream_slice = request.get("stream_slice")
        if stream_slice and (buckets := stream_slice.extra_fields.get("buckets")):
            return self._send_for_buckets(buckets, request)
        return self._send(request)

    def _send_for_buckets(self, ids: Sequence[int], request: Mapping[str, Any]) -> Optional[requests.Response]:
        """The next page of the recordings in projects; the first one where the rest has to be read without some."""

        def ask(ids: Sequence[int]) -> Optional[requests.Response]:
            path = self.get_path(stream_slice=request["stream_slice"], stream_state=None, next_page_token=None)
            return self._send({**request, "path": f"{path}&bucket={','.join(map(str, ids))}"})

        if request.get("next_page_token") is None:
            return BUCKETS.first_page(ids, ask)
        response = self._send(request)
        if response is None or response.status_code != 404:
            return response
        BUCKETS.find_refused([id for id in ids if id not in BUCKETS.refused], ask)
        if again := BUCKETS.first_page(ids, ask):
            exchange_of(again).begins = True
        return again

    def _send(self, request: Mapping[str, Any]) -> Optional[requests.Response]:
        due = time.monotonic()
        self._handler.forget()
        with nullcontext() if self._is_answered else self._first_request:
            if self._refusal:
                raise self._refusal
            response = self._answer(request)
        if response is not None:
            exchange = exchange_of(response)
            exchange.stream = self._stream
            sent = due if exchange.sent_at is None else exchange.sent_at
            exchange.waited = sent - due
            STATS.wait(due, sent)
            BUCKETS.answered(exchange.date)
            if not response.ok and self._handler.skippable:
                self._note_skipped(response)
        return response

    def _answer(self, request: Mapping[str, Any]) -> Optional[requests.Response]:
        try:
            with self._lock_on_page(request):
                response = super().send_request(**request)
        except ConnectorError:
            raise
        except AirbyteTracedException as error:
            error.message = self._message(error)
            if error.failure_type == FailureType.config_error:
                # What the login may not read, it may not read in any status or window of dates.
                self._refusal = error
            raise
        self._is_answered = True
        return response

    def _lock_on_page(self, request: Mapping[str, Any]) -> AbstractContextManager[Any]:
        """A lock on the page: a second stream that wants it waits until the first has put it into the cache."""
        if not self.shared_cache:
            return nullcontext()
        page = (self.name, str(request.get("path")), str(request.get("stream_slice")))
        return _PAGES_IN_FLIGHT[page]

    def _message(self, error: AirbyteTracedException) -> Optional[str]:
        message = self._handler.last_message or error.message
        if message == TOKEN_REFUSED.format(**self.config) and error.failure_type == FailureType.transient_error:
            return NOT_REFRESHED
        if message == ACCOUNT_UNKNOWN.format(**self.config):
            headers = {**self.get_authenticator().get_auth_header(), **self.get_request_headers()}
            return explain(self.config["account_id"], headers, product_of(self.config)) or self._not_there(message)
        return message

    def _not_there(self, message: str) -> str:
        path = str(self.path).partition("?")[0]
        return message if path == "projects.json" else NOT_THERE.format(path=path, **self.config)

    def _note_skipped(self, response: requests.Response) -> None:
        path = requests.compat.urlparse(str(response.url)).path
        STATS.skip(self._stream, path)
        self.logger.warning("%s: %s", self._stream, SKIPPED.format(path=path, status=response.status_code))


class FileRequester(BasecampRequester):
    """Asks for files, by the addresses in records. The answer is the file; a redirect is followed without the token."""

    def adapter(self) -> BasecampAdapter:
        return FileAdapter(stream=self._stream)

    def get_url(self, **where: Any) -> str:
        """Raises a NotServedError for an address that is not Basecamp's."""
        address = download_address(super().get_url(**where))
        if address is None:
            raise not_served(NOT_BASECAMP)
        return address

    def send_request(self, **request: Any) -> Optional[requests.Response]:  # type: ignore[override]
        """Raises a NotServedError for a file that cannot be had."""
        try:
            response = super().send_request(**request)
        finally:
            # Of one file.
            self._refusal = None
        if response is None or not response.ok:
            raise not_served(NOT_SERVED)
        return response


class PatientUploader(FileUploader):
    """The CDK's, except that a record whose file cannot be had comes without one."""

    def __init__(self, uploader: FileUploader) -> None:
        self._uploader = uploader

    def upload(self, record: Record) -> None:
        try:
            self._uploader.upload(record)
        except (NotServedError, ValueError) as error:
            # The CDK's is of a record without an address.
            STATS.skip(record.stream_name, str(record.get("url")))
            reason = error.message if isinstance(error, NotServedError) else error
            logger.warning(WITHOUT_FILE, record.stream_name, record.get("id"), reason)
