"""A walk over a list brings every record that stays in it, whatever moves meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import orjson
import pytest
import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.types import StreamSlice
from airbyte_cdk.utils.traced_exception import AirbyteTracedException
from hypothesis import given
from hypothesis import strategies as st

from source_basecamp import pagination
from source_basecamp.pagination import MAX_REREADS, DescendingCursorPagination, LinkPagination, PageToken

URL = "https://3.basecampapi.com/1/projects/recordings.json?type=Todo"
GEARS = (15, 30, 50)


class Feed:
    """A listing as Basecamp pages it, in memory: newest record first."""

    def __init__(self, records: int) -> None:
        self.ids = list(range(records, 0, -1))
        self.pages = 0

    def answer(self, number: int, **headers: str | None) -> requests.Response:
        self.pages += 1
        start = sum(GEARS[: number - 1]) + max(0, number - 4) * 100
        size = GEARS[number - 1] if number <= 3 else 100
        response = requests.Response()
        response.status_code = 200
        response.url = URL if number == 1 else f"{URL}&page={number}"
        response._content = orjson.dumps([record(id) for id in self.ids[start : start + size]])
        sent: dict[str, str | None] = {"X-Total-Count": str(len(self.ids))}
        if start + size < len(self.ids):
            sent["Link"] = f'<{URL}&page={number + 1}>; rel="next"'
        response.headers.update({name: value for name, value in (sent | headers).items() if value is not None})
        return response


def record(id: int) -> dict[str, Any]:
    return {"id": id, "updated_at": f"2026-01-01T{id // 3600:02}:{id // 60 % 60:02}:{id % 60:02}.000Z"}


def boundary(id: int) -> StreamSlice:
    return StreamSlice(
        partition={"status": "active"},
        cursor_slice={"start_time": record(id)["updated_at"], "end_time": "9000-01-01T00:00:00Z"},
    )


def walk(
    feed: Feed,
    strategy: LinkPagination | None = None,
    between: Callable[[], object] = lambda: None,
    slice: StreamSlice | None = None,
    **headers: str | None,
) -> set[int]:
    """Every id that one walk reads, with `between` called before each further page."""
    strategy = strategy or LinkPagination(config={}, parameters={})
    seen: set[int] = set()
    token: PageToken | None = None
    while True:
        number = int(str(token).rpartition("page=")[2]) if token and "page=" in token else 1
        response = feed.answer(number, **headers)
        seen |= {entry["id"] for entry in orjson.loads(response.content)}
        token = strategy.next_page_token(response, 0, None, token, stream_slice=slice)
        if token is None:
            return seen
        between()


def descending() -> DescendingCursorPagination:
    return DescendingCursorPagination(config={}, parameters={})


@pytest.mark.parametrize(("records", "pages"), [(0, 1), (1, 1), (15, 1), (16, 2), (45, 2), (46, 3), (95, 3), (300, 6)])
def test_a_quiet_list_is_read_whole_in_the_fewest_pages(records: int, pages: int) -> None:
    feed = Feed(records)
    assert walk(feed) == set(feed.ids)
    assert feed.pages == pages


@given(records=st.integers(16, 400), seed=st.integers(0, 2**32), most=st.integers(1, 60), quiet=st.integers(1, 4))
def test_no_record_that_stays_is_lost_while_others_leave_and_come(
    records: int, seed: int, most: int, quiet: int
) -> None:
    feed, chance = Feed(records), random.Random(seed)

    def change() -> None:
        if chance.randrange(quiet + 1):
            return
        for _ in range(chance.randint(1, most)):
            if feed.ids and chance.random() < 0.8:
                feed.ids.remove(chance.choice(feed.ids))
            elif chance.random() < 0.5:
                feed.ids.insert(0, max([*feed.ids, records]) + 1)

    started_with, gave_up = set(feed.ids), None
    try:
        seen = walk(feed, between=change)
    except AirbyteTracedException as error:
        gave_up = error.failure_type
    assert gave_up in (None, FailureType.transient_error)
    assert gave_up or started_with & set(feed.ids) <= seen


@pytest.mark.parametrize("at", [1, 2, 3, 4])
@pytest.mark.parametrize("gone", [1, 29, 40])
def test_what_slides_past_the_boundary_page_is_read(at: int, gone: int) -> None:
    feed, calls = Feed(300), iter(range(1, 99))

    def change() -> None:
        if next(calls) == at:
            del feed.ids[:gone]

    seen = walk(feed, descending(), change, boundary(150))
    assert set(range(150, 300 - gone + 1)) <= seen


@pytest.mark.parametrize(("oldest_wanted", "pages"), [(287, 1), (286, 2), (257, 2), (256, 3), (207, 3), (206, 4)])
def test_the_boundary_is_inclusive_and_no_page_past_it_is_fetched(oldest_wanted: int, pages: int) -> None:
    feed = Feed(300)
    seen = walk(feed, descending(), slice=boundary(oldest_wanted))
    assert set(range(oldest_wanted, 301)) <= seen
    assert feed.pages == pages


def test_a_record_without_a_timestamp_stops_nothing() -> None:
    feed = Feed(20)
    response = feed.answer(1)
    undated = [*orjson.loads(response.content)[:-1], {"id": 99, "updated_at": None}]
    response._content = orjson.dumps(undated)
    assert descending().next_page_token(response, 0, None, None, stream_slice=boundary(3)) is not None
    assert descending().next_page_token(response, 0, None, None, stream_slice=boundary(19)) is None


def test_a_list_that_never_stops_shrinking_ends_as_a_transient_error() -> None:
    feed = Feed(20_000)
    with pytest.raises(AirbyteTracedException, match="kept changing") as gave_up:
        walk(feed, between=lambda: feed.ids.__delitem__(slice(0, 2)))
    assert gave_up.value.failure_type == FailureType.transient_error
    assert feed.pages <= 3 * MAX_REREADS


@pytest.mark.parametrize("arrived", [99, 100, 101, 200])
def test_records_that_come_on_top_cost_no_page_more_than_they_fill(arrived: int) -> None:
    feed, calls = Feed(5_000), iter(range(1, 999))

    def change() -> None:
        if next(calls) == 40:
            feed.ids[:0] = range(5_000 + arrived, 5_000, -1)

    assert set(range(1, 5_001)) <= walk(feed, between=change)
    assert feed.pages == 53 + -(-(arrived - 5) // 100)


def test_a_counted_list_may_have_any_number_of_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pagination, "MAX_PAGES", 4)
    feed = Feed(1_000)
    assert walk(feed) == set(feed.ids)
    with pytest.raises(AirbyteTracedException, match="its pages go on after 4 of them"):
        walk(Feed(1_000), **{"X-Total-Count": None})


def test_a_list_that_ends_before_its_count_is_an_error_not_a_shorter_list() -> None:
    with pytest.raises(AirbyteTracedException, match="did not bring as many records as it counts"):
        walk(Feed(40), Link=None)


def test_without_a_count_the_walk_goes_on_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    feed = Feed(120)
    assert walk(feed, **{"X-Total-Count": None}) == set(feed.ids)
    assert [entry.message for entry in caplog.records] == [
        "Basecamp sent no record count for https://3.basecampapi.com/1/projects/recordings.json: "
        "records that move while it is read cannot be noticed."
    ]


def test_a_link_that_leads_back_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(AirbyteTracedException, match="leads back to an earlier page") as endless:
        walk(Feed(120), Link=f'<{URL}&page=2>; rel="next"')
    assert endless.value.failure_type == FailureType.transient_error


def test_a_link_that_goes_on_after_the_last_record_is_not_followed() -> None:
    feed = Feed(15)
    assert walk(feed, Link=f'<{URL}&page=2>; rel="next"') == set(feed.ids)
    assert feed.pages == 1


@pytest.mark.parametrize(
    "link",
    [
        '<https://evil.example.com/1/projects.json>; rel="next"',
        '<http://3.basecampapi.com/1/projects.json>; rel="next"',
        '<//evil.example.com/1/projects.json>; rel="next"',
        '<https://3.basecampapi.com@evil.example.com/>; rel="next"',
        '<https://3.basecampapi.com.evil.example.com/>; rel="next"',
        "garbage",
        '<>; rel="next"',
    ],
)
def test_a_link_that_is_no_address_of_the_same_host_is_not_followed(link: str) -> None:
    with pytest.raises(AirbyteTracedException, match="does not follow") as refused:
        walk(Feed(40), Link=link)
    assert refused.value.failure_type == FailureType.system_error
