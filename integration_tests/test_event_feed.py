"""The event feed: every event once in its order, from where the last sync ended, whatever Basecamp refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from integration_tests.support.connector import Connector, Output, Record, truth
from sandbox import AccountSize, Fault
from source_basecamp.error_handler import unavailability
from source_basecamp.event_feed import PLACE_REFUSED, READ_ANEW

Start = Callable[..., Connector]

pytestmark = pytest.mark.usefixtures("unhurried")

SMALL = AccountSize(projects=3, archived_projects=1)
MANY = replace(SMALL, todos=100, messages=100, campfire_lines=100, events=80)
EVENTS = r"/events\.json"


def told(output: Output) -> list[Record]:
    """The events that a sync brought, as Basecamp sent them."""
    return [{"performed_by_id": None, **event} for event in output.records("events")]


def place(output: Output) -> int:
    (state,) = output.state
    return int(state["stream"]["stream_state"]["id"])


def warnings(output: Output) -> list[str]:
    return [log["message"] for log in output.of_type("LOG") if log["level"] == "WARN"]


def asked(connector: Connector) -> list[dict[str, str]]:
    return [dict(request.query) for request in connector.sandbox.log.find(EVENTS)]


def test_every_event_comes_once_and_in_its_order_however_many_pages(connect: Start) -> None:
    connector = connect(MANY)
    expected = truth(connector.sandbox, "events")
    output = connector.read(["events"])
    assert told(output) == expected
    assert place(output) == expected[-1]["id"]
    first, *others = asked(connector)
    assert first == {"since": "0"}
    assert len(others) == (len(expected) - 1) // 100 >= 2
    assert all(query.keys() == {"position"} for query in others)


def test_the_next_sync_asks_once_and_brings_what_has_happened_since(connect: Start) -> None:
    connector = connect(SMALL)
    account = connector.sandbox.account
    first = connector.read(["events"])
    connector.sandbox.log.clear()
    assert told(connector.read(["events"], state=first.state)) == []
    assert asked(connector) == [{"since": str(place(first))}]
    card, todo = account.feed("Kanban::Card")[0], account.create("Todo")
    column = next(one for one in truth(connector.sandbox, "card_columns") if one["bucket"] == card["bucket"])
    account.move(card["id"], column["id"])
    account.complete(todo["id"])
    second = connector.read(["events"], state=first.state)
    assert [event["event_type"] for event in told(second)] == ["todo.created", "card.moved", "todo.completed"]
    assert told(first) + told(second) == truth(connector.sandbox, "events")


@pytest.mark.parametrize("page", [1, 2])
def test_a_page_that_fails_ends_the_stream_and_the_next_sync_loses_nothing(connect: Start, page: int) -> None:
    connector = connect(MANY)
    path = EVENTS + (r"\?since" if page == 1 else r"\?position")
    connector.sandbox.faults.add(Fault(path, status=500, body="", times=None))
    output = connector.read(["events"])
    assert output.statuses == {"events": "INCOMPLETE"}
    connector.sandbox.faults.clear()
    again = connector.read(["events"], state=output.state)
    assert told(again) == truth(connector.sandbox, "events")


def test_below_a_raised_epoch_the_feed_is_read_anew_and_it_is_said_what_may_be_missing(connect: Start) -> None:
    connector = connect(SMALL)
    first = connector.read(["events"])
    account = connector.sandbox.account
    missed = account.create("Todo")["id"]
    account.store.epoch = account.store.feed_events[-1]["id"]
    account.create("Message")
    second = connector.read(["events"], state=first.state)
    assert second.statuses == {"events": "COMPLETE"}
    assert told(second) == truth(connector.sandbox, "events")
    assert missed not in {event["recording_id"] for event in told(second)}
    assert warnings(second) == [READ_ANEW % PLACE_REFUSED.format(status=410)]


REFUSALS = {
    400: json.dumps({"error": "Unrecognized position.", "reason": "invalid_position"}),
    409: json.dumps({"position_digest": "a", "filters_digest": "b"}),
    410: json.dumps({"epoch_after_id": 1}),
}


@pytest.mark.parametrize("status", REFUSALS)
@pytest.mark.parametrize("query", ["since=[1-9]", "position="])
def test_a_place_that_is_refused_costs_no_event(connect: Start, status: int, query: str) -> None:
    connector = connect(MANY)
    first = connector.read(["events"]).state if query.startswith("since") else None
    connector.sandbox.faults.add(Fault(rf"{EVENTS}\?{query}", status=status, body=REFUSALS[status]))
    output = connector.read(["events"], state=first)
    assert output.statuses == {"events": "COMPLETE"}
    expected = truth(connector.sandbox, "events")
    assert {event["id"] for event in told(output)} == {event["id"] for event in expected}
    assert place(output) == expected[-1]["id"]
    assert warnings(output) == [READ_ANEW % PLACE_REFUSED.format(status=status)]


@pytest.mark.parametrize(("query", "requests"), [("since=", 2), ("position=", 4)])
def test_places_that_are_always_refused_end_the_stream(connect: Start, query: str, requests: int) -> None:
    connector = connect(MANY)
    # Not without an end, which a failing test would not have either.
    connector.sandbox.faults.add(Fault(rf"{EVENTS}\?{query}", status=410, body="{}", times=20))
    output = connector.read(["events"])
    assert output.statuses == {"events": "INCOMPLETE"}
    assert output.errors[0]["failure_type"] == "transient_error"
    assert connector.sandbox.log.count(EVENTS) == requests
    assert len(warnings(output)) == 1


def test_null_is_no_events(connect: Start) -> None:
    connector = connect(SMALL)
    connector.sandbox.faults.add(Fault(EVENTS, body='{"events": null, "position": "x"}'))
    output = connector.read(["events"])
    assert (output.statuses, told(output)) == ({"events": "COMPLETE"}, [])


def test_an_event_without_a_time_or_project_is_read(connect: Start) -> None:
    connector = connect(SMALL)
    event = {"id": 7, "event_type": "todo.completed", "recording_id": 1}
    connector.sandbox.faults.add(Fault(EVENTS, body=json.dumps({"events": [event], "position": "x"})))
    output = connector.read(["events"], start_date="2020-01-01")
    assert [event["recording_id"] for event in told(output)] == [1]
    assert place(output) == 7


@pytest.mark.parametrize(("status", "word"), [(404, "not there"), (403, "forbidden")])
def test_an_account_without_the_feed_does_not_offer_it(connect: Start, status: int, word: str) -> None:
    connector = connect(SMALL)
    connector.sandbox.faults.add(Fault(EVENTS, status=status, body="", times=None))
    output = connector.read(["events"])
    assert output.exit_code == 1
    assert unavailability(output.errors[0]["message"]) == word


def test_another_400_is_no_refused_place(connect: Start) -> None:
    connector = connect(SMALL)
    connector.sandbox.faults.add(Fault(EVENTS, status=400, body='{"reason": "invalid_filter"}', times=None))
    output = connector.read(["events"])
    assert (output.exit_code, warnings(output)) == (1, [])
    assert connector.sandbox.log.count(EVENTS) == 1


def test_only_events_of_the_chosen_projects_are_asked_for(connect: Start) -> None:
    connector = connect(MANY)
    one, other, _ = (project["id"] for project in connector.sandbox.account.projects())
    output = connector.read(["events"], project_ids=[one, other])
    assert told(output) == [e for e in truth(connector.sandbox, "events") if e["bucket_id"] in (one, other)]
    assert {query["buckets"] for query in asked(connector)} == {f"{one},{other}"}


def test_a_page_without_events_is_not_the_last_one(connect: Start) -> None:
    """Where others' events are filtered out, a page may be empty and have a next one."""
    connector = connect(replace(MANY, projects=1, archived_projects=0))
    quiet = connector.sandbox.account.create_project("Quiet")["id"]
    connector.sandbox.account.create("Todo", quiet)
    output = connector.read(["events"], project_ids=[quiet])
    assert [event["bucket_id"] for event in told(output)] == [quiet]
    assert len(asked(connector)) > 2


