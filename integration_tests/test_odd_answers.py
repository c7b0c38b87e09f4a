"""What Basecamp seldom sends, and the SDK is ready for, is read from every kind of request."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from integration_tests.support.connector import Connector, Output, Record
from integration_tests.support.faults import assert_failed, foreign
from sandbox import AccountSize, Fault

Start = Callable[..., Connector]

pytestmark = pytest.mark.usefixtures("unhurried")

SMALL = AccountSize(projects=2, archived_projects=0, trashed_projects=0, todos=3, messages=1, schedule_entries=1)
PATHS = {
    "todos": r"recordings\.json.*type=Todo&.*status=active",
    "people": r"/people\.json",
    "projects": r"/projects\.json$",
    "questions": r"/questions\.json",
    "card_tables": r"/card_tables/\d+\.json",
    "timeline_events": r"/progress\.json",
}
"""A request of each kind: a feed, a list, a list in a cache, one for each parent, an object, and newest first."""
every_kind = pytest.mark.parametrize("stream", PATHS)
TODO: Record = {
    "id": 1,
    "status": "active",
    "created_at": "2026-01-01T00:00:00.000Z",
    "updated_at": "2026-01-01T00:00:00Z",
}


def read(connector: Connector, stream: str, body: Any, **headers: str) -> Output:
    text = body if isinstance(body, str) else json.dumps(body)
    sent = {"X-Total-Count": None, "Link": None, "Content-Type": "application/json; charset=utf-8", **headers}
    connector.sandbox.faults.add(Fault(PATHS.get(stream, f"/{stream}"), body=text, headers=sent, times=None))
    return connector.read([stream])


def one(stream: str, **fields: Any) -> Any:
    """An answer with one record: a list, or the object that is asked for by its id."""
    record = {**TODO, "kind": "created", **fields}
    return record if stream == "card_tables" else [record]


def first(output: Output, stream: str) -> Record:
    assert (output.exit_code, output.errors, output.statuses) == (0, [], {stream: "COMPLETE"})
    return output.records(stream)[0]


@every_kind
def test_half_an_emoji_arrives_as_a_replacement_character(connect: Start, stream: str) -> None:
    output = read(connect(SMALL), stream, one(stream, title="\ud83d party", content=["\ude00"]))
    record = first(output, stream)
    assert (record["title"], record["content"]) == ("\N{REPLACEMENT CHARACTER} party", ["\N{REPLACEMENT CHARACTER}"])
    lines = [log["message"] for log in output.of_type("LOG") if "U+FFFD" in log["message"]]
    assert len(lines) == 1
    assert lines[0].startswith("Half a character, such as of an emoji cut in two, became U+FFFD: ")


@every_kind
@pytest.mark.parametrize("number", [2**63, 2**80, -(2**70)])
def test_an_integer_beyond_64_bits_arrives_exact(connect: Start, stream: str, number: int) -> None:
    assert first(read(connect(SMALL), stream, one(stream, byte_size=number)), stream)["byte_size"] == number


@every_kind
def test_the_id_of_a_person_is_a_number_or_nothing(connect: Start, stream: str) -> None:
    people = {"creator": {"id": "basecamp", "personable_type": "LocalPerson"}, "assignees": [{"id": "1049715914"}]}
    record = first(read(connect(SMALL), stream, one(stream, **people)), stream)
    assert record["creator"] == {"id": None, "personable_type": "LocalPerson", "system_label": "basecamp"}
    assert record["assignees"] == [{"id": 1049715914}]


@pytest.mark.parametrize("stream", [stream for stream in PATHS if stream != "card_tables"])
def test_null_is_an_empty_list(connect: Start, stream: str) -> None:
    output = read(connect(SMALL), stream, "null")
    assert (output.exit_code, output.errors, output.statuses) == (0, [], {stream: "COMPLETE"})
    assert output.records(stream) == []


@pytest.mark.parametrize(("stream", "body"), [("card_tables", "null"), ("todos", '["a"]'), ("people", "[null]")])
def test_what_holds_no_objects_is_asked_for_again_and_ends_the_stream(connect: Start, stream: str, body: str) -> None:
    connector = connect(SMALL)
    output = read(connector, stream, body)
    says = foreign(f"status 200, application/json, {len(body)} bytes").replace("{url}", connector.sandbox.url)
    assert_failed(connector, output, [stream], "transient_error", says)
    assert len(connector.sandbox.log.requests) > 7


def test_null_that_is_not_json_is_no_empty_list(connect: Start) -> None:
    assert read(connect(SMALL), "people", "null", **{"Content-Type": "text/html"}).statuses == {"people": "INCOMPLETE"}


@pytest.mark.parametrize(
    ("stream", "path"),
    [("card_tables", PATHS["card_tables"]), ("account", r"/account\.json"), ("hill_charts", "/hill")],
)
def test_the_count_beside_a_single_object_is_not_its_own(connect: Start, stream: str, path: str) -> None:
    connector = connect(SMALL)
    connector.sandbox.faults.add(Fault(path, headers={"X-Total-Count": "26"}, times=None))
    first(connector.read([stream]), stream)
    addresses = [request.path for request in connector.sandbox.log.requests]
    assert len(addresses) == len(set(addresses)) + (stream != "account") * 2


@pytest.mark.parametrize(("stream", "path"), [("lineup_markers", "/lineup/"), ("timesheet_entries", "/timesheet")])
@pytest.mark.parametrize("count", ["0", "1", "7", "777"])
def test_the_count_beside_a_list_without_pages_is_ignored(connect: Start, stream: str, path: str, count: str) -> None:
    connector = connect(SMALL)
    plain = connector.read([stream], start_date="2026-01-01")
    asked = connector.sandbox.log.count(path)
    connector.sandbox.faults.add(Fault(path, headers={"X-Total-Count": count}, times=None))
    counted = connector.read([stream], start_date="2026-01-01")
    assert first(counted, stream) == first(plain, stream)
    assert counted.counts() == plain.counts()
    assert connector.sandbox.log.count(path) == 2 * asked


@pytest.mark.parametrize("bucket", [{}, {"bucket": None}, {"bucket": {"id": 5}}])
def test_an_event_arrives_whether_or_not_it_is_of_a_project(connect: Start, bucket: Record) -> None:
    output = read(connect(SMALL), "timeline_events", one("timeline_events", **bucket))
    assert first(output, "timeline_events")["kind"] == "created"


def test_an_event_of_no_project_is_of_none_that_is_chosen(connect: Start) -> None:
    connector = connect(SMALL)
    connector.config["project_ids"] = [5]
    events = [{**TODO, "id": 1}, {**TODO, "id": 2, "bucket": {"id": 5}}, {**TODO, "id": 3, "bucket": {"id": 6}}]
    output = read(connector, "timeline_events", events)
    assert [event["id"] for event in output.records("timeline_events")] == [2]


@every_kind
@pytest.mark.parametrize("without", ["id", "null"])
def test_a_record_without_an_id_fails_its_stream_and_is_named(connect: Start, stream: str, without: str) -> None:
    answer = one(stream, title="Keyless")
    record = answer if isinstance(answer, dict) else answer[0]
    if without == "id":
        del record["id"]
    else:
        record["id"] = None
    output = read(connect(SMALL), stream, answer)
    assert (output.exit_code, output.statuses) == (1, {stream: "INCOMPLETE"})
    for error in output.errors:
        assert "Basecamp sent a record without an id for /1999990/" in error["message"]
        assert "Keyless" in error["message"]
    assert {error["failure_type"] for error in output.errors} == {"system_error"}
