"""The HTTP adapter of every request that the connector sends, to the API and to Launchpad.

It lies below retries, caches and redirects, so its rules hold for all requests: a request goes only to Basecamp, never
earlier than Basecamp's `Retry-After` allows, and its answer is either complete and readable, or an error.
"""

from __future__ import annotations

import http.client
import io
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import urllib3
from airbyte_cdk.sources.http_config import MAX_CONNECTION_POOL_SIZE
from requests.adapters import HTTPAdapter

from source_basecamp.body import Body, parsed
from source_basecamp.endpoints import allowed_origins, origin
from source_basecamp.exchange import exchange_of
from source_basecamp.problems import ConnectorError, system_error, transient_error
from source_basecamp.stats import STATS

CONNECT_TIMEOUT = 30.0
"""Seconds for TCP and TLS."""

READ_TIMEOUT = 60.0
"""Seconds without a byte."""

ANSWER_TIMEOUT = 180.0
"""Seconds for the whole answer, even while bytes keep coming."""

LONGEST_WAIT = 600.0
"""The longest `Retry-After`, in seconds, that a sync waits for. A longer one ends it, and the next one goes on."""

DEFAULT_WAIT = 10.0
"""Seconds to wait where the rate limit does not say how long: Basecamp's window."""

_CHUNK = 1 << 16


class UnreadableAnswer(requests.RequestException):
    """No usable answer arrived: unreachable, cut off, too slow, or not what was asked for. Worth a retry."""


class Gate:
    """Delays the next request of every thread until Basecamp takes requests again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opens_at = 0.0

    def close_for(self, seconds: float) -> None:
        with self._lock:
            self._opens_at = max(self._opens_at, time.monotonic() + seconds)

    @property
    def seconds_left(self) -> float:
        """Seconds until it opens; 0 if it is open."""
        return max(0.0, self._opens_at - time.monotonic())

    def pass_through(self) -> None:
        """Waits until the gate is open."""
        while left := self.seconds_left:
            time.sleep(left)


class BasecampAdapter(HTTPAdapter):
    """Sends requests to Basecamp only, and returns complete answers only.

    `expects` is the type of a successful body: `list` for collections, `dict` for single objects. `stream` names the
    stream that sends the requests; empty for a login.
    """

    gate = Gate()
    largest: int | None = None
    """Bytes of the largest answer that is read, after decompression; None for any."""
    parse: Callable[[bytes], Body] = staticmethod(parsed)

    def __init__(self, expects: type = list, stream: str = "") -> None:
        self._expects, self._stream = expects, stream
        super().__init__(pool_connections=MAX_CONNECTION_POOL_SIZE, pool_maxsize=MAX_CONNECTION_POOL_SIZE)

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, **options: Any
    ) -> requests.Response:
        _refuse_foreign(request, self.origins())
        self.gate.pass_through()
        sent_at = time.monotonic()
        # Time-outs belong here and not to callers: the CDK sets none on token refreshes.
        options |= {"stream": True, "timeout": (CONNECT_TIMEOUT, READ_TIMEOUT)}
        try:
            response = super().send(request, **options)
            self.read_body(response)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise UnreadableAnswer(unreachable(str(request.url), error), request=request) from error
        exchange = exchange_of(response)
        exchange.sent_at, exchange.parse = sent_at, self.parse
        STATS.answer(self.is_limited(response), self._stream)
        self._obey_retry_after(response)
        if response.is_redirect:
            return self.redirected(response)
        if response.ok:
            self.require_readable(response)
            STATS.halve(exchange.halves)
        return response

    def origins(self) -> frozenset[str]:
        """The origins that a request may go to."""
        return allowed_origins()

    def is_limited(self, response: requests.Response) -> bool:
        """Whether an answer is the rate limit's."""
        return response.status_code == 429

    def read_body(self, response: requests.Response) -> None:
        """Reads the whole body, or raises an error of requests, urllib3 or the system."""
        _read_body(response, time.monotonic() + ANSWER_TIMEOUT, self.largest)

    def redirected(self, response: requests.Response) -> requests.Response:
        """Takes an answer that sends the request elsewhere. Raises a ConnectorError: no token goes there."""
        target = origin(requests.compat.urljoin(str(response.url), response.headers["Location"]))
        message = (
            f"{_host(response.request)} redirected a request to {target}, which this connector does not follow, so "
            "that its token stays with Basecamp. If a proxy or a network login page does this, let Basecamp's hosts "
            "pass."
        )
        raise transient_error(message, f"{response.status_code} from {response.url}")

    def _obey_retry_after(self, response: requests.Response) -> None:
        wait = retry_after(response.headers)
        if wait is None and self.is_limited(response):
            wait = DEFAULT_WAIT
        if wait is None or response.ok:
            return
        if wait > LONGEST_WAIT:
            raise _too_long(wait)
        self.gate.close_for(wait)

    def require_readable(self, response: requests.Response) -> None:
        """Raises UnreadableAnswer for a successful answer that is not what was asked for."""
        kind = response.headers.get("Content-Type", "no content type").partition(";")[0]
        if not self._is_expected(response, kind):
            raise UnreadableAnswer(
                f"{_host(response.request)} answered with something that is not Basecamp's data "
                f"(status {response.status_code}, {kind}, {len(response.content)} bytes). "
                "A proxy or a network login page may stand in between.",
                request=response.request,
            )

    def _is_expected(self, response: requests.Response, kind: str) -> bool:
        """Whether the answer is an object, or a list of objects. Basecamp may send null for an empty list."""
        try:
            body = exchange_of(response).body
        except ValueError:
            return False
        if body is None:
            return self._expects is list and kind == "application/json"
        return isinstance(body, self._expects) and (
            not isinstance(body, list) or all(isinstance(record, dict) for record in body)
        )