def test_what_happened_before_the_start_date_is_left_out(connect: Start) -> None:
    connector = connect(MANY)
    expected = truth(connector.sandbox, "events")
    since = expected[len(expected) // 2]["created_at"]
    output = connector.read(["events"], start_date=f"{since[:19]}Z")
    assert told(output) == [event for event in expected if event["created_at"] >= since[:19]]


def test_a_next_page_at_another_host_is_not_followed(connect: Start) -> None:
    connector = connect(MANY)
    body = json.dumps({"events": [], "position": "x", "next": "http://elsewhere.example/events.json?position=x"})
    connector.sandbox.faults.add(Fault(EVENTS, body=body))
    output = connector.read(["events"])
    assert output.errors[0]["failure_type"] == "system_error"
    assert "names a next page that this connector does not follow" in output.errors[0]["message"]


def test_pages_that_repeat_each_other_end_the_stream(connect: Start) -> None:
    connector = connect(MANY)
    events = truth(connector.sandbox, "events")[:3]
    body = json.dumps(
        {"events": events, "position": "x", "next": f"{connector.sandbox.account_url}/events.json?position=x"}
    )
    connector.sandbox.faults.add(Fault(EVENTS, status=200, body=body, times=None))
    output = connector.read(["events"])
    assert output.statuses == {"events": "INCOMPLETE"}
    assert "the pages of the event feed repeat each other" in output.errors[0]["message"]
