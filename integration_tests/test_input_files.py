"""A file that a verb cannot use is refused in one sentence, which names the file and says what it should be."""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.connector import Connector, Output, configured_catalog
from integration_tests.support.faults import assert_no_stack_trace
from sandbox import AccountSize

Start = Callable[..., Connector]

SMALL = AccountSize(archived_projects=0, projects=1, todos=3, messages=2, schedule_entries=0)
NO_FILE = {
    "empty": b"",
    "blank": b" \n",
    "no JSON": b"{",
    "no text": b"\xff\xfe\x00",
    "a list": b"[1]",
    "a text": b'"todos"',
    "a number": b"1",
}


def listed(*names: str) -> dict[str, Any]:
    """What `discover` lists."""
    return {"streams": [{"name": name, "json_schema": {}, "supported_sync_modes": ["full_refresh"]} for name in names]}


def state(stream_state: Any, name: str = "todos", **changes: Any) -> list[dict[str, Any]]:
    stream = {"stream_descriptor": {"name": name}, "stream_state": stream_state}
    return [{"type": "STREAM", "stream": stream, **changes}]


def partitioned(cursor: Any) -> dict[str, Any]:
    return {"states": [{"partition": {"status": "active"}, "cursor": {"updated_at": cursor}}]}


CATALOGS = {
    "as discover prints it": ({"type": "CATALOG", "catalog": listed("todos")}, "is one as `discover` writes it"),
    "as discover lists it": (listed("todos"), "is one as `discover` writes it"),
    "no streams": ({"streams": []}, "names no stream"),
    "another object": ({"todos": {}}, "names no stream"),
    "names": ({"streams": ["todos"]}, 'does not fit: "todos" is not of type "object"'),
    "no sync mode": (
        {"streams": [{"stream": listed("todos")["streams"][0]}]},
        'does not fit: "',
    ),
}
STATES = {
    "by stream": ({"todos": {"updated_at": "2026-01-01T00:00:00.000Z"}}, "is not a list"),
    "global": ([{"type": "GLOBAL", "global": {"stream_states": []}}], "is GLOBAL"),
    "legacy": ([{"type": "LEGACY", "data": {"todos": {}}}], "is LEGACY"),
    "a whole message": ([{"type": "STATE", "state": state({})[0]}], 'does not fit: "STATE" is not one of'),
    "no descriptor": ([{"type": "STREAM", "stream": {}}], 'does not fit: "stream_descriptor" is a required property'),
    "names": (["todos"], 'does not fit: "todos" is not of type "object"'),
    "a cursor that is a word": (state({"updated_at": "yesterday"}), "has a cursor that is no date, 'yesterday'"),
    "a cursor that is a number": (state({"updated_at": 1}), "has a cursor that is no date, 1"),
    "a cursor that is a day": (state({"updated_at": "2026-01-01"}), "has a cursor that is no date, '2026-01-01'"),
    "a cursor of a status": (state(partitioned("soon")), "has a cursor that is no date, 'soon'"),
    "a cursor that is no day": (state({"date": "2026-13-01"}, "timesheet_entries"), "has a cursor that is no date"),
}


def refused(connector: Connector, verb: str, name: str, content: bytes) -> str:
    """The words of a run with that file, before any request."""
    arguments = [verb]
    for option, usual in (("config", connector.config), ("catalog", configured_catalog(["todos"])), ("state", [])):
        path = connector.workplace / f"{option}.json"
        path.write_bytes(content if option == name else json.dumps(usual).encode())
        if verb == "read" or option == "config":
            arguments += [f"--{option}", str(path)]
    output = connector._execute(arguments)
    assert not connector.sandbox.log.requests
    assert output.exit_code == 1
    assert_no_stack_trace(output)
    (error,) = output.errors
    assert error["failure_type"] == "config_error"
    assert str(connector.workplace / f"{name}.json") in error["message"]
    return str(error["message"])


@pytest.mark.parametrize(
    ("verb", "name"),
    [("check", "config"), ("discover", "config"), ("read", "config"), ("read", "catalog"), ("read", "state")],
)
def test_what_is_no_such_file_is_refused_by_every_verb(connect: Start, verb: str, name: str) -> None:
    connector = connect(SMALL)
    for case, content in NO_FILE.items():
        # A state may be a list: an empty one is that of a first sync.
        assert f"/{name}.json " in refused(connector, verb, name, content), case


@pytest.mark.parametrize(("content", "fault"), CATALOGS.values(), ids=CATALOGS)
def test_a_catalog_that_is_no_configured_one_is_refused(connect: Start, content: Any, fault: str) -> None:
    message = refused(connect(SMALL), "read", "catalog", json.dumps(content).encode())
    assert f"catalog.json {fault}" in message
    assert "; `read` takes an object with `streams`" in message


@pytest.mark.parametrize(("content", "fault"), STATES.values(), ids=STATES)
def test_a_state_that_read_did_not_write_is_refused(connect: Start, content: Any, fault: str) -> None:
    message = refused(connect(SMALL), "read", "state", json.dumps(content).encode())
    assert f"state.json {fault}" in message
    assert "; it has to be a list of states as `read` prints them" in message


def test_a_missing_file_is_named(connect: Start, tmp_path: Path) -> None:
    output = connect(SMALL)._execute(["check", "--config", str(tmp_path / "none.json")])
    (error,) = output.errors
    assert error["failure_type"] == "config_error"
    assert f"{tmp_path}/none.json cannot be read (No such file or directory);" in error["message"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_files_are_taken_as_windows_writes_them(connect: Start, encoding: str) -> None:
    connector = connect(SMALL)
    config, catalog = connector.workplace / "a.json", connector.workplace / "b.json"
    config.write_text(json.dumps(connector.config), encoding=encoding)
    catalog.write_text(json.dumps(configured_catalog(["todos"])), encoding=encoding)
    assert connector._execute(["check", "--config", str(config)]).connection == {"status": "SUCCEEDED"}
    assert read(connector, config, catalog).counts() == {"todos": 3}


def read(connector: Connector, config: Path, catalog: Path) -> Output:
    return connector._execute(["read", "--config", str(config), "--catalog", str(catalog)])


def test_an_empty_state_is_that_of_a_first_sync(connect: Start) -> None:
    connector = connect(SMALL)
    for content in ("[]", "{}", "null"):
        (connector.workplace / "state.json").write_text(content)
        assert connector.read(["todos"], state=json.loads(content)).counts() == {"todos": 3}


def test_a_configured_stream_that_there_is_not_is_named_and_the_others_are_read(connect: Start) -> None:
    connector = connect(SMALL)
    (todos,) = configured_catalog(["todos"])["streams"]
    none = {**todos, "stream": {**todos["stream"], "name": "todo_items"}}
    output = connector.read_catalog({"streams": [none, todos]})
    assert output.exit_code == 1
    assert output.statuses == {"todo_items": "INCOMPLETE", "todos": "COMPLETE"}
    assert output.counts() == {"todos": 3}
    assert {(error["message"], error["failure_type"]) for error in output.errors} == {
        (
            "There is no stream 'todo_items'. Refresh the schema of the connection, or take the stream out of its "
            "catalog. The other streams are read all the same.",
            "config_error",
        )
    }
    assert_no_stack_trace(output)


@pytest.mark.parametrize("mark", [codecs.BOM_UTF8, b""])
def test_the_configuration_of_a_person_may_begin_with_a_byte_order_mark(start: Any, mark: bytes) -> None:
    person = start(SMALL)
    person.file.write_bytes(mark + person.file.read_bytes())
    assert person.run_here("accounts").exit_code == 0
