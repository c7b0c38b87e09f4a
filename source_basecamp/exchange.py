"""A response of Basecamp together with what the connector knows of it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

import requests

from source_basecamp.body import Body, parsed


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
    known: Collection[int] = ()
    """Ids of records that an earlier page has brought: the page's own ones are not emitted again."""
    parse: Callable[[bytes], Body] = parsed
    """Reads the body. Raises a ValueError for one that is not what was asked for."""

    @cached_property
    def _parsed(self) -> Body:
        return self.parse(self.response.content)

    @property
    def body(self) -> Any:
        """The body, parsed once. Raises a ValueError if it cannot be."""
        return self._parsed.value

    @property
    def attributes(self) -> Mapping[str, str]:
        """Of the body's root element, in XML."""
        return self._parsed.attributes

    @property
    def halves(self) -> int:
        """Halves of characters in it, for which U+FFFD stands."""
        return self._parsed.halves

    @property
    def records(self) -> list[Any]:
        """The body as a list; a single object is a list of one, and null is none."""
        if isinstance(self.body, list):
            return self.body
        return [] if self.body is None else [self.body]

    @property
    def total(self) -> int | None:
        """The records of the whole list (`X-Total-Count`), or None where Basecamp does not count them.

        Beside a single object, the header counts something inside it.
        """
        total = self.response.headers.get("X-Total-Count", "")
        return int(total) if total.isdigit() and not isinstance(self.body, dict) else None

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
        # Weak: with a reference each way, a page would stay in memory until Python looks for garbage.
        found = Exchange(weakref.proxy(response))
        response.exchange = found  # type: ignore[attr-defined]
    return found
