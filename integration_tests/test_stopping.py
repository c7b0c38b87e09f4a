"""A sync that is stopped, however and wherever, costs time and nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGKILL, SIGTERM

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration_tests.support.connector import Connector, InProcess, by_id, cursors, truth
from integration_tests.support.fork_server import RUN, Python, run_python
from integration_tests.support.histories import CHANGES, LISTED, Change, changes
from integration_tests.support.patches import no_waiting
from integration_tests.support.stopping import (
    SIZE,
    Stopped,
    assert_stopped,
    read_until_request,
    restart_and_compare,
    wait_until,
)
from integration_tests.support.warehouse import Warehouse
from sandbox import Fault, Sandbox

ANSWERS = ("SPEC", "CONNECTION_STATUS", "CATALOG")
KEPT = [kind for kind in CHANGES if kind != "delete"]
"""What deletes a record for good leaves no trace of it that an incremental sync could see."""

Connect = Callable[..., Connector]


@pytest.mark.parametrize(
    ("number", "request_number"),
    [(SIGKILL, 0), (SIGKILL, 6), (SIGKILL, 19), (SIGTERM, 0), (SIGTERM, 11), (SIGTERM, 19), (SIGINT, 1), (SIGINT, 15)],
)
def test_nothing_is_lost_by_a_stop_at_any_request(
    connect: Connect, tmp_path: Path, number: signal.Signals, request_number: int
) -> None:
    connector = Stopped(connect(SIZE).sandbox, tmp_path, number)
    warehouse = Warehouse(connector.config)
    output = read_until_request(connector, request_number, warehouse)
    assert_stopped(connector, output)
    restart_and_compare(connector, tmp_path, warehouse)


@pytest.mark.parametrize("records", [1, 60, 250])
def test_nothing_is_lost_by_a_kill_after_any_number_of_records(connect: Connect, tmp_path: Path, records: int) -> None:
    connector = Stopped(connect(SIZE).sandbox, tmp_path, SIGKILL)
    connector.sandbox.faults.add(Fault(path="page=", times=None, delay=0.15))
    connector.due = lambda: wait_until(lambda: connector.output.read_bytes().count(b'"RECORD"') >= records)
    warehouse = Warehouse(connector.config)
    output = connector.read(LISTED)
    assert records <= sum(output.counts().values()) < sum(len(truth(connector.sandbox, stream)) for stream in LISTED)
    warehouse.load(output)
    restart_and_compare(connector, tmp_path, warehouse)


@pytest.mark.parametrize("second", [SIGKILL, SIGTERM])
def test_nothing_is_lost_by_a_second_stop_during_the_restart(
    connect: Connect, tmp_path: Path, second: signal.Signals
) -> None:
    connector = Stopped(connect(SIZE).sandbox, tmp_path, SIGTERM)
    warehouse = Warehouse(connector.config)
    read_until_request(connector, 14, warehouse)
    assert warehouse.state
    connector.signal = second
    assert_stopped(connector, read_until_request(connector, 9, warehouse))
    restart_and_compare(connector, tmp_path, warehouse)


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_stop_while_nobody_reads_the_output_ends_in_whole_lines(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unbuffered: str
) -> None:
    """The connector is blocked in the middle of a line then, for a pipe holds no more than 64 kB."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    connector = Stopped(connect(SIZE).sandbox, tmp_path, SIGTERM, unread=True)
    warehouse = Warehouse(connector.config)
    log = connector.sandbox.log

    def is_blocked() -> bool:
        asked = len(log.requests)
        time.sleep(0.5)
        return 0 < asked == len(log.requests)

    connector.due = lambda: wait_until(is_blocked)
    output = connector.read(LISTED)
    assert_stopped(connector, output)
    warehouse.load(output)
    restart_and_compare(connector, tmp_path, warehouse)


GARBAGE = """
import os, signal, time

class Garbage:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.01)

def wait():
    Garbage()
    time.sleep(60)
"""
WAIT = """
import signal, threading

def wait():
    threading.Timer(0.3, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGTERM)).start()
    threading.Event().wait(60)
"""
VERBS = {
    "an Airbyte verb": """
from source_basecamp import protocol
protocol.SourceBasecamp.spec = lambda source, logger: wait()
protocol.run_verb(["spec"])
""",
    "a person's verb": """
from source_basecamp import cli
cli.basecamp.command("wait")(wait)
cli.main(["wait"])
""",
}


