"""Pagination that reads a list of Basecamp Classic to its end without losing a record that moves meanwhile.

Classic pages by position, each list in its own way, and most lists come without a count. A record that leaves the part
already read moves every later one a place up, onto a page that was already read. Each way of paging shows it in
another manner. What a second reading brings again is not emitted again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, parse_qsl, urlencode, urljoin, urlsplit

from airbyte_cdk.sources.types import StreamSlice

from source_basecamp.exchange import Exchange
from source_basecamp.pagination import (
    MAX_PAGES,
    MAX_REREADS,
    PageToken,
    Pagination,
    endless,
    listing_name,
    moving,
    require_same_host,
)
from source_basecamp.stats import STATS

WHOLE: dict[str, list[int]] = {}
"""Ids in the lists that were read whole in this sync, by the address of the first page."""


@dataclass
class Walk:
    """The way through one list: of one thread, handed on from page to page."""

    first: str
    """The address of its first page."""
    seen: set[int] = field(default_factory=set)
    """Ids of all records that were read."""
    found: list[int] = field(default_factory=list)
    """Ids of this reading, in their order."""
    before: list[int] | None = None
    """Those of the reading before it."""
    counts: set[int | None] = field(default_factory=set)
    """How many records the list has, as the pages of this reading say."""
    visited: set[str] = field(default_factory=set)
    """The addresses of this reading's pages."""
    rereads: int = 0

    def add(self, ids: Sequence[int], count: int | None) -> None:
        """Notes a page."""
        self.found += ids
        self.seen.update(ids)
        self.counts.add(count)

    def go_back(self) -> None:
        """Lets pages be read again. Raises a transient_error for a list that does not come to rest."""
        if self.rereads >= MAX_REREADS:
            raise moving(self.rereads, f"gave up on {self.first}")
        self.rereads += 1
        self.visited.clear()

    def begin_again(self) -> str:
        """Begins another reading of the list, and returns the address of its first page."""
        self.go_back()
        self.before, self.found, self.counts = self.found, [], set()
        return self.first


@dataclass
class NumberedPages(Pagination):
    """Reads a list by `page=1`, `page=2` and so on. A page of fewer than `page_size` records is the last one.

    A list of one page is whole. A longer one is read again, until its pages agree with the count that Classic sends, or
    two readings with each other: another stream's may be one of them, so that the cache spares the second one.
    """

    page_size: int = 50

    def next_page(
        self, exchange: Exchange, token: PageToken | None, emitted: int, part: StreamSlice
    ) -> PageToken | None:
        url = str(exchange.response.url)
        walk: Walk = token.place if token else Walk(url)
        listing = exchange.stream, listing_name(part)
        if not token:
            STATS.begin(*listing, None, part)
        STATS.page(*listing, emitted, exchange.waited, walk.rereads > 0)
        ids, count = [record["id"] for record in exchange.records], self.count(exchange)
        walk.visited.add(url)
        address = self.following(walk, ids, exchange)
        walk.add(ids, count)
        if address is None and not self.is_whole(walk):
            address = walk.begin_again()
        if address is None:
            STATS.end(*listing, len(set(walk.found)), count)
            WHOLE[walk.first] = walk.found
            return None
        if address in walk.visited or len(walk.visited) >= MAX_PAGES:
            raise endless("a page leads back to an earlier page")
        return PageToken(address, walk)

    def count(self, exchange: Exchange) -> int | None:
        """How many records the whole list has, or None where Classic does not say."""
        return _number(exchange.response.headers.get("X-Records"))

    def following(self, walk: Walk, ids: Sequence[int], exchange: Exchange) -> str | None:
        """The address of the next page, or None after the last one. The walk does not have its records yet."""
        count, url, read = self.count(exchange), str(exchange.response.url), len(walk.found) + len(ids)
        # A count that has been passed is none to go by.
        is_last = len(ids) < self.page_size if count is None or read > count else not ids or read == count
        return None if is_last else _with(url, "page", max(_asked(url, "page"), 1) + 1)

    def is_whole(self, walk: Walk) -> bool:
        """Whether the reading that is at its end can have missed no record."""
        if len(walk.visited) == 1 or walk.found in (walk.before, WHOLE.get(walk.first)):
            return True
        (count, *others) = walk.counts
        return count is not None and not others and len(set(walk.found)) >= count


@dataclass
class Offsets(NumberedPages):
    """Reads a list by `n=` and the number of records before the page, newest first.

    Each page begins with the last record of the page before it. Where none of its records is known, records have moved
    up, and the walk goes back until one is.
    """

    def count(self, exchange: Exchange) -> int | None:
        return None

    def following(self, walk: Walk, ids: Sequence[int], exchange: Exchange) -> str | None:
        url = str(exchange.response.url)
        offset = _asked(url, "n")
        if offset and walk.seen.isdisjoint(ids):
            walk.go_back()
            return _with(url, "n", max(offset - self.page_size + 1, 0))
        if offset and walk.seen.issuperset(ids):
            # A page of nothing new. A site that knows no offsets would send no other.
            walk.go_back()
        return _with(url, "n", offset + len(ids) - 1) if len(ids) >= self.page_size else None

    def is_whole(self, walk: Walk) -> bool:
        return True


@dataclass
class ContinuedPages(NumberedPages):
    """Reads a list whose root element names the page of older records (`continued-at`) and counts all (`count`)."""

    def count(self, exchange: Exchange) -> int | None:
        return _number(exchange.attributes.get("count"))

    def following(self, walk: Walk, ids: Sequence[int], exchange: Exchange) -> str | None:
        path, url = exchange.attributes.get("continued-at"), str(exchange.response.url)
        if not path:
            return None
        try:
            address = urljoin(url, path)
        except ValueError:
            address = ""
        require_same_host(address, url, path)
        return address


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def _asked(url: str, name: str) -> int:
    """The number of that name in an address's query; 0 without one."""
    return _number(parse_qs(urlsplit(url).query).get(name, [""])[0]) or 0


def _with(url: str, name: str, value: int) -> str:
    """The address with that number in its query."""
    parts = urlsplit(url)
    return parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), name: value})).geturl()
