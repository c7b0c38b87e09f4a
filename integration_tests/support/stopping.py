"""Runs the connector as a process, and stops it in the middle."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from integration_tests.support.connector import Connector, Forked, InProcess, Output, by_id, truth
from integration_tests.support.histories import LISTED
from integration_tests.support.warehouse import Warehouse
from sandbox import AccountSize, Fault, Sandbox
from source_basecamp.protocol import STOPPED

SIZE = AccountSize(
    projects=20,
    archived_projects=3,
    todos=(130, 20, 5),
    messages=(60, 20, 5),
    schedule_entries=(50, 5, 20),
    # What comes back with its project keeps its `updated_at`: only a full refresh sees it.
    hidden_per_project=0,
)
PATIENCE = 60.0


class Stopped(Forked):
    """A connector that gets a signal when `due` returns.

    Its output goes to a file. With `unread`, it goes into a pipe from which nothing is taken before the signal.
    """

    def __init__(self, sandbox: Sandbox, folder: Path, signal: signal.Signals, unread: bool = False) -> None:
        super().__init__(sandbox, folder)
        self.signal, self._unread = signal, unread
        self.output = folder / "stdout"
        self.due: Callable[[], object] = lambda: None
        self.seconds = 0.0
        """From the signal to the end of the process."""

    def _execute(self, arguments: list[str]) -> Output:
        with self.output.open("wb") as file:
            stdout = subprocess.PIPE if self._unread else file
            process = self._start(arguments, stdout=stdout, stderr=subprocess.PIPE)
            try:
                piped, errors = self._stop(process)
            finally:
                process.kill()
                process.wait()
        printed = (piped or self.output.read_bytes()).decode()
        if self.signal == signal.SIGKILL:
            # What it has written of its last line is no message.
            printed = printed[: printed.rfind("\n") + 1]
        lines = [json.loads(line) for line in printed.split("\n") if line]
        return Output(process.returncode, lines, errors.decode())

    def _stop(self, process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
        self.due()
        began = time.monotonic()
        process.send_signal(self.signal)
        printed = process.communicate(timeout=PATIENCE)
        self.seconds = time.monotonic() - began
        return printed


class Hold:
    """Holds back the answer to one request, so that the connector is stopped just there.

    The whole sandbox stands still meanwhile: give the connector one worker.
    """

    def __init__(self, sandbox: Sandbox, request: int) -> None:
        self._arrived, self._go = threading.Event(), threading.Event()
        sandbox.faults.add(Fault(skip=request, before=lambda account: self._hold()))

    def _hold(self) -> None:
        self._arrived.set()
        self._go.wait(PATIENCE)

    def wait(self) -> None:
        """Until the request has come."""
        assert self._arrived.wait(PATIENCE), "the request never came"

    def release(self) -> None:
        self._go.set()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.005)


def restart_and_compare(connector: Connector, folder: Path, warehouse: Warehouse) -> None:
    """Goes on from what was saved, undisturbed; then every record has to be there."""
    connector.sandbox.faults.clear()
    again = InProcess(connector.sandbox, folder)
    again.config = warehouse.config
    output = again.read(LISTED, state=warehouse.state or None)
    assert output.exit_code == 0
    warehouse.load(output)
    for stream in LISTED:
        assert warehouse.tables[stream] == by_id(truth(connector.sandbox, stream)), stream


def read_until_request(connector: Stopped, request: int, warehouse: Warehouse) -> Output:
    hold = Hold(connector.sandbox, request)
    connector.due = hold.wait
    connector.config = warehouse.config
    # The server comes free only after the process has ended: nothing in it may wait for an answer.
    try:
        output = connector.read(LISTED, state=warehouse.state or None, num_workers=1)
    finally:
        hold.release()
    warehouse.load(output)
    return output


def assert_stopped(connector: Stopped, output: Output) -> None:
    """A signal that can be heard is heard at once, and answered in words."""
    if connector.signal == signal.SIGKILL:
        assert output.exit_code == -signal.SIGKILL
        return
    assert output.exit_code == 128 + connector.signal
    assert connector.seconds < 3
    assert output.messages[-1]["log"] == {"level": "WARN", "message": STOPPED % connector.signal.name}
    assert "Traceback" not in output.stderr + str(output.messages)
    assert set(output.statuses.values()) <= {"STARTED", "RUNNING", "COMPLETE"}