def basecamp_session(adapter: BasecampAdapter) -> requests.Session:
    """A session whose requests all go through an adapter, for what is asked without the CDK."""
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, adapter)
    return session


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a `Retry-After` header asks for (RFC 9110: seconds, or an HTTP date), or None without one."""
    value = headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
        # Against the server's own clock where it tells it: this machine's may be wrong.
        now = parsedate_to_datetime(headers["Date"]).timestamp() if "Date" in headers else time.time()
        return max(0.0, moment.timestamp() - now)
    except (TypeError, ValueError):
        return None


def _read_body(response: requests.Response, deadline: float, largest: int | None) -> None:
    """Reads the whole body, as `Response.content` would, within a deadline: each byte resets the read time-out.

    Raises a system_error for a body of more bytes than `largest`.
    """
    chunks, size = [], 0
    raw = response.raw
    # Decoded at the end: while it decodes, urllib3 waits for enough bytes to decode.
    while chunk := raw.read1(_CHUNK, decode_content=False):
        chunks.append(chunk)
        size += len(chunk)
        if time.monotonic() > deadline:
            raw.close()
            raise requests.Timeout(f"the answer was not complete after {ANSWER_TIMEOUT:.0f} seconds")
        if largest is not None and size > largest:
            raw.close()
            raise _too_large(response, largest)
    raw.release_conn()
    encoding = {"content-encoding": response.headers.get("Content-Encoding", "")}
    encoded = urllib3.HTTPResponse(io.BytesIO(b"".join(chunks)), encoding, preload_content=False)
    response._content = encoded.data if largest is None else _decoded(response, encoded, largest)
    response._content_consumed = True  # type: ignore[attr-defined]


def _decoded(response: requests.Response, encoded: urllib3.HTTPResponse, largest: int) -> bytes:
    body = bytearray()
    for chunk in encoded.stream(_CHUNK):
        body += chunk
        if len(body) > largest:
            raise _too_large(response, largest)
    return bytes(body)


def _too_large(response: requests.Response, largest: int) -> ConnectorError:
    message = (
        f"{_host(response.request)} answered with more than {largest >> 20} MB, more than any list of Basecamp has. If "
        "a proxy or a network login page does this, let Basecamp's hosts pass. Otherwise, please report it."
    )
    return system_error(message, f"from {response.url}")


def _host(request: requests.PreparedRequest) -> str:
    return _named(str(request.url))


def _named(url: str) -> str:
    return origin(url).removeprefix("https://").removesuffix(":443")


def unreachable(url: str, error: Exception) -> str:
    """The message for an answer that did not come, or not whole. It names the host of `url`, and nothing else of it."""
    return (
        f"No complete answer from {_named(url)}: {_reason(error)}. "
        "If it stays so, check this machine's network, name resolution and proxy."
    )


def _reason(error: Exception) -> str:
    """The cause beneath the exceptions of requests and urllib3, without figures that differ each time."""
    behind_proxy = False
    while inner := _cause_of(error):
        behind_proxy |= isinstance(error, urllib3.exceptions.ProxyError)
        error = inner
    match error:
        case urllib3.exceptions.ReadTimeoutError():
            text = f"nothing arrived for {READ_TIMEOUT:g} seconds"
        case http.client.IncompleteRead():
            text = "the connection was closed in the middle of it"
        case zlib.error():
            text = "its compression is broken"
        case ssl.SSLError():
            text = f"no secure connection, {str(error).partition(' (_ssl')[0]}"
        case _:
            text = str(error).partition("): ")[2] or str(error) or type(error).__name__
    return f"the proxy could not be used, {text}" if behind_proxy else text


def _cause_of(error: Exception) -> Exception | None:
    parts = (getattr(error, "reason", None), *reversed(error.args))
    return next((part for part in parts if isinstance(part, Exception)), None)


def _refuse_foreign(request: requests.PreparedRequest, allowed: frozenset[str]) -> None:
    if origin(str(request.url)) in allowed:
        return
    message = (
        "A request to a host other than Basecamp's was refused before it was made, because it would have carried "
        "this connection's access token."
    )
    raise system_error(message, f"refused: {origin(str(request.url))}")


def _too_long(wait: float) -> ConnectorError:
    message = (
        f"Basecamp asks to wait {wait:,.0f} seconds before the next request, longer than a sync sits out "
        f"({LONGEST_WAIT:,.0f} seconds). Nothing is lost: the next sync goes on from the last saved state."
    )
    return transient_error(message)
