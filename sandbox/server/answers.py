"""An answer as a value, so that it can be compared, compressed or changed by a fault before it is sent."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field, replace
from hashlib import sha1
from typing import Any

import orjson

from sandbox.account.contents import FileBytes


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case) and body."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | FileBytes = b""

    def with_headers(self, headers: dict[str, str]) -> Answer:
        """The same answer with more headers."""
        return replace(self, headers={**self.headers, **headers})


def json_answer(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """An answer in JSON."""
    typed = {"content-type": "application/json; charset=utf-8", **(headers or {})}
    try:
        body = orjson.dumps(content)
    except orjson.JSONEncodeError:
        # An integer of more than 64 bits.
        body = json.dumps(content).encode()
    return Answer(status, typed, body)


def text_answer(text: str, status: int, headers: dict[str, str] | None = None) -> Answer:
    """An answer in plain text."""
    return Answer(status, {"content-type": "text/plain; charset=utf-8", **(headers or {})}, text.encode())


def not_found(headers: dict[str, str] | None = None) -> Answer:
    """404 without a body, as Basecamp answers."""
    return Answer(404, headers or {})


def bad_request(error: str) -> Answer:
    """400 for a parameter whose value Basecamp does not know."""
    return json_answer({"error": error}, 400)


def forbidden() -> Answer:
    """403 for a project that the token's user is not in."""
    return json_answer({"message": "You must first seek admission"}, 403)


def item(record: dict[str, Any] | None) -> Answer:
    """One record; 404 if there is none."""
    return not_found() if record is None else json_answer(record)


def with_etag(answer: Answer, if_none_match: str | None) -> Answer:
    """An answer 200 with a weak ETag, or 304 without a body if the client has that already; others as they are."""
    if answer.status != 200:
        return answer
    etag = f'W/"{sha1(bytes(answer.body)).hexdigest()}"'
    headers = {"etag": etag, "cache-control": "max-age=0, private, must-revalidate"}
    if if_none_match is not None and etag in [tag.strip() for tag in if_none_match.split(",")]:
        return Answer(304, headers)
    return answer.with_headers(headers)


def compressed(answer: Answer) -> Answer:
    """The answer in gzip, at the fastest level: size does not matter on loopback."""
    body = gzip.compress(bytes(answer.body), compresslevel=1, mtime=0)
    headers = {**answer.headers, "content-encoding": "gzip", "vary": "Accept-Encoding"}
    return replace(answer, headers=headers, body=body)
