"""An incremental sync brings what changed, and asks for nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from integration_tests.support import sizes
from integration_tests.support.connector import ALL_FEEDS, FEEDS, FIVE, ROOT, Connector, by_id, cursors, truth

pytestmark = pytest.mark.usefixtures("unhurried")

STATUSES = ("active", "archived", "trashed")
ONE_PAGE, MANY_PAGES = (replace(size, archived_projects=0) for size in (sizes.ONE_PAGE, sizes.MANY_PAGES))
FEW_PROJECTS = replace(MANY_PAGES, projects=15, trashed_projects=1, hidden_per_project=0)


def test_the_state_is_the_newest_record_of_each_status(connect: Callable[..., Connector]) -> None:
    connector = connect(ONE_PAGE)
    assert cursors(connector.read(FEEDS)) == {
        (stream, status): connector.sandbox.account.feed(type, status)[0]["updated_at"]
        for stream, type in FEEDS.items()
        for status in STATUSES
    }


@pytest.mark.parametrize(("archived", "listings"), [(0, 1), (15, 2)])
def test_the_second_sync_of_an_unchanged_account_costs_one_request_per_listing_and_no_token(
    connect: Callable[..., Connector], archived: int, listings: int
) -> None:
    """Recordings of archived projects are listed by themselves."""
    connector = connect(replace(FEW_PROJECTS, archived_projects=archived))
    first = connector.read()
    (control,) = first.of_type("CONTROL")
    connector.config = control["connectorConfig"]["config"]
    connector.sandbox.log.clear()
    second = connector.read(state=first.state)
    assert connector.sandbox.log.count("/authorization") == 0
    assert connector.sandbox.log.count("/recordings.json") == len(FEEDS) * len(STATUSES) * listings
    assert connector.sandbox.log.count("/projects.json") == len(STATUSES)
    assert cursors(second) == cursors(first)


@pytest.mark.parametrize("stream", ALL_FEEDS)
def test_the_boundary_record_is_read_again_and_nothing_older(connect: Callable[..., Connector], stream: str) -> None:
    connector = connect(replace(MANY_PAGES, **{stream: (60, 20, 5)}))
    feed = connector.sandbox.account.feed(ALL_FEEDS[stream], "active")
    boundary = feed[len(feed) // 3]["updated_at"]
    output = connector.read([stream], state=[published_state(stream, boundary)], lookback_minutes=0)
    expected = [record for record in truth(connector.sandbox, stream) if record["updated_at"] >= boundary]
    assert boundary in {record["updated_at"] for record in output.records(stream)}
    assert by_id(output.records(stream)) == by_id(expected)


@pytest.mark.parametrize(("at", "asked"), [(13, 1), (14, 2), (16, 2), (44, 3), (93, 3), (94, 4)])
def test_no_page_past_the_boundary_is_fetched(connect: Callable[..., Connector], at: int, asked: int) -> None:
    connector = connect(MANY_PAGES)
    feed = connector.sandbox.account.feed("Todo", "active")
    assert feed[at]["updated_at"] != feed[at + 1]["updated_at"]
    connector.read(["todos"], state=[published_state("todos", feed[at]["updated_at"])], lookback_minutes=0)
    feed_requests = (r for r in connector.sandbox.log.requests if r.path.endswith("/recordings.json"))
    requests = [r for r in feed_requests if r.query["status"] == "active"]
    assert len(requests) == asked


def test_records_with_the_timestamp_of_the_boundary_are_all_read_across_a_page_edge(
    connect: Callable[..., Connector],
) -> None:
    connector = connect(MANY_PAGES)
    account = connector.sandbox.account
    moment = "2026-05-05T05:05:05.555Z"
    twins = {record["id"] for record in account.feed("Todo", "active")[200:220]}
    for twin in twins:
        account.update(twin, updated_at=moment)
    output = connector.read(["todos"], state=[published_state("todos", moment)], lookback_minutes=0)
    assert {record["id"] for record in output.records("todos")} == twins


def test_the_lookback_reads_again_what_changed_just_before_the_saved_cursor(
    connect: Callable[..., Connector],
) -> None:
    connector = connect(ONE_PAGE)
    account = connector.sandbox.account
    old, saved = account.feed("Todo", "active")[3:5]
    account.update(old["id"], updated_at="2026-05-05T11:50:00.000Z")
    account.update(saved["id"], updated_at="2026-05-05T12:00:00.000Z")
    state = [published_state("todos", "2026-05-05T12:00:00.000000Z")]
    ten = connector.read(["todos"], state=state)
    nine = connector.read(["todos"], state=state, lookback_minutes=9)
    assert by_id(ten.records("todos")).keys() == {old["id"], saved["id"]}
    assert by_id(nine.records("todos")).keys() == {saved["id"]}


def test_only_what_changed_comes_in_the_second_sync(connect: Callable[..., Connector]) -> None:
    connector = connect(MANY_PAGES)
    account = connector.sandbox.account
    first = connector.read(lookback_minutes=0)
    ids = [record["id"] for record in account.feed("Todo", "active")[100:104]]
    account.trash(ids[0])
    account.archive(ids[1])
    account.complete(ids[2])
    account.update(ids[3], content="Changed")
    created = account.create("Message")["id"]
    second = connector.read(state=first.state, lookback_minutes=0)
    fresh = {record["id"]: record["status"] for record in second.records("todos")}
    boundary = {newest_record["id"] for newest_record in first.records("todos")} & set(fresh) - set(ids)
    assert {id: fresh[id] for id in ids} == dict(zip(ids, ["trashed", "archived", "active", "active"], strict=True))
    assert len(boundary) <= 2 * len(STATUSES)
    assert created in by_id(second.records("messages"))
    for stream in FIVE:
        synced = by_id(first.records(stream)) | by_id(second.records(stream))
        assert synced == by_id(truth(connector.sandbox, stream)), stream


def test_the_state_of_the_published_connector_is_honoured(connect: Callable[..., Connector]) -> None:
    connector = connect(MANY_PAGES)
    boundary = connector.sandbox.account.feed("Todo", "active")[40]["updated_at"]
    micro = boundary.replace("Z", "000Z")
    output = connector.read(["todos"], state=[published_state("todos", micro)], lookback_minutes=0)
    assert min(record["updated_at"] for record in output.records("todos")) == boundary


def published_state(stream: str, updated_at: str) -> dict[str, object]:
    """A state as Airbyte's own Basecamp connector saved it."""
    return {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": stream}, "stream_state": {"updated_at": updated_at}},
    }


def test_a_full_refresh_with_a_state_goes_on_from_it_as_the_page_says(connect: Callable[..., Connector]) -> None:
    connector = connect(ONE_PAGE)
    first = connector.read(["todos"])
    again = connector.read(["todos"], state=first.state, lookback_minutes=0, sync_mode="full_refresh")
    assert 0 < len(again.records("todos")) < len(first.records("todos"))
    for page in ("BEHAVIOR.md", "basecamp.md"):
        assert "`--state`" in (ROOT / "docs" / page).read_text()
