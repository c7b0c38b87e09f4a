"""What an account, its user or its Basecamp does not offer is no failure of a sync that did not name it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from integration_tests.support.cli import Person
from integration_tests.support.connector import Connector, InProcess
from integration_tests.support.fork_server import RUN, AtTerminal
from integration_tests.support.sync import TABLES, Ended, SyncingHere, assert_equal_to_the_account, here
from sandbox import AccountSize, Fault, Sandbox
from source_basecamp.error_handler import FORBIDDEN, NOT_THERE, TYPE_UNKNOWN
from source_basecamp.warehouse.derived import BRIDGES

SMALL = AccountSize(projects=3, archived_projects=0, todos=(20, 2, 2), messages=(8, 1, 1), schedule_entries=(4, 1, 1))
STREAMS = ("projects", "todos", "timesheet_entries", "gauges", "external_links")
TIMESHEET, GAUGES, DOORS = r"/reports/timesheet", r"/reports/gauges\.json", "type=Door"
REASONS = {
    "timesheet_entries": FORBIDDEN.format(path="/1999990/reports/timesheet.json"),
    "gauges": NOT_THERE.format(path="reports/gauges.json", account_id="1999990"),
    "external_links": TYPE_UNKNOWN.format(type="Door", account_id="1999990"),
}

Connect = Callable[..., Connector]


@pytest.fixture
def syncing(connect: Connect, tmp_path: Path) -> SyncingHere:
    return here(connect(SMALL), tmp_path)


def refuse(sandbox: Sandbox) -> None:
    for path, status in ((TIMESHEET, 403), (GAUGES, 404), (DOORS, 400)):
        sandbox.faults.add(Fault(path, status=status, body="", times=None))


def sync_of_all(syncing: SyncingHere, *options: str) -> Ended:
    """A sync without `--streams`, of a few streams all the same."""
    skipped = ",".join(TABLES.keys() - set(STREAMS))
    return syncing.sync("--skip", skipped, *options)


def test_a_stream_that_is_not_offered_leaves_a_sync_of_all_streams_a_success(syncing: SyncingHere) -> None:
    refuse(syncing.sandbox)
    ended = sync_of_all(syncing, "--json")
    assert ended.exit_code == 0, ended.stderr
    found = {stream["stream"]: (stream["ended"], stream["error"]) for stream in ended.summary["streams"]}
    complete = {"projects": ("complete", None), "todos": ("complete", None)}
    assert found == {**complete, **{stream: ("unavailable", reason) for stream, reason in REASONS.items()}}
    for stream, reason in REASONS.items():
        assert f"{stream} is unavailable: {reason}" in ended.stderr.splitlines()
    assert "Error" not in ended.stderr
    assert_equal_to_the_account(syncing, ("projects", "todos"))


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_on_a_terminal_the_reason_is_said_once(syncing: SyncingHere, quiet: tuple[str, ...]) -> None:
    syncing.sandbox.faults.add(Fault(GAUGES, status=404, body="", times=None))
    arguments = syncing.arguments("--skip", ",".join(TABLES.keys() - {"projects", "gauges"}), *quiet)
    with AtTerminal(RUN, *arguments, columns=200, **syncing.place) as terminal:
        assert terminal.wait() == 0
        assert " ".join(terminal.screen.before.split()).count(f"gauges is unavailable: {REASONS['gauges']}") == 1


def test_what_is_no_longer_offered_keeps_its_rows_and_marks(syncing: SyncingHere) -> None:
    assert sync_of_all(syncing).exit_code == 0
    syncing.sandbox.account.delete(syncing.sandbox.account.listing("gauges")[0]["id"])
    assert sync_of_all(syncing).exit_code == 0
    held = {stream: syncing.query(f"FROM {stream} ORDER BY id") for stream in REASONS}
    assert all(held.values())
    refuse(syncing.sandbox)
    for options in ((), ("--reconcile",), ("--full-refresh",)):
        assert sync_of_all(syncing, *options).exit_code == 0
        assert {stream: syncing.query(f"FROM {stream} ORDER BY id") for stream in REASONS} == held
    syncing.sandbox.faults.clear()
    assert sync_of_all(syncing).exit_code == 0
    assert_equal_to_the_account(syncing, STREAMS)


def test_a_stream_that_was_named_and_is_not_offered_is_a_failure(syncing: SyncingHere) -> None:
    refuse(syncing.sandbox)
    ended = syncing.sync("--streams", ",".join(STREAMS))
    assert ended.exit_code == 1
    for stream, reason in REASONS.items():
        assert f"Error: {stream}: {reason}" in ended.stderr


@pytest.mark.parametrize("status", [403, 404])
def test_an_account_whose_projects_are_refused_is_a_failure(syncing: SyncingHere, status: int) -> None:
    syncing.sandbox.faults.add(Fault(r"/projects\.json", status=status, body="", times=None))
    assert sync_of_all(syncing).exit_code == 1


def test_a_stream_that_fails_for_another_reason_too_has_failed(syncing: SyncingHere) -> None:
    syncing.sandbox.faults.add(Fault("type=Todo.*status=active", status=418, body="", times=None))
    syncing.sandbox.faults.add(Fault("type=Todo", status=403, body="", times=None))
    ended = sync_of_all(syncing, "--json")
    assert ended.exit_code == 1
    assert {stream["stream"]: stream["ended"] for stream in ended.summary["streams"]}["todos"] == "failed"


def test_what_is_skipped_is_neither_read_nor_made(syncing: SyncingHere) -> None:
    ended = sync_of_all(syncing)
    assert ended.exit_code == 0
    tables = {name for (name,) in syncing.query("SELECT table_name FROM duckdb_tables() WHERE NOT internal")}
    people = {bridge.name for bridge in BRIDGES if bridge.table in STREAMS}
    assert {name for name in tables if not name.startswith("_")} == people.union(STREAMS)
    asked = [request.path for request in syncing.sandbox.log.api]
    assert not [path for path in asked if "people.json" in path]


def test_streams_to_skip_are_checked_as_those_to_load(syncing: SyncingHere) -> None:
    wrong = syncing.sync("--skip", "todo")
    assert (wrong.exit_code, "There is no stream todo." in wrong.stderr) == (2, True)
    both = syncing.sync("--streams", "todos", "--skip", "todos")
    assert (both.exit_code, "Nothing is left to load" in both.stderr) == (2, True)


def test_read_fails_a_stream_that_is_not_offered_and_says_to_deselect_it(connect: Connect, tmp_path: Path) -> None:
    """An empty full refresh would wipe the destination's table."""
    connector = InProcess(connect(SMALL).sandbox, tmp_path)
    refuse(connector.sandbox)
    output = connector.read(STREAMS)
    assert output.exit_code == 1
    assert {output.statuses[stream] for stream in REASONS} == {"INCOMPLETE"}
    assert set(REASONS.values()) <= {error["message"] for error in output.errors}
    assert {error["failure_type"] for error in output.errors} == {"config_error"}


def test_doctor_says_beforehand_what_a_sync_of_all_will_leave_out(connect: Connect, tmp_path: Path) -> None:
    person = Person(connect(SMALL).sandbox, tmp_path)
    refuse(person.sandbox)
    shown = person.run_here("doctor", "--json")
    found = {stream["stream"]: (stream["state"], stream["word"]) for stream in shown.json["streams"]}
    words = {"timesheet_entries": "forbidden", "gauges": "not there", "external_links": "not known"}
    assert {stream: found[stream] for stream in words} == {stream: ("warning", word) for stream, word in words.items()}
    assert shown.exit_code == 0
    assert person.run_here("doctor", "--streams", ",".join(words)).exit_code == 1
