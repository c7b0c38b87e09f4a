"""A walk over a list of Classic brings every record that stays in it, whatever moves meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from hypothesis import given
from hypothesis import strategies as st

from source_basecamp.body import Body
from source_basecamp.classic.pagination import WHOLE, ContinuedPages, NumberedPages, Offsets
from source_basecamp.exchange import exchange_of
from source_basecamp.pagination import PageToken

SITE = "https://acme.basecamphq.com"


class Listing:
    """A list as Classic pages it, in memory: newest record first."""

    def __init__(self, strategy: NumberedPages, path: str, records: int, counts: bool = False) -> None:
        self.strategy, self.path, self.counts = strategy, path, counts
        self.ids = list(range(records, 0, -1))
        self.asked: list[str] = []

    def answer(self, url: str) -> requests.Response:
        self.asked.append(url)
        size, query = self.strategy.page_size, parse_qs(urlsplit(url).query)
        start = int(query.get("n", ["0"])[0]) + (max(int(query.get("page", ["1"])[0]), 1) - 1) * size
        response = requests.Response()
        response.status_code, response.url = 200, url
        attributes = {}
        if self.counts and isinstance(self.strategy, ContinuedPages):
            attributes["count"] = str(len(self.ids))
        elif self.counts:
            response.headers["X-Records"] = str(len(self.ids))
        if isinstance(self.strategy, ContinuedPages) and start + size < len(self.ids):
            attributes["continued-at"] = f"/{self.path}?n={start + size}"
        body = Body([{"id": id} for id in self.ids[start : start + size]], attributes=attributes)
        exchange_of(response).parse = lambda content: body
        return response

    def change(self, rng: random.Random, newest: int) -> None:
        """Removes a record, adds one, or moves one to another place."""
        kind = rng.choice(["remove", "add", "move"] if not isinstance(self.strategy, Offsets) else ["remove", "add"])
        if kind == "add":
            place = 0 if isinstance(self.strategy, Offsets | ContinuedPages) else rng.randint(0, len(self.ids))
            self.ids.insert(place, newest)
        elif self.ids:
            moved = self.ids.pop(rng.randrange(len(self.ids)))
            if kind == "move" and type(self.strategy) is NumberedPages:
                self.ids.insert(rng.randint(0, len(self.ids)), moved)


def numbered() -> NumberedPages:
    return NumberedPages(config={}, parameters={}, page_size=3)


def offsets() -> Offsets:
    return Offsets(config={}, parameters={}, page_size=3)


def continued() -> ContinuedPages:
    return ContinuedPages(config={}, parameters={}, page_size=3)


KINDS: dict[str, Callable[[int], Listing]] = {
    "numbered": lambda n: Listing(numbered(), "calendar_entries.xml?page=1", n),
    "counted": lambda n: Listing(numbered(), "time_entries.xml?page=1", n, counts=True),
    "offsets": lambda n: Listing(offsets(), "posts.xml", n),
    "continued": lambda n: Listing(continued(), "comments.xml", n, counts=True),
}
every_kind = pytest.mark.parametrize("kind", KINDS)


def walk(
    listing: Listing, between: Callable[[], object] = lambda: None, first: bool = True
) -> tuple[set[int], list[int]]:
    """Every id that a walk reads, and those that are emitted, with `between` called before each further page.

    `first` is whether nobody has read the list before in this sync.
    """
    if first:
        WHOLE.clear()
    seen: set[int] = set()
    emitted: list[int] = []
    token: PageToken | None = None
    while True:
        response = listing.answer(str(token or f"{SITE}/{listing.path}"))
        ids = [entry["id"] for entry in exchange_of(response).records]
        emitted += [id for id in ids if token is None or id not in token.place.seen]
        seen.update(ids)
        token = listing.strategy.next_page_token(response, 0, None, token)
        if token is None:
            return seen, emitted
        between()


@every_kind
@given(records=st.integers(0, 20), seed=st.integers(), changes=st.integers(0, 6))
def test_no_record_that_stays_is_lost_and_none_is_emitted_twice(
    kind: str, records: int, seed: int, changes: int
) -> None:
    listing, rng = KINDS[kind](records), random.Random(seed)
    there, left = set(listing.ids), [changes]

    def between() -> None:
        if left[0] and rng.random() < 0.7:
            left[0] -= 1
            listing.change(rng, 100 + left[0])
            there.intersection_update(listing.ids)

    seen, emitted = walk(listing, between)
    assert there <= seen
    assert sorted(emitted) == sorted(seen)


@every_kind
@pytest.mark.parametrize(
    ("records", "numbered_pages", "counted_pages", "offset_pages", "continued_pages"),
    [(0, 1, 1, 1, 1), (2, 1, 1, 1, 1), (3, 4, 1, 2, 1), (4, 4, 2, 2, 2), (7, 6, 3, 4, 3)],
)
def test_a_list_that_stands_still_costs_the_least_that_its_way_of_paging_allows(
    kind: str, records: int, numbered_pages: int, counted_pages: int, offset_pages: int, continued_pages: int
) -> None:
    least = dict(zip(KINDS, (numbered_pages, counted_pages, offset_pages, continued_pages), strict=True))
    listing = KINDS[kind](records)
    assert walk(listing)[0] == set(range(1, records + 1))
    assert len(listing.asked) == least[kind]


def test_what_one_stream_has_read_whole_another_need_not_read_twice() -> None:
    listing = KINDS["numbered"](7)
    walk(listing)
    for newest, pages in ((7, 3), (8, 6), (8, 3)):
        listing.ids[:] = range(newest, 0, -1)
        listing.asked.clear()
        assert walk(listing, first=False)[0] == set(range(1, newest + 1))
        assert len(listing.asked) == pages


@every_kind
def test_a_list_that_does_not_come_to_rest_fails_as_a_transient_error(kind: str) -> None:
    listing, turns = KINDS[kind](20), iter(range(1, 10_000))

    def turn() -> None:
        """Puts other records in the place of all, now one more and now one less."""
        number = next(turns)
        listing.ids[:] = range(number * 100 + 20 + number % 2, number * 100, -1)

    with pytest.raises(AirbyteTracedException, match="kept changing") as raised:
        walk(listing, turn)
    assert raised.value.failure_type == FailureType.transient_error


def test_a_count_that_is_wrong_costs_a_second_reading_and_fails_nothing() -> None:
    listing = KINDS["continued"](7)
    usual = listing.answer

    def wrong(url: str) -> requests.Response:
        response = usual(url)
        exchange = exchange_of(response)
        exchange.attributes["count"] = str(len(exchange.records))  # type: ignore[index]
        return response

    listing.answer = wrong  # type: ignore[method-assign]
    assert walk(listing)[0] == set(range(1, 8))
    assert len(listing.asked) == 6


def test_a_count_that_is_too_small_ends_no_list_early() -> None:
    listing = KINDS["counted"](7)
    usual = listing.answer

    def wrong(url: str) -> requests.Response:
        response = usual(url)
        response.headers["X-Records"] = "2"
        return response

    listing.answer = wrong  # type: ignore[method-assign]
    assert walk(listing)[0] == set(range(1, 8))
    assert len(listing.asked) == 3


def test_a_page_that_leads_back_to_itself_ends_the_walk() -> None:
    listing = KINDS["continued"](7)
    usual = listing.answer

    def circular(url: str) -> requests.Response:
        response = usual(url)
        exchange_of(response).attributes["continued-at"] = f"/{listing.path}"  # type: ignore[index]
        return response

    listing.answer = circular  # type: ignore[method-assign]
    with pytest.raises(AirbyteTracedException, match="leads back"):
        walk(listing)


def test_a_site_that_knows_no_offsets_is_not_asked_for_ever() -> None:
    listing = KINDS["offsets"](7)
    usual = listing.answer

    def first(url: str) -> requests.Response:
        response = usual(f"{SITE}/{listing.path}")
        response.url = url
        return response

    listing.answer = first  # type: ignore[method-assign]
    with pytest.raises(AirbyteTracedException, match="kept changing"):
        walk(listing)
    assert len(listing.asked) < 40
