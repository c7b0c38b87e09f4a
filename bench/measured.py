"""A connector's process, watched: what it printed, how long it took, and what it asked the sandbox for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any, cast

from integration_tests.support.connector import FIVE, ROOT, Connector, Message, Output
from sandbox import Sandbox

OURS = (sys.executable, "-m", "bench.unlimited")
OURS_AS_SHIPPED = (sys.executable, str(ROOT / "main.py"))
PLAIN = (sys.executable, "-m", "bench.plain")

_RECORD = re.compile(rb'\{"type":"RECORD","record":\{"stream":"(\w+)"')
_TOO_LONG = 3_600.0
"""Seconds after which a process hangs, however busy the machine is."""


@dataclass
class Printed:
    """Standard output, its records counted and let go: 200,000 of them would fill this machine's memory."""

    messages: list[Message] = field(default_factory=list)
    """All but the records."""
    emitted: Counter[str] = field(default_factory=Counter)
    """Records of each stream."""
    first: float = 0.0
    last: float = 0.0
    """When the first and the last record came."""

    def take(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            if record := _RECORD.match(line):
                self.last = time.monotonic()
                self.first = self.first or self.last
                self.emitted[record[1].decode()] += 1
            elif line.strip():
                self.messages.append(json.loads(line))


@dataclass(frozen=True)
class Run(Output):
    """One run of a connector, and what it took. `messages` are without the records."""

    emitted: Counter[str]
    """Records of each stream."""
    seconds: float
    """From the first record to the last."""
    answers: Counter[int]
    """Of the API, by status."""
    span: float
    """Seconds from the first request to the last."""
    token_requests: int
    megabytes: float
    """Of memory at the peak; 0 where the process does not tell."""
    cpu_seconds: float

    @property
    def total(self) -> int:
        """Records of all streams."""
        return self.emitted.total()

    @property
    def requests(self) -> int:
        """Requests to the API that were answered; a refused one was made in vain."""
        return self.answers.total() - self.refused

    @property
    def refused(self) -> int:
        """By the rate limit."""
        return self.answers[429]


class Measured(Connector):
    """One of the commands above. As Airbyte does, it keeps the configuration that a CONTROL message brings."""

    def __init__(self, sandbox: Sandbox, folder: Path, command: Sequence[str]) -> None:
        super().__init__(sandbox, folder, command)
        self.workplace = ROOT
        self.environment = {**os.environ, **sandbox.env, "PYTHONPATH": str(ROOT)}
        self.reluctance = 0.0
        """Seconds for which nothing that the process prints is taken."""
        if command == PLAIN:
            hosts = {"base_url": sandbox.url, "launchpad_url": sandbox.url}
            self.config |= {**hosts, "start_date": "2000-01-01T00:00:00Z"}

    def sync(self, streams: Iterable[str] = FIVE, state: list[Message] | None = None) -> Run:
        """Reads. Raises RuntimeError if that fails: what a failed sync costs is no figure."""
        run = self.attempt(streams, state)
        if run.exit_code:
            raise RuntimeError(f"{self.command[-1]} failed: {[error['message'] for error in run.errors]} {run.stderr}")
        return run

    def attempt(self, streams: Iterable[str] = FIVE, state: list[Message] | None = None) -> Run:
        """Reads, and may fail."""
        run = cast(Run, self.read(streams, state))
        for control in run.of_type("CONTROL"):
            self.config = control["connectorConfig"]["config"]
        return run

    def _execute(self, arguments: list[str]) -> Run:
        self.sandbox.log.clear()
        printed = Printed()
        with TemporaryFile() as errors:
            code = self._watch(arguments, printed, errors)
            errors.seek(0)
            stderr = errors.read().decode()
        asked = self.sandbox.log.api
        usage = _usage(stderr)
        return Run(
            exit_code=code,
            messages=printed.messages,
            stderr=stderr,
            emitted=printed.emitted,
            seconds=printed.last - printed.first,
            answers=Counter(request.status for request in asked),
            span=asked[-1].time_monotonic - asked[0].time_monotonic if asked else 0.0,
            token_requests=len(self.sandbox.log.launchpad),
            megabytes=usage.get("peak_kb", 0) / 1024,
            cpu_seconds=usage.get("cpu_seconds", 0.0),
        )

    def _watch(self, arguments: list[str], printed: Printed, errors: IO[bytes]) -> int:
        with subprocess.Popen(**self._process(arguments), stdout=subprocess.PIPE, stderr=errors) as process:
            killer = threading.Timer(_TOO_LONG, process.kill)
            killer.start()
            try:
                time.sleep(self.reluctance)
                printed.take(cast(IO[bytes], process.stdout))
            finally:
                killer.cancel()
        return process.returncode


def _usage(stderr: str) -> dict[str, Any]:
    last = stderr.strip().rpartition("\n")[2]
    return dict(json.loads(last)) if last.startswith('{"peak_kb"') else {}


@contextmanager
def connectors(sandbox: Sandbox, *commands: Sequence[str]) -> Iterator[list[Measured]]:
    """One connector for each command, pointed at the sandbox while it serves."""
    with sandbox, TemporaryDirectory() as folder:
        yield [Measured(sandbox, Path(folder), command) for command in commands]
