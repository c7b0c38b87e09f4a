"""Pagination that reads a Basecamp list to its end without losing a record.

Basecamp pages by position: pages of 15, 30, 50, then 100 records, the next one named in the `Link` header, the size
of the whole list in `X-Total-Count` (bc-api, "Pagination"). A record that leaves the part already read moves every
later one a place up, onto a page that was already read. The count shows it, and the walk reads those pages again.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import InitVar, dataclass, replace
from typing import Any, Optional, cast

import requests
from airbyte_cdk.sources.declarative.requesters.paginators.strategies.pagination_strategy import PaginationStrategy
from airbyte_cdk.sources.types import Config, Record, StreamSlice
from airbyte_cdk.utils.datetime_helpers import ab_datetime_parse

from source_basecamp.endpoints import origin
from source_basecamp.exchange import Exchange, exchange_of
from source_basecamp.feeds import KIND, READ_AGAIN
from source_basecamp.problems import ConnectorError, system_error, transient_error
from source_basecamp.stats import STATS

logger = logging.getLogger("airbyte")

NOT_FOLLOWED = (
    "Basecamp's answer names a next page that this connector does not follow, because it is not an address of the same "
    "host. No request was made to it. If a proxy rewrites Basecamp's answers, exclude Basecamp's hosts from it."
)

MAX_REREADS = 25
"""Steps back without progress in between, after which the walk fails."""

MAX_PAGES = 10_000
"""Pages of one walk where Basecamp sends no count; the official SDK's limit. With a count, the count ends it."""


@dataclass(frozen=True)
class Place:
    """A page of a walk: `offset` records into a list of `total`, reached from the place `before`."""

    url: str
    offset: int = 0
    total: int | None = None
    before: Place | None = None
    number: int = 1
    furthest: int = 0
    rereads: int = 0
    holds: int = 0
    """A fingerprint of the page's records, set when it is read."""
    counted: int = 0
    """The list's total when the page was read."""


class PageToken(str):
    """The address of the next page, with its place: what is known there of the walk, such as its `rereads`.

    One strategy serves all partitions at once, in several threads, so it has no state of its own: the CDK passes the
    token of each page back with the page's response.
    """

    place: Any

    def __new__(cls, address: str, place: Any) -> PageToken:
        token = super().__new__(cls, address)
        token.place = place
        return token

    @property
    def reread(self) -> bool:
        """Whether this page is read again, so that no cache may answer."""
        return bool(self.place.rereads)


@dataclass
class Pagination(PaginationStrategy):
    """A way of paging. The CDK need not know how large a page is, and asks for the first one without a token."""

    config: Config
    parameters: InitVar[Mapping[str, Any]]

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        pass

    @property
    def initial_token(self) -> Optional[Any]:
        return None

    def get_page_size(self) -> Optional[int]:
        return None

    def next_page_token(
        self,
        response: requests.Response,
        last_page_size: int,
        last_record: Optional[Record],
        last_page_token_value: Optional[Any],
        page_size_override: Optional[int] = None,
        stream_slice: Optional[StreamSlice] = None,
    ) -> Optional[Any]:
        part = stream_slice or StreamSlice(partition={}, cursor_slice={})
        return self.next_page(exchange_of(response), last_page_token_value, last_page_size, part)

    @abstractmethod
    def next_page(
        self, exchange: Exchange, token: PageToken | None, emitted: int, part: StreamSlice
    ) -> PageToken | None:
        """The page to read after that of `exchange`, whose token is given, or None at the end.

        `emitted` are the records that the page brought of the part of the stream. Raises a transient_error instead of
        ending a list early.
        """


@dataclass
class LinkPagination(Pagination):
    """Follows a list's `Link` headers, and reads pages again where `X-Total-Count` shows that records moved up."""

    counted: bool = True
    """Whether the list is as long as Basecamp counts. A list that has no pages may come with the count of another."""

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        self._said_uncounted = False

    def next_page(
        self, exchange: Exchange, token: PageToken | None, emitted: int, part: StreamSlice
    ) -> PageToken | None:
        records = exchange.records
        here = place_of(exchange, token)
        total = self._total(exchange)
        here = replace(here, holds=_fingerprint(records), counted=total or 0)
        listing = exchange.stream, listing_name(part)
        if here.number == 1 and not here.rereads:
            STATS.begin(*listing, total, part)
        STATS.page(*listing, emitted, exchange.waited, here.rereads > 0)
        read = here.offset + len(records)
        if (missed := _missed_from(here, total)) is not None:
            return _token(_step_back(here, missed, total))
        if self._is_past_boundary(records, part):
            STATS.end(*listing, read, None)
            return None
        link = _next_link(exchange.response)
        if link and records and (total is None or read < total):
            return _token(_step_forward(here, read, total, link))
        if total is not None and read < total:
            return _token(_step_back(here, here.offset, total))
        STATS.end(*listing, read, total)
        return None

    def _is_past_boundary(self, records: list[Mapping[str, Any]], part: StreamSlice) -> bool:
        """Whether the walk ends at this page. A plain list is always read to its end."""
        return False

    def _total(self, exchange: Exchange) -> int | None:
        if not self.counted:
            return None
        response = exchange.response
        if exchange.total is None and response.headers.get("Link") and not self._said_uncounted:
            self._said_uncounted = True
            logger.info(
                "Basecamp sent no record count for %s: records that move while it is read cannot be noticed.",
                str(response.url).partition("?")[0],
            )
        return exchange.total


