"""What fails for one parent is named, and all that others have arrives before the stream ends INCOMPLETE."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from integration_tests.support.connector import Connector, Output, by_id, truth
from integration_tests.support.faults import assert_no_stack_trace, unavailable
from sandbox import AccountSize, Fault
from source_basecamp.parents import MAX_FAILURES

Start = Callable[..., Connector]

pytestmark = pytest.mark.usefixtures("unhurried")

SIZE = AccountSize(
    projects=10, archived_projects=0, trashed_projects=0, todos=0, messages=0, schedule_entries=0, client_approvals=60
)
ASKED = {
    "questions": r"/questionnaires/\d+/questions\.json",
    "campfire_lines": r"/chats/\d+/lines\.json",
    "card_columns": r"/card_tables/\d+\.json",
    "project_people": r"/projects/\d+/people\.json",
    "client_approvals": r"/client/approvals\.json",
    "client_replies": r"/client/recordings/\d+/replies\.json",
    "client_responses": r"/client/approvals/\d+\.json",
}
LISTINGS = r"/client/(approvals|correspondences)\.json"


def addresses(connector: Connector, path: str) -> list[str]:
    """What is asked for one by one, in the order in which it was."""
    return list(dict.fromkeys(request.path for request in connector.sandbox.log.find(path)))


def failing(connector: Connector, *paths: str) -> None:
    connector.sandbox.faults.add(*(Fault(f"^{re.escape(path)}$", status=500, body="", times=None) for path in paths))


@pytest.mark.parametrize("stream", ASKED)
def test_one_parent_that_fails_is_named_and_all_others_arrive(connect: Start, stream: str) -> None:
    connector = connect(replace(SIZE, client_approvals=12))
    whole = connector.read([stream])
    first, *others = addresses(connector, ASKED[stream])
    connector.sandbox.log.clear()
    failing(connector, first)
    output = connector.read([stream])
    assert (output.exit_code, output.statuses) == (1, {stream: "INCOMPLETE"})
    assert {(error["message"], error["failure_type"]) for error in output.errors} == {
        (unavailable(500).format(path=first), "transient_error")
    }
    assert set(addresses(connector, ASKED[stream])) == {first, *others}
    assert_no_stack_trace(output)
    connector.sandbox.faults.clear()
    failing(connector, *others)
    of_first = connector.read([stream])
    assert keys(output) | keys(of_first) == keys(whole)
    assert not keys(output) & keys(of_first)


def keys(output: Output) -> set[tuple[int | None, int]]:
    return {(one["data"].get("project_id"), one["data"]["id"]) for one in output.of_type("RECORD")}


def test_a_listing_of_parents_that_fails_hides_no_other(connect: Start) -> None:
    connector = connect(SIZE)
    whole = connector.read(["client_replies"])
    listings = addresses(connector, LISTINGS)
    assert len(listings) > 2
    for one in listings:
        connector.sandbox.faults.clear()
        failing(connector, one)
        output = connector.read(["client_replies"])
        assert output.statuses == {"client_replies": "INCOMPLETE"}
        assert {error["message"] for error in output.errors} == {unavailable(500).format(path=one)}
        lost = by_id(whole.records("client_replies")).keys() - by_id(output.records("client_replies")).keys()
        assert lost == replies_below(connector, one)


def replies_below(connector: Connector, listing: str) -> set[int]:
    """The replies to what a listing lists."""
    project, kind = re.findall(r"/buckets/(\d+)/client/(\w+)\.json", listing)[0]
    listed = {
        record["id"] for record in truth(connector.sandbox, f"client_{kind}") if record["bucket"]["id"] == int(project)
    }
    return {reply["id"] for reply in truth(connector.sandbox, "client_replies") if reply["parent"]["id"] in listed}


def test_listings_that_all_fail_are_not_asked_to_the_last(connect: Start) -> None:
    connector = connect(SIZE)
    connector.read(["client_replies"])
    listings = addresses(connector, LISTINGS)
    assert len(listings) > MAX_FAILURES
    connector.sandbox.log.clear()
    failing(connector, *listings)
    output = connector.read(["client_replies"])
    assert output.statuses == {"client_replies": "INCOMPLETE"}
    assert len(addresses(connector, LISTINGS)) == MAX_FAILURES


def test_a_sync_with_many_failures_quotes_some_and_counts_the_rest(connect: Start) -> None:
    connector = connect(SIZE)
    connector.sandbox.faults.add(Fault(ASKED["project_people"], status=500, body="", times=None))
    output = connector.read(["project_people"])
    *each, last = output.errors
    assert len(each) == SIZE.projects
    assert last["message"].count("is unavailable") == 5
    assert last["message"].endswith(f"And {SIZE.projects - 5} more such errors, each in the log.")
