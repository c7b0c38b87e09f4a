"""A response of Basecamp together with what the connector knows of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

import orjson
import requests


@dataclass
class Exchange:
    """What belongs to one response. The transport, the requester, the decoder and the paginator share it."""

    response: requests.Response
    sent_at: float | None = None
    """When the request left, by `time.monotonic()`; None if the answer came from a cache."""
    stream: str = ""
    """The stream whose request it was."""
    waited: float = 0.0
    """Seconds from the request being due until it was sent."""
    begins: bool = False
    """Whether it is the first page of a list although a later one was asked for."""

    @cached_property
    def body(self) -> Any:
        """The JSON body, parsed once. Raises orjson.JSONDecodeError if it is not JSON."""
        return orjson.loads(self.response.content)

    @property
    def records(self) -> list[Any]:
        """The body as a list; a single object is a list of one."""
        return self.body if isinstance(self.body, list) else [self.body]

    @property
    def total(self) -> int | None:
        """The records of the whole list (`X-Total-Count`), or None where Basecamp does not count them."""
        total = self.response.headers.get("X-Total-Count", "")
        return int(total) if total.isdigit() else None

    @property
    def date(self) -> datetime | None:
        """When it was answered, by Basecamp's clock, to the end of that second; None if it does not say."""
        try:
            return parsedate_to_datetime(self.response.headers["Date"]) + timedelta(seconds=1)
        except (KeyError, ValueError):
            return None


def exchange_of(response: requests.Response) -> Exchange:
    """The exchange that a response belongs to, one and the same for all who ask."""
    found = getattr(response, "exchange", None)
    if not isinstance(found, Exchange):
        found = Exchange(response)
        response.exchange = found  # type: ignore[attr-defined]
    return found