@dataclass
class DescendingCursorPagination(LinkPagination):
    """Reads a feed from its newest record down, and stops below the slice's lower boundary.

    The boundary (`start_date`, or the saved state less the lookback window) is inclusive: a page whose last record
    lies exactly on it is followed by the next one, because records can share a timestamp.
    """

    cursor_field: str = "updated_at"

    def _is_past_boundary(self, records: list[Mapping[str, Any]], part: StreamSlice) -> bool:
        boundary = part.cursor_slice.get("start_time")
        # The page itself: from what the CDK counts, its filter has already dropped the old records.
        dated = (record[self.cursor_field] for record in reversed(records) if record.get(self.cursor_field))
        oldest = next(dated, None)
        return bool(boundary and oldest and ab_datetime_parse(oldest) < ab_datetime_parse(boundary))


def _token(place: Place) -> PageToken:
    return PageToken(place.url, place)


def _step_forward(here: Place, read: int, total: int | None, link: str) -> Place:
    if total is None and here.number >= MAX_PAGES:
        raise endless(f"its pages go on after {MAX_PAGES:,} of them")
    place: Place | None = here
    while place:
        if place.url == link:
            raise endless("a page's link leads back to an earlier page")
        place = place.before
    progress = read > here.furthest
    return Place(
        url=link,
        offset=read,
        total=total,
        before=replace(here, rereads=0),
        number=here.number + 1,
        furthest=max(read, here.furthest),
        rereads=0 if progress else here.rereads,
    )


def place_of(exchange: Exchange, token: PageToken | None) -> Place:
    """Where the walk is: at the place of the token, or at the beginning of a list."""
    if token and not exchange.begins:
        return cast(Place, token.place)
    return Place(str(exchange.response.url))


def listing_name(stream_slice: StreamSlice | None) -> str:
    """The name of a partition's list in the log: its values, such as `active` or `active, archived projects`."""
    partition = stream_slice.partition if stream_slice else {}
    kind = f"{partition[KIND]} projects" if KIND in partition else ""
    again = READ_AGAIN if stream_slice and stream_slice.extra_fields.get("again") else ""
    return ", ".join(filter(None, (partition.get("status"), kind, again)))


def _step_back(here: Place, offset: int, total: int | None) -> Place:
    """The place of the page that holds the record at `offset`, to be read again."""
    if here.rereads >= MAX_REREADS:
        raise moving(here.rereads, f"gave up at offset {here.offset} of {here.total}, page {here.url}")
    place = here
    while place.before and place.offset > offset:
        place = place.before
    return replace(place, total=total, furthest=max(here.furthest, here.offset), rereads=here.rereads + 1)


def _missed_from(here: Place, total: int | None) -> int | None:
    """Offset to re-read from, or None: the count shrank, or this page repeats an earlier one."""
    if here.total is not None and total is not None and total < here.total:
        return here.offset - (here.total - total)
    twin = here.before
    while twin and twin.holds != here.holds:
        twin = twin.before
    # No repeat if enough records were inserted to push that page down to here.
    pushed_down = twin and (total or 0) - twin.counted >= here.offset - twin.offset
    return twin.offset if twin and not pushed_down else None


def _fingerprint(records: list[Mapping[str, Any]]) -> int:
    return hash(tuple(record.get("id") for record in records))


def _next_link(response: requests.Response) -> str | None:
    """The address in the `Link` header, or None without one. Raises a system_error for one of another host."""
    header = response.headers.get("Link", "").strip()
    if not header:
        return None
    link = str(response.links.get("next", {}).get("url", ""))
    require_same_host(link, str(response.url), header)
    return link


def require_same_host(link: str, url: str, told: str) -> None:
    """Raises a system_error for the address of a next page, told in these words, that is of another host."""
    if not _same_origin(link, url):
        raise system_error(NOT_FOLLOWED, f"not followed: {told[:500]!r}")


def _same_origin(link: str, url: str) -> bool:
    try:
        return origin(link) == origin(url)
    except ValueError:
        # A port out of range, or no address at all.
        return False


def moving(rereads: int, internal: str) -> ConnectorError:
    """The error for a list that does not come to rest."""
    message = (
        "Basecamp's list kept changing, or did not bring as many records as it counts, while it was read "
        f"{rereads} times over. Nothing is lost: the next sync starts from the last saved state. "
        "Run it when fewer records are being trashed or archived."
    )
    return transient_error(message, internal)


def endless(what: str) -> ConnectorError:
    """The error for a list whose pages lead nowhere."""
    message = f"Basecamp's list cannot be read to its end: {what}. Nothing is lost: the next sync tries again."
    return transient_error(message)
