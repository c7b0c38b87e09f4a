"""The bytes of files. Basecamp keeps them with a storage host, and answers a download address with a signed one there.

The token goes to Basecamp; the signed address is followed once, over https, with no header that says who asks. It lets
whoever has it read the file: it stands in no log, no table and no message.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3
from airbyte_cdk.models import FailureType
from requests.adapters import HTTPAdapter

from source_basecamp.endpoints import is_safe, signs_in
from source_basecamp.exchange import exchange_of
from source_basecamp.problems import ConnectorError
from source_basecamp.transport import CONNECT_TIMEOUT, READ_TIMEOUT, BasecampAdapter, UnreadableAnswer, unreachable

SIGN_IN = "Basecamp serves it to a browser's session only, not to a token."
UNSAFE = "Basecamp named an address for it that this connector does not follow."
NO_ADDRESS = "Basecamp answered a request for a file with something that is no address of one (status {status})."
REFUSED = "The storage that Basecamp named answered with status {status}."
TOO_SLOW = "The storage that Basecamp named sends fewer than {least:,} bytes in {seconds:.0f} seconds."
TOO_LARGE = "It is larger than {largest} MB, which is the most that Airbyte copies."
ABSENT = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
"""The answers about what is not there, and does not come by asking again."""
LEAST_BYTES = 16 * 1024
"""The least that arrives in READ_TIMEOUT seconds; a file that comes more slowly is asked for again."""
LARGEST_IN_MEMORY = 1_500_000_000
"""Bytes. The CDK has a file in memory before it writes it."""

_CHUNK = 1 << 16
_CONNECTIONS = 16
_QUERY = re.compile(r"\?[^\s\"']+")


class NotServedError(ConnectorError):
    """This file cannot be had with a token, or not at all. Its message says why."""


class AddressAdapter(BasecampAdapter):
    """Sends a request for a file to Basecamp. The answer is a redirect, or an error; of any other, no byte is read."""

    def read_body(self, response: requests.Response) -> None:
        if response.ok and not response.is_redirect:
            response._content, response._content_consumed = b"", True  # type: ignore[attr-defined]
            response.close()
        else:
            super().read_body(response)

    def redirected(self, response: requests.Response) -> requests.Response:
        return response

    def require_readable(self, response: requests.Response) -> None:
        if response.headers.get("Content-Type", "").startswith("text/html"):
            raise not_served(SIGN_IN)
        raise UnreadableAnswer(NO_ADDRESS.format(status=response.status_code), request=response.request)


class FileAdapter(AddressAdapter):
    """The same, and answers with the file itself, for the CDK: it sends requests that redirect by themselves."""

    def redirected(self, response: requests.Response) -> requests.Response:
        with taken(location_of(response)) as answer:
            if answer.status_code in ABSENT:
                raise not_served(REFUSED.format(status=answer.status_code))
            if answer.status_code != HTTPStatus.OK:
                raise UnreadableAnswer(REFUSED.format(status=answer.status_code), request=response.request)
            whole = requests.Response()
            whole._content = in_memory(answer)  # type: ignore[assignment]
            whole.headers["Content-Type"] = answer.headers.get("Content-Type", "")
        whole.status_code, whole.url, whole.request = HTTPStatus.OK, response.url, response.request
        exchange_of(whole).sent_at = exchange_of(response).sent_at
        return whole


def not_served(reason: str) -> NotServedError:
    """The error for a file that is left out, for this reason."""
    return NotServedError(reason, FailureType.config_error)


def location_of(response: requests.Response) -> str:
    """The signed address of a redirect. Raises a NotServedError for a page to sign in, and for an unsafe address."""
    with suppress(ValueError):
        location = requests.compat.urljoin(str(response.url), response.headers["Location"])
        if signs_in(location):
            raise not_served(SIGN_IN)
        if is_safe(location):
            return location
    raise not_served(UNSAFE)


@contextmanager
def taken(location: str, headers: Mapping[str, str] | None = None) -> Iterator[requests.Response]:
    """The storage's answer, whose body is read by `chunks`. No token goes there, and no redirect is followed.

    Raises UnreadableAnswer without the address.
    """
    failure: Exception | None = None
    try:
        # As it is: a storage may compress, but a part of what is compressed is of no use.
        sent = {"Accept-Encoding": "identity", **(headers or {})}
        options = {"allow_redirects": False, "stream": True, "timeout": (CONNECT_TIMEOUT, READ_TIMEOUT)}
        answer = _STORAGE.get(location, headers=sent, **options)  # type: ignore[arg-type]
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        failure = error
    if failure is not None:
        # Outside of the handler: the error names the address, and would be this one's context.
        raise UnreadableAnswer(unreachable(location, failure))
    with answer:
        yield answer


def chunks(answer: requests.Response) -> Iterator[bytes]:
    """The body as it arrives, to its announced end. Raises UnreadableAnswer where it stops, or is too slow."""
    failure: Exception | None = None
    since, arrived = time.monotonic(), 0
    try:
        while chunk := answer.raw.read1(_CHUNK, decode_content=False):
            yield chunk
            arrived += len(chunk)
            if time.monotonic() - since > READ_TIMEOUT:
                if arrived < LEAST_BYTES:
                    raise UnreadableAnswer(TOO_SLOW.format(least=LEAST_BYTES, seconds=READ_TIMEOUT))
                since, arrived = time.monotonic(), 0
    except (urllib3.exceptions.HTTPError, OSError) as error:
        if isinstance(error, UnreadableAnswer):
            raise
        failure = error
    if failure is not None:
        raise UnreadableAnswer(unreachable(str(answer.url), failure))


def in_memory(answer: requests.Response) -> bytearray:
    """The whole body. Not as bytes, which would be a copy of it. Raises a NotServedError for one that is too large."""
    body = bytearray()
    for chunk in chunks(answer):
        body += chunk
        if len(body) > LARGEST_IN_MEMORY:
            raise not_served(TOO_LARGE.format(largest=LARGEST_IN_MEMORY // 1_000_000))
    return body


def _session() -> requests.Session:
    """A session without cookies, and without the login that requests would take from ~/.netrc, for any host."""
    session = requests.Session()
    session.auth = lambda request: request
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=_CONNECTIONS))
    return session


def _without_queries(record: logging.LogRecord) -> bool:
    """A logging filter: takes the queries out of addresses. Of a signed one, that is the signature."""
    if isinstance(record.args, tuple):
        record.args = tuple(_QUERY.sub("?...", arg) if isinstance(arg, str) else arg for arg in record.args)
    return True


_STORAGE = _session()
logging.getLogger("urllib3.connectionpool").addFilter(_without_queries)