def assert_hears_sigterm(program: str) -> None:
    done = run_python(program, timeout=50)
    assert done.returncode == 128 + SIGTERM
    assert b"Stopped by SIGTERM." in done.stdout + done.stderr
    assert b"Exception ignored" not in done.stderr


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_a_signal_that_comes_while_garbage_is_collected_is_heard(verb: str) -> None:
    """What is raised in a finalizer goes nowhere, and Python handles a signal wherever it happens to be."""
    assert_hears_sigterm(GARBAGE + verb)


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_a_signal_that_does_not_wake_the_main_thread_is_heard(verb: str) -> None:
    """As when it comes just before that begins to wait: Python has noted it, and answers when the wait is over."""
    assert_hears_sigterm(WAIT + verb)


@pytest.mark.parametrize("page", [1, 3])
def test_a_failed_page_does_not_advance_the_cursor(connect: Connect, tmp_path: Path, page: int) -> None:
    connector = connect(SIZE)
    warehouse = Warehouse(connector.config)
    before = connector.read(LISTED)
    warehouse.load(before)
    for record in truth(connector.sandbox, "todos")[:120]:
        connector.sandbox.account.update(record["id"])
    connector.sandbox.faults.add(Fault(path="type=Todo.*status=active", skip=page - 1, times=None, status=418))
    output = connector.read(LISTED, state=warehouse.state)
    assert (output.exit_code, output.statuses["todos"]) == (1, "INCOMPLETE")
    assert cursors(output)["todos", "active"] == cursors(before)["todos", "active"]
    warehouse.load(output)
    restart_and_compare(connector, tmp_path, warehouse)


@pytest.mark.slow
@given(st.lists(st.lists(changes(kinds=KEPT), max_size=4), max_size=3))
@settings(max_examples=4)
def test_the_union_of_any_chain_of_incremental_syncs_equals_one_full_refresh(chain: list[list[Change]]) -> None:
    with tempfile.TemporaryDirectory() as folder, Sandbox(SIZE, rate_limit=False) as sandbox, no_waiting():
        connector = InProcess(sandbox, Path(folder))
        warehouse = Warehouse(connector.config)
        for happenings in [*chain, []]:
            warehouse.load(connector.read(LISTED, state=warehouse.state or None, lookback_minutes=0))
            for change in happenings:
                change(sandbox.account)
        warehouse.load(connector.read(LISTED, state=warehouse.state, lookback_minutes=0))
        refreshed = connector.read(LISTED, sync_mode="full_refresh")
        listed = {project["id"] for status in ("active", "archived") for project in sandbox.account.projects(status)}
        for stream in LISTED:
            held = warehouse.tables[stream]
            # What lies in a project that is no longer listed stays as it was.
            held = {
                id: row for id, row in held.items() if row.get("bucket", {"id": next(iter(listed))})["id"] in listed
            }
            assert held == by_id(refreshed.records(stream)), stream


# --- once it has answered ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["spec", "check", "discover"])
def test_a_stop_after_the_answer_is_no_failure(connect: Connect, tmp_path: Path, verb: str) -> None:
    """PyAirbyte reads the answer and ends the process."""
    sandbox = connect(SIZE).sandbox
    (tmp_path / "config.json").write_text(json.dumps(sandbox.config()))
    options = [] if verb == "spec" else ["--config", "config.json"]
    pipe = subprocess.PIPE
    with Python(RUN, verb, *options, cwd=tmp_path, env=os.environ | sandbox.env, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        answer = next(line for line in process.stdout if json.loads(line)["type"] in ANSWERS)
        process.send_signal(SIGTERM)
        rest, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, b"")
    assert answer.endswith(b"\n")
    assert [json.loads(line)["type"] for line in rest.splitlines() if json.loads(line)["type"] != "LOG"] == []


def test_a_closed_terminal_does_not_end_what_nohup_started(connect: Connect, tmp_path: Path) -> None:
    sandbox = connect(SIZE).sandbox
    (tmp_path / "config.json").write_text(json.dumps(sandbox.config()))
    program = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); {RUN}"
    sandbox.faults.add(Fault("/authorization/token", delay=1))
    # Started, for what is ignored is noted when the connector is imported.
    command = [sys.executable, "-c", program, "check", "--config", "config.json"]
    with subprocess.Popen(command, cwd=tmp_path, env=os.environ | sandbox.env, stdout=subprocess.PIPE) as process:
        while not sandbox.log.requests:
            time.sleep(0.02)
        process.send_signal(SIGHUP)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"SUCCEEDED" in out
