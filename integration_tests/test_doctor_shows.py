"""How `doctor` shows what it has found: on a terminal, piped on, and when it is called wrongly or stopped."""

from __future__ import annotations

import json
import signal
import time

import pytest

from integration_tests.support.cli import Person
from integration_tests.support.connector import BY_DEFAULT
from integration_tests.support.messages import FORBIDDEN
from sandbox import Fault


def test_on_a_terminal_it_is_a_list_a_table_and_a_verdict(person: Person) -> None:
    person.file.chmod(0o604)
    shown = person.on_a_terminal("doctor", "--streams", "todos,questions", columns=70)
    assert shown.exit_code == 0
    plain, _, rest = shown.out.rpartition("\x1b[2K")
    assert "Checking account" in plain
    assert "\x1b[33mwarning \x1b[0m \x1b[1mfile mode" in rest
    assert "\x1b[36mchmod 600 config.json" in rest
    assert "\x1b[32mreadable\x1b[0m" in rest
    assert rest.splitlines()[-1] == ("\x1b[33mA sync of these 2 streams would succeed; see the warnings above.\x1b[0m")


def test_piped_on_it_is_plain_lines_that_are_never_cut(person: Person) -> None:
    person.sandbox.faults.add(Fault(r"/people\.json", status=403, body="", times=None))
    person.file.chmod(0o604)
    shown = person.run("doctor", "--streams", "people,todos")
    assert (shown.exit_code, shown.err) == (1, "")
    assert "\x1b" not in shown.out
    assert shown.out.isascii()
    assert all(line == line.rstrip() for line in shown.lines)
    lines = shown.lines
    hint = lines.index(
        "warning  file mode      config.json holds secrets, and others on this machine may use it (mode 0604)."
    )
    assert lines[hint + 1] == " " * 24 + "chmod 600 config.json"
    assert f"people  forbidden         {FORBIDDEN.format(path='/1999990/people.json')}" in lines
    assert lines[-1] == "A sync of these 2 streams would fail; see the failures above."


@pytest.mark.parametrize("streams", ["todo", "todos,", "todos;people"])
def test_a_stream_that_is_none_is_a_wrong_call(person: Person, streams: str) -> None:
    shown = person.run_here("doctor", "--streams", streams)
    name = streams.rpartition(",")[2]
    assert shown.exit_code == 2
    assert shown.err == (
        f"Error: There is no stream {name!r}. `source-basecamp streams` lists them. See `source-basecamp doctor "
        "--help`.\n"
    )
    assert not person.sandbox.log.requests


def test_ctrl_c_ends_it_at_once_also_while_it_waits_for_basecamp(person: Person) -> None:
    person.sandbox.faults.add(Fault("type=Todo", status=429, body="", headers={"Retry-After": "60"}))
    with person.start("doctor") as process:
        deadline = time.monotonic() + 60
        while not person.sandbox.log.count(status=429):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (130, b"", b"Error: Stopped by SIGINT.\n")


def test_with_debug_the_log_goes_to_standard_error_and_results_stay_json(person: Person) -> None:
    person.env["BASECAMP_DEBUG"] = "1"
    person.sandbox.faults.add(Fault(r"/people\.json", status=403, body="", times=None))
    shown = person.run("doctor", "--streams", "people", "--json")
    assert shown.json["healthy"] is False
    assert [json.loads(line)["type"] for line in shown.err.splitlines()]
    assert person.sandbox.tokens.client_secret not in shown.err


def test_without_a_configuration_the_streams_are_one_line(person: Person) -> None:
    person.file.unlink()
    shown = person.on_a_terminal("doctor", columns=60)
    assert shown.exit_code == 1
    assert f"Streams: {len(BY_DEFAULT)}. Not checked: see account." in shown.out
    assert "todos" not in shown.out
