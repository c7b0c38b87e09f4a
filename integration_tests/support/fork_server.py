"""Starts `python -c PROGRAM ARGUMENTS` in a tenth of the time: forks a Python that has imported the CDK already.

What an environment variable changes while Python starts or imports the CDK, and how long that takes, shows only in a
process that was started. Where the system is not Linux, every process is.
"""

from __future__ import annotations

import ctypes
import fcntl
import gc
import json
import os
import pty
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Mapping
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Self

from pexpect import EOF
from pexpect.fdpexpect import fdspawn

RUN = "from source_basecamp.run import run; run()"
"""The program that the command is."""

_ROOT = Path(__file__).parents[2]
_SET_CHILD_SUBREAPER = 36
"""Of Linux' prctl."""
_LARGEST_JOB = 1_000_000
"""Bytes."""
_LOCK = threading.Lock()


class Python(subprocess.Popen[Any]):
    """A `subprocess.Popen` of `python -c PROGRAM ARGUMENTS`, as a child of this process like any other."""

    def __init__(
        self,
        program: str,
        *arguments: str,
        cwd: Path | str = ".",
        env: Mapping[str, str] | None = None,
        terminal: bool = False,
        **options: Any,
    ) -> None:
        """`terminal`: the process leads a session of its own, whose terminal is its standard input."""
        self._job = {
            "program": program,
            "argv": ["-c", *arguments],
            "cwd": str(Path(cwd).absolute()),
            "env": dict(os.environ if env is None else env),
            "terminal": terminal,
        }
        if terminal:
            options |= {"start_new_session": True, "preexec_fn": _take_terminal}
        super().__init__([sys.executable, "-c", program, *arguments], cwd=cwd, env=env, **options)

    def _execute_child(self, *given: Any) -> None:
        # Not public, but the same since Python 3.9.
        if sys.platform != "linux":
            super()._execute_child(*given)  # type: ignore[misc]
            return
        ends = given[10:16]
        used = [end if end != -1 else number for number, end in enumerate((ends[0], ends[3], ends[5]))]
        with _LOCK:
            server = _server()
            # Only now: what else loses its parent is left to the system, which waits for its end.
            _adopt(True)
            socket.send_fds(server, [json.dumps(self._job).encode()], used)
            self.pid = int(server.recv(20))
            _adopt(False)
        self._child_created = True
        self._close_pipe_fds(*ends)  # type: ignore[attr-defined]


class AtTerminal:
    """A Python at a pseudo-terminal of 50 lines."""

    def __init__(self, program: str, *arguments: str, columns: int = 200, **options: Any) -> None:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        ends: dict[str, Any] = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        self.process = Python(program, *arguments, terminal=True, **ends | options)
        os.close(theirs)
        self.screen = fdspawn(ours, encoding="utf-8", timeout=60)

    def wait(self) -> int:
        """Reads the terminal to its end, into `screen.before`, and returns the exit code."""
        self.screen.expect(EOF)
        self.screen.close()
        return self.process.wait(60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.screen.close()


def run_python(program: str, *arguments: str, timeout: float = 300, **options: Any) -> subprocess.CompletedProcess[Any]:
    """What `subprocess.run` returns, with all output captured."""
    pipe = subprocess.PIPE
    with Python(program, *arguments, stdout=pipe, stderr=pipe, **options) as process:
        try:
            out, errors = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, errors)


@cache
def _server() -> socket.socket:
    """Starts the server, which ends when this process does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    command = [sys.executable, "-m", __name__, str(theirs.fileno())]
    pipe = subprocess.PIPE
    # Buffered, whatever the tests are, and without threads of numpy.
    environment = os.environ | {"PYTHONUNBUFFERED": "", "OPENBLAS_NUM_THREADS": "1"}
    _server.process = subprocess.Popen(  # type: ignore[attr-defined]
        command, stdin=pipe, stdout=pipe, pass_fds=[theirs.fileno()], cwd=_ROOT, env=environment
    )
    theirs.close()
    return ours


def _adopt(processes: bool) -> None:
    """Whether a process below this one that loses its parent becomes a child of this one."""
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, int(processes), 0, 0, 0)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


# --- the server -------------------------------------------------------------------------------------------------------


def _wait_for_job(connection: socket.socket) -> dict[str, Any] | None:
    """Returns in each child with what it has to run, and None in the server at its end."""
    while True:
        message, descriptors, *_ = socket.recv_fds(connection, _LARGEST_JOB, 3)
        if not message:
            return None
        told, tell = os.pipe()
        if not os.fork():
            # A child of a process that ends at once: it becomes a child of the tests' process.
            if child := os.fork():
                os.write(tell, str(child).encode())
                os._exit(0)
            job = dict(json.loads(message))
            _become(job, descriptors)
            return job
        os.wait()
        connection.send(os.read(told, 20))
        for descriptor in (*descriptors, told, tell):
            os.close(descriptor)


def _become(job: dict[str, Any], descriptors: list[int]) -> None:
    """Makes this process what Python finds at its start."""
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    if job["terminal"]:
        os.setsid()
        _take_terminal()
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["env"])
    time.tzset()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.stdout.reconfigure(line_buffering=os.isatty(1))  # type: ignore[union-attr]
    sys.argv = job["argv"]


def _main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Not pyarrow, whose threads a fork would lose, and none of our modules that look at the environment or the terminal
    # when they are imported.
    import numpy  # noqa: F401, PLC0415
    import psycopg2  # noqa: F401, PLC0415
    import rich_click  # noqa: F401, PLC0415

    import source_basecamp.protocol  # noqa: F401, PLC0415
    from integration_tests.support.patches import changed_manifest, prepare  # noqa: PLC0415
    from source_basecamp.catalog import all_streams  # noqa: PLC0415
    from source_basecamp.product import BC3, CLASSIC  # noqa: PLC0415

    # Kept for the process: most commands would take half a second for it, each time.
    for product in (BC3, CLASSIC):
        assert all(stream.schema for stream in all_streams(product))
    prepare()
    gc.collect()
    gc.freeze()
    # Only now, for DuckDB complains of what is frozen when Python ends.
    import duckdb  # noqa: F401, PLC0415

    assert len(os.listdir("/proc/self/task")) == 1, "a fork would lose the other threads"
    job = _wait_for_job(socket.socket(fileno=int(sys.argv[1])))
    if job is not None:
        sys.modules["__main__"] = main = ModuleType("__main__")
        with changed_manifest(dict) if job["program"].endswith(RUN) else nullcontext():
            exec(compile(job["program"], "<string>", "exec"), main.__dict__)


if __name__ == "__main__":
    _main()
