"""The whole account: every record of every stream, typed as its schema says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft7Validator

from integration_tests.support.connector import (
    ALL_FEEDS,
    BY_DEFAULT,
    CATALOG,
    STREAMS,
    Connector,
    InProcess,
    Output,
    by_id,
    truth,
)
from integration_tests.support.patches import no_waiting
from sandbox import AccountSize, Fault, Sandbox

EVERYTHING = AccountSize(
    todos=(40, 4, 2), messages=(20, 2, 1), schedule_entries=(20, 2, 1), campfire_lines=20, timesheet_entries=20
)


pytestmark = pytest.mark.usefixtures("unhurried")


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Connector, Output]]:
    """A connector that has read all of an account, which does not change, and what it printed."""
    with Sandbox(EVERYTHING, rate_limit=False) as sandbox:
        connector = InProcess(sandbox, tmp_path_factory.mktemp("whole"))
        with no_waiting():
            output = connector.read(STREAMS)
        yield connector, output


def keyed(stream: str, records: list[dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    """Records by primary key, without null fields, which the CDK leaves out."""
    key = CATALOG[stream].key
    return {
        tuple(record[part] for part in key): {name: value for name, value in record.items() if value is not None}
        for record in records
    }


def closed(schema: Any) -> Any:
    """A schema that allows only what it declares."""
    if isinstance(schema, dict):
        inner = {key: closed(value) for key, value in schema.items()}
        return inner | {"additionalProperties": False} if "properties" in schema else inner
    return [closed(value) for value in schema] if isinstance(schema, list) else schema


def test_discover_lists_every_stream(connect: Callable[..., Connector]) -> None:
    (catalog,) = connect(EVERYTHING).discover().of_type("CATALOG")
    assert [stream["name"] for stream in catalog["streams"]] == list(STREAMS)


def test_every_record_of_every_stream_arrives_as_basecamp_sent_it(read: tuple[Connector, Output]) -> None:
    connector, output = read
    assert output.statuses == dict.fromkeys(STREAMS, "COMPLETE")
    for stream in STREAMS:
        expected = truth(connector.sandbox, stream)
        assert expected, f"the sandbox holds no {stream}: nothing would be shown"
        assert len(output.records(stream)) == len(expected), stream
        assert keyed(stream, output.records(stream)) == keyed(stream, expected), stream


def test_every_record_is_typed_and_declared_as_its_schema_says(read: tuple[Connector, Output]) -> None:
    connector, _ = read
    (catalog,) = connector.discover().of_type("CATALOG")
    for stream in catalog["streams"]:
        validator = Draft7Validator(closed(stream["json_schema"]), format_checker=Draft7Validator.FORMAT_CHECKER)
        for record in truth(connector.sandbox, stream["name"]):
            assert not [error.message for error in validator.iter_errors(record)], stream["name"]


def asked(connector: Connector) -> Counter[str]:
    """How often each kind of address was asked for: ids and query taken out."""
    paths = (request.path.split("/", 2)[2] for request in connector.sandbox.log.api)
    return Counter(
        "/".join("*" if part.split(".")[0].isdigit() else part for part in path.split("/")) for path in paths
    )


def test_the_second_sync_of_an_unchanged_account_costs_its_listings_and_its_children(
    read: tuple[Connector, Output],
) -> None:
    connector, first = read
    connector.sandbox.log.clear()
    second = connector.read(BY_DEFAULT, state=first.state)
    assert second.exit_code == 0
    costs = asked(connector)
    assert costs["projects.json"] == 3
    # In each status, of active and of archived projects.
    assert costs["projects/recordings.json"] == 2 * 3 * 12
    assert costs["reports/timesheet.json"] == 1
    assert costs["reports/progress.json"] == 1
    # An object that two streams are made of is fetched once.
    assert costs["card_tables/*"] == len(truth(connector.sandbox, "card_tables"))
    # What is on the single record only is asked for where there is something.
    assert costs["client/approvals/*"] == len(truth(connector.sandbox, "client_responses"))
    assert costs["client/approvals/*"] < len(truth(connector.sandbox, "client_approvals"))


def skipped_line(output: Output, stream: str) -> str:
    (line,) = (
        log["message"]
        for log in output.of_type("LOG")
        if log["message"].startswith(f"{stream}: ") and "skipped" in log["message"] and log["level"] == "INFO"
    )
    return str(line)


@pytest.mark.parametrize(
    "stream", ["project_people", "questions", "card_tables", "campfire_lines", "todosets", "hill_charts"]
)
def test_a_forbidden_project_or_tool_is_skipped_named_and_counted(
    connect: Callable[..., Connector], stream: str
) -> None:
    connector = connect(EVERYTHING)
    before = keyed(stream, truth(connector.sandbox, stream))
    field = {"project_people": "project_id", "hill_charts": "project_id"}.get(stream)
    one = next(iter(before.values()))
    project = one[field] if field else one["bucket"]["id"]
    connector.sandbox.account.forbid(project)
    output = connector.read([stream])
    assert output.exit_code == 0
    assert output.statuses == {stream: "COMPLETE"}
    (total,) = (log["message"] for log in output.of_type("LOG") if log["message"].startswith("Sync: "))
    assert total.startswith(f"Sync: {len(output.records(stream)):,} records emitted, ")
    assert keyed(stream, output.records(stream)) == keyed(stream, truth(connector.sandbox, stream))
    assert len(output.records(stream)) < len(before)
    warnings = [log["message"] for log in output.of_type("LOG") if log["level"] == "WARN"]
    assert warnings
    assert all(message.startswith(f"{stream}: Skipped /") and "answered 403" in message for message in warnings)
    assert f"{len(warnings)} skipped" in skipped_line(output, stream)


def test_project_ids_restrict_every_stream_to_those_projects(connect: Callable[..., Connector]) -> None:
    connector = connect(EVERYTHING)
    wanted = connector.sandbox.account.projects()[0]["id"]
    output = connector.read(STREAMS, project_ids=[wanted])
    assert output.exit_code == 0
    for stream in STREAMS:
        for record in output.records(stream):
            project = record.get("project_id") or (record.get("bucket") or {}).get("id")
            assert project in (None, wanted), stream
    assert [project["id"] for project in output.records("projects")] == [wanted]
    todos = [todo for todo in truth(connector.sandbox, "todos") if todo["bucket"]["id"] == wanted]
    assert keyed("todos", output.records("todos")) == keyed("todos", todos)


def test_a_project_id_that_the_login_cannot_see_fails_the_check(connect: Callable[..., Connector]) -> None:
    connector = connect(EVERYTHING)
    seen = connector.sandbox.account.projects("archived")[0]["id"]
    assert connector.check(project_ids=[seen]).connection["status"] == "SUCCEEDED"
    assert connector.check(project_ids=[seen, 7, 8]).connection == {
        "status": "FAILED",
        "message": (
            "'project_ids' names projects that the user who authorised this connection cannot see: 7, 8. "
            "Correct them, or add the user to these projects in Basecamp."
        ),
    }


def test_time_that_was_entered_late_for_a_day_inside_the_lookback_is_read(connect: Callable[..., Connector]) -> None:
    connector = connect(EVERYTHING)
    first = connector.read(["timesheet_entries"])
    (state,) = first.state
    assert state["stream"]["stream_state"] == {"date": max(r["date"] for r in first.records("timesheet_entries"))}


def test_every_feed_brings_what_was_changed_archived_and_trashed(connect: Callable[..., Connector]) -> None:
    connector = connect(EVERYTHING)
    account = connector.sandbox.account
    first = connector.read(ALL_FEEDS)
    touched = {stream: [record["id"] for record in account.feed(type)[9:12]] for stream, type in ALL_FEEDS.items()}
    for changed, archived, trashed in touched.values():
        account.update(changed, title="Changed")
        account.archive(archived)
        account.trash(trashed)
    second = connector.read(ALL_FEEDS, state=first.state, lookback_minutes=0)
    for stream, ids in touched.items():
        fresh = by_id(second.records(stream))
        assert [fresh[id]["status"] for id in ids] == ["active", "archived", "trashed"], stream
        assert by_id(first.records(stream)) | fresh == by_id(truth(connector.sandbox, stream)), stream


@pytest.mark.parametrize("stream", ALL_FEEDS)
def test_in_every_feed_what_slides_onto_a_page_already_read_is_read(
    connect: Callable[..., Connector], stream: str
) -> None:
    connector = connect(replace(EVERYTHING, **{stream: (60, 3, 2)}))
    account, kind = connector.sandbox.account, ALL_FEEDS[stream]
    gone = account.feed(kind)[3]["id"]
    walk = rf"type={kind.partition(':')[0]}.*status=active"
    connector.sandbox.faults.add(Fault(walk, after=lambda account: account.delete(gone)))
    output = connector.read([stream])
    assert not connector.sandbox.faults.unused
    assert by_id(output.records(stream)).keys() - {gone} == by_id(truth(connector.sandbox, stream)).keys()


def test_what_lies_in_tools_that_are_switched_off_is_read(connect: Callable[..., Connector]) -> None:
    """Switching a tool off only hides it from its project's dock."""
    streams = ("questions", "card_tables", "card_columns", "campfire_lines", "todosets", "hill_charts", "message_types")
    connector = connect(EVERYTHING)
    before = {stream: keyed(stream, truth(connector.sandbox, stream)) for stream in streams}
    for tool in connector.sandbox.account.listing("project_tools"):
        connector.sandbox.account.set_tool(tool["id"], enabled=False)
    output = connector.read(streams)
    assert output.exit_code == 0
    for stream, records in before.items():
        assert records
        assert keyed(stream, output.records(stream)).keys() == records.keys(), stream
