"""The account's event feed, which is no list with pages: an envelope holds events, oldest first, and says what is next.

A walk enters after an id (`since`), which Basecamp takes for good; `next` has a signed place that it may refuse. `0`
is the feed's beginning, or its epoch where Basecamp has raised that (bc-api, "Event feed").
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional

import orjson
import requests
from airbyte_cdk.sources.streams.http.error_handlers import ResponseAction
from airbyte_cdk.sources.types import StreamSlice

from source_basecamp.body import Body, parsed
from source_basecamp.error_handler import BasecampErrorHandler, Ruling
from source_basecamp.exchange import Exchange, exchange_of
from source_basecamp.pagination import (
    PageToken,
    Pagination,
    Place,
    endless,
    listing_name,
    place_of,
    require_same_host,
)
from source_basecamp.problems import transient_error
from source_basecamp.requester import BasecampRequester
from source_basecamp.stats import STATS
from source_basecamp.transport import BasecampAdapter

logger = logging.getLogger("airbyte")

PLACE_REFUSED = "Basecamp no longer takes the place up to which its event feed was read (status {status})."
READ_ANEW = (
    "%s The feed is read again from the earliest event that Basecamp still has. What happened between the last sync "
    "and that event may be missing; events that were read before come again, with the same ids."
)
REFUSED_AGAIN = (
    "Basecamp does not take the places that its own event feed names (status {status}). Nothing is lost: the next sync "
    "goes on from the last saved state."
)
_NEXT = "next"


def opened(content: bytes) -> Body:
    """The events in an envelope; what is next is an attribute. Raises a ValueError for what is no envelope.

    Basecamp may send null for an empty list.
    """
    body = parsed(content)
    if not isinstance(body.value, dict) or not isinstance(body.value.get("events", ""), list | None):
        raise ValueError("no events")
    link = body.value.get(_NEXT)
    return Body(body.value["events"] or [], body.halves, {_NEXT: str(link)} if link else {})


class EventFeedAdapter(BasecampAdapter):
    """Returns complete envelopes only."""

    parse = staticmethod(opened)


@dataclass
class EventFeedErrorHandler(BasecampErrorHandler):
    """The same, and lets the requester enter the feed anew where a place in it is refused."""

    def ruling(self, response: requests.Response, query: str) -> Ruling:
        if response.status_code in (409, 410) or _refused_for(response) == "invalid_position":
            return Ruling(ResponseAction.IGNORE, None, PLACE_REFUSED)
        return super().ruling(response, query)


@dataclass
class EventFeedRequester(BasecampRequester):
    """Reads the feed anew, with a warning, where Basecamp refuses the saved id or the place that it named itself.

    Once in a sync: a feed whose own places are refused each time would have no end.
    """

    def __post_init__(self, parameters: Any) -> None:
        super().__post_init__(parameters)
        self._is_read_anew = False

    def adapter(self) -> BasecampAdapter:
        return EventFeedAdapter(list, self._stream)

    def send_request(self, **request: Any) -> Optional[requests.Response]:  # type: ignore[override]
        response = super().send_request(**request)
        if response is None or response.ok:
            return response
        if self._is_read_anew:
            raise transient_error(REFUSED_AGAIN.format(status=response.status_code))
        self._is_read_anew = True
        logger.warning(READ_ANEW, self._handler.last_message)
        path = self.get_path(stream_slice=request["stream_slice"], stream_state=None, next_page_token=None)
        beginning = {"path": re.sub(r"since=[^&]*", "since=0", path), "next_page_token": None}
        again = super().send_request(**request | beginning)
        if again is None or not again.ok:
            raise transient_error(REFUSED_AGAIN.format(status=getattr(again, "status_code", None)))
        exchange_of(again).begins = True
        return again


@dataclass
class EventFeedPagination(Pagination):
    """Follows `next` while there is one. A page may be empty and have a next one."""

    def next_page(
        self, exchange: Exchange, token: PageToken | None, emitted: int, part: StreamSlice
    ) -> PageToken | None:
        """As above. Raises a transient_error where the ids do not grow."""
        here, ids = place_of(exchange, token), [event["id"] for event in exchange.records]
        listing = exchange.stream, listing_name(part)
        if here.number == 1:
            # Without its bounds, which are ids: the log speaks of days.
            STATS.begin(*listing, None, StreamSlice(partition={}, cursor_slice={}))
        STATS.page(*listing, emitted, exchange.waited, again=False)
        if ids and min(ids) <= here.furthest:
            raise endless("the pages of the event feed repeat each other")
        read, link = here.offset + len(ids), exchange.attributes.get(_NEXT)
        if link is None:
            STATS.end(*listing, read, None)
            return None
        require_same_host(link, str(exchange.response.url), link)
        if link == here.url:
            raise endless("a page's link leads back to itself")
        place = Place(link, offset=read, number=here.number + 1, furthest=max([here.furthest, *ids]))
        return PageToken(link, place)


def _refused_for(response: requests.Response) -> Any:
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return None
    return body.get("reason") if isinstance(body, Mapping) else None
