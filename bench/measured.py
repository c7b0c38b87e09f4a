"""Measures a connector's process: its output, its time, its memory, and its requests to the sandbox."""

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

from bench import ROOT
from bench.catalog import FIVE, configured_catalog
from sandbox import Sandbox
from source_basecamp.product import product_of

OURS = (sys.executable, "-m", "bench.unlimited")
OURS_AS_SHIPPED = (sys.executable, str(ROOT / "main.py"))
PLAIN = (sys.executable, "-m", "bench.plain")

_RECORD = re.compile(rb'\{"type":"RECORD","record":\{"stream":"(\w+)"')
_TOO_LONG = 3_600.0
"""Seconds after which a process counts as hanging."""

Message = dict[str, Any]


@dataclass
class Printed:
    """Standard output. Records are only counted: 200,000 of them would fill this machine's memory."""

    messages: list[Message] = field(default_factory=list)
    """Messages that are not records."""
    emitted: Counter[str] = field(default_factory=Counter)
    """Records of each stream."""
    first: float = 0.0
    last: float = 0.0
    """Times of the first and the last record."""

    def take(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            if record := _RECORD.match(line):
                self.last = time.monotonic()
                self.first = self.first or self.last
                self.emitted[record[1].decode()] += 1
            elif line.strip():
                self.messages.append(json.loads(line))


@dataclass(frozen=True)
class Run:
    """The measurements of one run of a connector."""

    exit_code: int
    stderr: str
    messages: Sequence[Message]
    """Messages that are not records."""
    emitted: Counter[str]
    """Records of each stream."""
    seconds: float
    """Seconds from the first record to the last."""
    answers: Counter[int]
    """API responses by status code."""
    span: float
    """Seconds from the first request to the last."""
    token_requests: int
    megabytes: float
    """Peak memory; 0 where the process does not report it."""
    cpu_seconds: float

    @property
    def total(self) -> int:
        """Records of all streams."""
        return self.emitted.total()

    @property
    def requests(self) -> int:
        """Answered requests to the API, without those that the rate limit refused."""
        return self.answers.total() - self.refused

    @property
    def refused(self) -> int:
        """Requests that the rate limit refused."""
        return self.answers[429]

    @property
    def state(self) -> list[Message]:
        """What Airbyte would hand to the next sync: the newest state of each stream."""
        states = [message["state"] for message in self.messages if message["type"] == "STATE"]
        newest = {state["stream"]["stream_descriptor"]["name"]: state["stream"] for state in states}
        return [{"type": "STREAM", "stream": stream} for stream in newest.values()]

    @property
    def errors(self) -> list[str]:
        """The connector's error messages."""
        traces = [message["trace"] for message in self.messages if message["type"] == "TRACE"]
        return [trace["error"]["message"] for trace in traces if trace["type"] == "ERROR"]

    @property
    def configs(self) -> list[dict[str, Any]]:
        """The configurations in the connector's CONTROL messages; they hold refreshed tokens."""
        controls = [message["control"] for message in self.messages if message["type"] == "CONTROL"]
        return [control["connectorConfig"]["config"] for control in controls]


class Measured:
    """One of the commands above, run in a process of its own against a sandbox, as Airbyte runs a connector."""

    def __init__(self, sandbox: Sandbox, folder: Path, command: Sequence[str]) -> None:
        self.sandbox = sandbox
        self.command = command
        self.config: dict[str, Any] = sandbox.config()
        """What the next run gets. A sync that is asked to saves another one, as Airbyte does."""
        self.environment = {**os.environ, **sandbox.env, "PYTHONPATH": str(ROOT)}
        self.reluctance = 0.0
        """Seconds for which the process's output is not read."""
        self._folder = folder
        if command == PLAIN:
            hosts = {"base_url": sandbox.url, "launchpad_url": sandbox.url}
            self.config |= {**hosts, "start_date": "2000-01-01T00:00:00Z"}

    def sync(self, streams: Iterable[str] = FIVE, state: Sequence[Message] | None = None) -> Run:
        """Reads. Raises RuntimeError if the sync fails: the cost of a failed sync is not a measurement."""
        run = self.attempt(streams, state)
        if run.exit_code:
            raise RuntimeError(f"{self.command[-1]} failed: {run.errors} {run.stderr}")
        return run

    def attempt(self, streams: Iterable[str] = FIVE, state: Sequence[Message] | None = None) -> Run:
        """Reads, and may fail. Clears the sandbox's log first."""
        self.sandbox.log.clear()
        run = self.read(streams, state)
        for config in run.configs:
            self.config = config
        return run

    def read(self, streams: Iterable[str] = FIVE, state: Sequence[Message] | None = None) -> Run:
        """Reads, and may fail. Counts all requests in the sandbox's log."""
        files = {"config": self.config, "catalog": configured_catalog(streams, product_of(self.config))}
        return self._run("read", **files, **({} if state is None else {"state": state}))

    def check(self) -> Run:
        return self._run("check", config=self.config)

    def _run(self, verb: str, **files: Any) -> Run:
        arguments = [verb]
        for name, content in files.items():
            path = self._folder / f"{name}.json"
            path.write_text(json.dumps(content))
            arguments += [f"--{name}", str(path)]
        printed = Printed()
        with TemporaryFile() as errors:
            code = self._watch(arguments, printed, errors)
            errors.seek(0)
            stderr = errors.read().decode()
        asked = self.sandbox.log.api
        usage = _usage(stderr)
        return Run(
            exit_code=code,
            stderr=stderr,
            messages=printed.messages,
            emitted=printed.emitted,
            seconds=printed.last - printed.first,
            answers=Counter(request.status for request in asked),
            span=asked[-1].time_monotonic - asked[0].time_monotonic if asked else 0.0,
            token_requests=len(self.sandbox.log.launchpad),
            megabytes=usage.get("peak_kb", 0) / 1024,
            cpu_seconds=usage.get("cpu_seconds", 0.0),
        )

    def _watch(self, arguments: Sequence[str], printed: Printed, errors: IO[bytes]) -> int:
        """Runs the command, and returns its exit code."""
        command = [*self.command, *arguments]
        with subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=errors
        ) as process:
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
