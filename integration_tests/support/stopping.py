"""Runs the connector as a process, and stops it in the middle."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from integration_tests.support.connector import Connector, Output
from sandbox import Fault, Sandbox

PATIENCE = 60.0


class Stopped(Connector):
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
            process = subprocess.Popen(
                **self._process(arguments),
                stdout=subprocess.PIPE if self._unread else file,
                stderr=subprocess.PIPE,
            )
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
