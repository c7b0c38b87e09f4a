"""What happened to each to-do and card: asked for where one has changed, and nothing is lost."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from integration_tests.support.connector import Connector, Output, truth
from sandbox import AccountSize, Fault

Start = Callable[..., Connector]

pytestmark = pytest.mark.usefixtures("unhurried")

SMALL = AccountSize(projects=3, archived_projects=1, trashed_projects=1, todos=(40, 3, 2), cards=(20, 2, 1))
EVENTS = r"/recordings/(\d+)/events\.json"
STREAM = ["recording_events"]


def asked(connector: Connector) -> Counter[int]:
    """How often each record was asked for its events, a page each time."""
    return Counter(int(re.findall(EVENTS, request.path)[0]) for request in connector.sandbox.log.find(EVENTS))


def ids(*outputs: Output) -> set[int]:
    return {event["id"] for output in outputs for event in output.records("recording_events")}


def happened(connector: Connector) -> set[int]:
    return {event["id"] for event in truth(connector.sandbox, "recording_events")}


def state_of(output: Output) -> str:
    return json.dumps(output.state)


def test_a_first_sync_asks_each_todo_and_card_and_brings_all_that_happened(connect: Start) -> None:
    connector = connect(SMALL)
    output = connector.read(STREAM)
    assert output.statuses == {"recording_events": "COMPLETE"}
    records = {record["id"] for stream in ("todos", "cards") for record in truth(connector.sandbox, stream)}
    pages = asked(connector)
    assert pages.keys() == records
    assert set(pages.values()) == {1, 2}
    assert len(output.records("recording_events")) == len(happened(connector))
    assert ids(output) == happened(connector)


def test_the_next_sync_asks_what_has_changed_and_brings_what_is_new(connect: Start) -> None:
    connector = connect(SMALL)
    account = connector.sandbox.account
    first = connector.read(STREAM)
    connector.sandbox.log.clear()
    card, todo = account.feed("Kanban::Card")[5], account.feed("Todo")[7]
    columns = [one["id"] for one in truth(connector.sandbox, "card_columns") if one["bucket"] == card["bucket"]]
    account.move(card["id"], next(id for id in columns if id != card["parent"]["id"]))
    account.reschedule(todo["id"], "2026-05-01")
    second = connector.read(STREAM, state=first.state, lookback_minutes=0)
    newest = {event["recording_id"]: event["action"] for event in second.records("recording_events")[::-1]}
    assert newest[card["id"]] == "adopted"
    assert newest[todo["id"]] in ("rescheduled", "scheduled")
    assert ids(first, second) == happened(connector)
    assert len(asked(connector)) <= 2 + 6 + 6
    assert len(second.records("recording_events")) < len(happened(connector)) / 4


def test_the_state_is_as_large_however_many_records_there_are(connect: Start) -> None:
    few, many = (len(state_of(connect(replace(SMALL, todos=n)).read(STREAM))) for n in (20, 200))
    assert abs(many - few) < 10


def test_a_record_that_fails_ends_the_stream_and_the_next_sync_loses_nothing(connect: Start) -> None:
    connector = connect(SMALL)
    first = connector.read(STREAM)
    account = connector.sandbox.account
    changed = [account.reschedule(todo["id"], "2026-05-01")["id"] for todo in account.feed("Todo")[:5]]
    connector.sandbox.faults.add(Fault(f"/recordings/{changed[2]}/events", status=500, body="", times=None))
    second = connector.read(STREAM, state=first.state)
    assert second.statuses == {"recording_events": "INCOMPLETE"}
    connector.sandbox.faults.clear()
    account.reschedule(changed[0], "2026-06-01")
    third = connector.read(STREAM, state=second.state or first.state)
    assert ids(first, second, third) == happened(connector)


BROKEN = [{"status": 500, "body": ""}, {"body": '[{"id": 1, "updated_at": "no time"}]', "headers": {"Link": None}}]


@pytest.mark.parametrize("answer", BROKEN, ids=["unavailable", "unexpected"])
@pytest.mark.parametrize("listing", ["type=Todo.*status=archived", "type=Kanban.*status=active"])
def test_a_listing_that_fails_ends_the_stream_and_the_next_sync_loses_nothing(
    connect: Start, listing: str, answer: dict[str, Any]
) -> None:
    connector = connect(SMALL)
    connector.sandbox.faults.add(Fault(listing, times=None, **answer))
    first = connector.read(STREAM)
    assert first.statuses == {"recording_events": "INCOMPLETE"}
    connector.sandbox.faults.clear()
    second = connector.read(STREAM, state=first.state or None)
    assert ids(first, second) == happened(connector)


def test_of_a_project_that_was_not_there_before_everything_is_read(connect: Start) -> None:
    connector = connect(SMALL)
    account = connector.sandbox.account
    hidden = max(account.projects(), key=lambda one: sum(t["bucket"]["id"] == one["id"] for t in account.feed("Todo")))
    account.hide(hidden["id"])
    first = connector.read(STREAM)
    account.show(hidden["id"])
    second = connector.read(STREAM, state=first.state)
    assert {event["project_id"] for event in second.records("recording_events")} >= {hidden["id"]}
    assert ids(first, second) == happened(connector)
    connector.sandbox.log.clear()
    connector.read(STREAM, state=second.state)
    assert len(asked(connector)) <= 20


def test_a_project_that_is_refused_in_the_meantime_is_read_when_it_is_back(connect: Start) -> None:
    connector = connect(SMALL)
    account = connector.sandbox.account
    (archived,) = account.projects("archived")
    account.refuse_bucket(archived["id"])
    first = connector.read(STREAM)
    account.accept_bucket(archived["id"])
    second = connector.read(STREAM, state=first.state)
    assert ids(first, second) == happened(connector)


def test_what_happened_before_the_start_date_is_left_out(connect: Start) -> None:
    connector = connect(SMALL)
    output = connector.read(STREAM, start_date="2025-12-01T00:00:00Z")
    events = output.records("recording_events")
    assert events
    assert min(event["created_at"] for event in events) >= "2025-12-01"


def test_a_todo_that_is_dated_in_the_future_hides_no_later_change(connect: Start) -> None:
    connector = connect(SMALL)
    account = connector.sandbox.account
    account.update(account.feed("Todo")[0]["id"], updated_at="2099-01-01T00:00:00.000Z")
    first = connector.read(STREAM)
    changed = account.reschedule(account.feed("Todo")[3]["id"], "2026-05-01")["id"]
    # By Basecamp's own clock, which the account's is behind.
    account.update(changed, updated_at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"))
    second = connector.read(STREAM, state=first.state)
    assert ids(first, second) == happened(connector)
