"""A sync that is stopped keeps what had ended, says so, and the next one goes on: nothing is lost, nothing doubled."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGKILL, SIGTERM

import duckdb
import pytest

from integration_tests.support.connector import Connector
from integration_tests.support.fork_server import RUN, Python, run_python
from integration_tests.support.stopping import Hold, wait_until
from integration_tests.support.sync import Syncing, assert_equal_to_the_account, here, rows
from sandbox import AccountSize

SIZE = AccountSize(projects=6, archived_projects=0, todos=(130, 20, 5), messages=(60, 5, 5), schedule_entries=4)
SOME = ("projects", "todos", "messages")
ONLY = ("--streams", ",".join(SOME))

Connect = Callable[..., Connector]


def stopped_at_request(
    syncing: Syncing, request: int, number: signal.Signals, loaded: Iterable[str] = ()
) -> tuple[int, str]:
    """The exit code and the errors of a sync that gets a signal while the answer to a request is held back.

    The signal waits until the streams in `loaded` have ended.
    """
    hold = Hold(syncing.sandbox, request)
    told = syncing.folder.with_suffix(".told")
    with told.open("wb") as file:
        process = Python(RUN, *syncing.arguments(*ONLY), stdout=file, stderr=file, **syncing.place)
    try:
        hold.wait()
        wait_until(lambda: all(f"{stream}: " in told.read_text() for stream in loaded))
        began = time.monotonic()
        process.send_signal(number)
        code = process.wait(60)
    finally:
        hold.release()
        process.kill()
        process.wait()
    assert time.monotonic() - began < 5
    return code, told.read_text()


@pytest.mark.parametrize(("number", "request_number"), [(SIGHUP, 2), (SIGINT, 9), (SIGTERM, 14), (SIGKILL, 12)])
def test_the_next_sync_goes_on_after_a_stop_at_any_request(
    connect: Connect, tmp_path: Path, number: signal.Signals, request_number: int
) -> None:
    connector = connect(SIZE)
    loaded = ["projects"] if request_number > 8 else []
    syncing = Syncing(connector.sandbox, tmp_path, num_workers=1)
    code, told = stopped_at_request(syncing, request_number, number, loaded)
    if number == SIGKILL:
        assert code == -SIGKILL
    else:
        assert code == 128 + number
        assert f"Stopped by {number.name}." in told
        assert "of 3 streams had ended" in told
    assert "Traceback" not in told
    connector.sandbox.faults.clear()
    again = here(connector, tmp_path)
    assert again.sync(*ONLY).exit_code == 0
    assert_equal_to_the_account(again, SOME)


def test_what_had_ended_before_a_stop_is_there_and_named(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SIZE)
    syncing = Syncing(connector.sandbox, tmp_path, num_workers=1)
    _, told = stopped_at_request(syncing, 12, SIGINT, ["projects", "todos"])
    assert "Kept: 2 of 3 streams had ended (projects, todos). The next sync goes on from there." in told
    assert_equal_to_the_account(syncing, ["projects", "todos"])
    connector.sandbox.faults.clear()
    connector.sandbox.log.clear()
    again = here(connector, tmp_path)
    again.sync("--streams", "todos")
    # The projects, and each status.
    assert len(connector.sandbox.log.api) == 2 + 3, "what had ended was read again"


KILLED = """
import os, signal, sys
from source_basecamp.run import run
from source_basecamp.warehouse.state import States
States.save = lambda self, states: os.kill(os.getpid(), signal.SIGKILL)
run(sys.argv[1:])
"""


def test_rows_without_their_state_do_no_harm(connect: Connect, tmp_path: Path) -> None:
    """Killed between the rows and the state that covers them."""
    connector = connect(SIZE)
    syncing = Syncing(connector.sandbox, tmp_path)
    for changes in range(2):
        killed = run_python(KILLED, *syncing.arguments(*ONLY), **syncing.place)
        assert killed.returncode == -SIGKILL
        assert rows(syncing.query, "projects")
        assert syncing.query("SELECT count(*) FROM _basecamp_state") == [(0,)]
        for todo in connector.sandbox.account.feed("Todo")[: 3 + changes]:
            connector.sandbox.account.update(todo["id"], title="Changed")
    again = here(connector, tmp_path)
    assert again.sync(*ONLY).exit_code == 0
    assert_equal_to_the_account(again, SOME)


@contextmanager
def held_by_another_process(database: Path) -> Iterator[None]:
    program = f"import duckdb, sys; c = duckdb.connect({str(database)!r}); print('open', flush=True); sys.stdin.read()"
    other = Python(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert other.stdout
        assert other.stdout.readline() == b"open\n"
        yield
    finally:
        other.kill()
        other.wait()


def test_two_syncs_do_not_write_to_one_file(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SIZE)
    syncing = here(connector, tmp_path)
    with held_by_another_process(tmp_path / "basecamp.duckdb"):
        refused = syncing.sync(*ONLY)
    assert refused.exit_code == 1
    assert refused.stderr == (
        f"Error: {tmp_path / 'basecamp.duckdb'} is in use by another program, which may be another sync or an open "
        "DuckDB shell. Close it, and run this again.\n"
    )
    assert not connector.sandbox.log.requests


def test_a_mistyped_account_that_brought_no_row_locks_no_database(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SIZE)
    right = connector.sandbox.config()["account_id"]
    mistyped = here(connector, tmp_path, account_id="4242")
    failed = mistyped.sync(*ONLY)
    assert failed.exit_code == 1
    assert "The tables are in" not in failed.stdout
    assert "Try:" not in failed.stdout
    corrected = here(connector, tmp_path, account_id=right)
    for _ in range(2):
        assert corrected.sync(*ONLY).exit_code == 0
    assert_equal_to_the_account(corrected, ("projects", "todos"))


def test_the_tables_of_another_account_are_left_alone(connect: Connect, tmp_path: Path) -> None:
    first = connect(SIZE)
    here(first, tmp_path).sync("--streams", "people")
    other = here(connect(AccountSize(account_id=1_777_770)), tmp_path)
    refused = other.sync("--streams", "people")
    assert refused.exit_code == 1
    assert refused.stderr.startswith(
        f"Error: duckdb:{tmp_path / 'basecamp.duckdb'} holds the tables of Basecamp account 1999990, and the "
        "configuration is for account 1777770."
    )
    assert not other.sandbox.log.requests
    assert other.sync("--streams", "people", "--dataset", "other").exit_code == 0
    with duckdb.connect(str(tmp_path / "basecamp.duckdb"), read_only=True) as connection:
        counts = connection.execute("SELECT (SELECT count(*) FROM people), (SELECT count(*) FROM other.people)")
        assert counts.fetchall() == [(12, 12)]
