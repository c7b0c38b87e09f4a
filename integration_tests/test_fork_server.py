"""The tests' forked processes are what started ones are, as far as the connector can see."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.fork_server import Python, run_python

FACTS = """
import json, os, signal, sys, threading
streams = (sys.stdin, sys.stdout, sys.stderr)
sys.stderr.write(json.dumps({
    "arguments": sys.argv,
    "folder": os.getcwd(),
    "environment": dict(os.environ),
    "streams": [[stream.fileno(), stream.isatty(), stream.encoding, stream.errors] for stream in streams],
    "buffers": [[stream.line_buffering, stream.write_through] for stream in streams[1:]],
    "kept": streams == (sys.__stdin__, sys.__stdout__, sys.__stderr__),
    "signals": [str(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)],
    "main": [__name__, __name__ in sys.modules, threading.current_thread() is threading.main_thread()],
    "descriptors": sorted(set(map(int, os.listdir("/proc/self/fd"))) - {3}),
    "session": [os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid()],
    "read": sys.stdin.readline(),
}))
sys.exit(3)
"""


def piped(process: subprocess.Popen[Any]) -> dict[str, Any]:
    out, errors = process.communicate(b"typed\n", timeout=60)
    assert (out, process.wait()) == (b"", 3)
    return dict(json.loads(errors))


def test_a_forked_process_finds_what_a_started_one_finds(tmp_path: Path) -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    options: dict[str, Any] = {"cwd": tmp_path, "env": {"LC_ALL": "C.UTF-8", "OWN": "ä"}, **pipes}
    started = subprocess.Popen([sys.executable, "-c", FACTS, "one", "two"], **options)
    assert piped(Python(FACTS, "one", "two", **options)) == piped(started) | {"main": ["__main__", True, True]}


def test_a_forked_process_at_a_terminal_leads_a_session_there() -> None:
    ours, theirs = pty.openpty()
    with Python(FACTS, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, terminal=True) as process:
        os.close(theirs)
        os.write(ours, b"typed\n")
        assert process.stderr
        facts = json.loads(process.stderr.read())
        assert process.wait(60) == 3
    os.close(ours)
    assert facts["read"] == "typed\n"
    assert facts["session"] == [True, True]
    assert [stream[1] for stream in facts["streams"]] == [True, True, False]
    assert [buffer[0] for buffer in facts["buffers"]] == [True, True]


def test_ctrl_c_at_a_terminal_interrupts_a_forked_process() -> None:
    ours, theirs = pty.openpty()
    program = "import time; print('ready', flush=True); time.sleep(60)"
    with Python(program, stdin=theirs, stdout=theirs, stderr=theirs, terminal=True) as process:
        os.close(theirs)
        assert b"ready" in os.read(ours, 100)
        os.write(ours, b"\x03")
        assert process.wait(60) == -signal.SIGINT
    os.close(ours)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_forked_process_can_be_killed(number: signal.Signals) -> None:
    with Python("import time; time.sleep(60)") as process:
        process.send_signal(number)
        assert process.wait(10) == -number


def test_an_error_ends_a_forked_process_as_any_other() -> None:
    done = run_python("import atexit; atexit.register(print, 'at the end'); 1 / 0")
    assert (done.returncode, done.stdout) == (1, b"at the end\n")
    assert done.stderr.endswith(b"ZeroDivisionError: division by zero\n")
