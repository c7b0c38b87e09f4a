"""Runs the connector as Airbyte does, a process of its own, and reads what it prints."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from integration_tests.support.fork_server import RUN, Python
from integration_tests.support.patches import changed_manifest, like_a_process, with_streams
from sandbox import Sandbox
from source_basecamp.catalog import StreamInfo, all_streams
from source_basecamp.run import run

ROOT = Path(__file__).parents[2]
CATALOG = {stream.name: stream for stream in all_streams()}
STREAMS = tuple(CATALOG)
BY_DEFAULT = tuple(name for name, stream in CATALOG.items() if not stream.on_request)
"""What a `sync` and a check-up read that name no streams."""
FIVE = ("projects", "schedules", "schedule_entries", "todos", "messages")
ALL_FEEDS = {name: stream.recording for name, stream in CATALOG.items() if stream.recording}
FEEDS = {stream: ALL_FEEDS[stream] for stream in FIVE[2:]}
INCREMENTAL = {name for name, stream in CATALOG.items() if stream.cursor}

MAIN = (sys.executable, str(ROOT / "main.py"))

Record = dict[str, Any]
Message = dict[str, Any]


@dataclass(frozen=True)
class Output:
    """What one run printed, and how it ended."""

    exit_code: int
    messages: list[Message]
    stderr: str

    def of_type(self, kind: str) -> list[Any]:
        """The payloads of all messages of a type, e.g. `of_type("LOG")`."""
        return [message[_PAYLOADS[kind]] for message in self.messages if message["type"] == kind]

    def records(self, stream: str) -> list[Record]:
        return [record["data"] for record in self.of_type("RECORD") if record["stream"] == stream]

    def counts(self) -> dict[str, int]:
        return dict(Counter(record["stream"] for record in self.of_type("RECORD")))

    @property
    def state(self) -> list[Message]:
        """What Airbyte would hand to the next sync: the newest state of each stream."""
        newest = {state["stream"]["stream_descriptor"]["name"]: state for state in self.of_type("STATE")}
        return [{"type": state["type"], "stream": state["stream"]} for state in newest.values()]

    @property
    def statuses(self) -> dict[str, str]:
        """How each stream ended: COMPLETE or INCOMPLETE."""
        traces = [trace["stream_status"] for trace in self.of_type("TRACE") if trace["type"] == "STREAM_STATUS"]
        # The CDK prints RUNNING at each rate limit, also for what is read to know what a stream is asked for.
        ended = [trace for trace in traces if trace["status"] in ("COMPLETE", "INCOMPLETE")]
        return {trace["stream_descriptor"]["name"]: trace["status"] for trace in ended}

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [trace["error"] for trace in self.of_type("TRACE") if trace["type"] == "ERROR"]

    @property
    def connection(self) -> dict[str, Any]:
        """The answer of `check`."""
        (status,) = self.of_type("CONNECTION_STATUS")
        return dict(status)


_PAYLOADS = {
    "RECORD": "record",
    "STATE": "state",
    "LOG": "log",
    "TRACE": "trace",
    "CONTROL": "control",
    "SPEC": "spec",
    "CATALOG": "catalog",
    "CONNECTION_STATUS": "connectionStatus",
}


class Connector:
    """`main.py`, or any other command that behaves the same, pointed at a sandbox."""

    def __init__(self, sandbox: Sandbox, folder: Path, command: Sequence[str] = ()) -> None:
        self.sandbox = sandbox
        self.config: dict[str, Any] = sandbox.config()
        self.workplace = folder
        """The folder that the command runs in."""
        self.environment: Mapping[str, str] | None = None
        """All of the command's environment variables; by default this process's, and what points it at the sandbox."""
        self._folder = folder
        self.command = command or MAIN

    def spec(self) -> Output:
        return self._run("spec")

    def check(self, **config: Any) -> Output:
        return self._run("check", config={**self.config, **config})

    def discover(self) -> Output:
        return self._run("discover", config=self.config)

    def read(
        self,
        streams: Iterable[str] = FIVE,
        state: list[Message] | None = None,
        sync_mode: str = "incremental",
        **config: Any,
    ) -> Output:
        return self.read_catalog(configured_catalog(streams, sync_mode), state, **config)

    def read_catalog(self, catalog: Mapping[str, Any], state: list[Message] | None = None, **config: Any) -> Output:
        files = {"config": {**self.config, **config}, "catalog": catalog}
        return self._run("read", **files, **({} if state is None else {"state": state}))

    def _run(self, verb: str, **files: Any) -> Output:
        arguments = [verb]
        for name, content in files.items():
            path = self._folder / f"{name}.json"
            path.write_text(json.dumps(content))
            arguments += [f"--{name}", str(path)]
        return self._execute(arguments)

    def _process(self, arguments: list[str]) -> dict[str, Any]:
        """What `subprocess` is to start."""
        environment = os.environ | self.sandbox.env if self.environment is None else self.environment
        return {"args": [*self.command, *arguments], "env": environment, "cwd": self.workplace}

    def _start(self, arguments: list[str], **options: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(**self._process(arguments), **options)

    def _execute(self, arguments: list[str]) -> Output:
        with self._start(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            try:
                out, errors = process.communicate(timeout=300)
            except BaseException:
                process.kill()
                raise
        return Output(process.returncode, _messages(out.decode()), errors.decode())


class Forked(Connector):
    """The same, forked from a Python that has imported the CDK. Any other command than `main.py` is started."""

    program = RUN

    def _start(self, arguments: list[str], **options: Any) -> subprocess.Popen[bytes]:
        if self.command != MAIN:
            return super()._start(arguments, **options)
        process = self._process(arguments)
        return Python(self.program, *arguments, env=process["env"], cwd=process["cwd"], **options)


class InProcess(Connector):
    """The same command without a process of its own, for the many runs that need none: a twentieth of the time."""

    def check(self, **config: Any) -> Output:
        with changed_manifest(with_streams("projects")):
            return super().check(**config)

    def discover(self) -> Output:
        with changed_manifest(dict):
            return super().discover()

    def read_catalog(self, catalog: Mapping[str, Any], state: list[Message] | None = None, **config: Any) -> Output:
        with changed_manifest(dict):
            return super().read_catalog(catalog, state, **config)

    def _execute(self, arguments: list[str]) -> Output:
        with ExitStack() as stack:
            stack.enter_context(like_a_process(self.sandbox.env))
            # The CDK's log handler and print buffer write to the one, everything else to the other.
            stack.enter_context(patch.object(sys, "__stdout__", printed := io.StringIO()))
            stack.enter_context(redirect_stdout(printed))
            errors = stack.enter_context(redirect_stderr(io.StringIO()))
            code = self._call(arguments)
            sys.stdout.flush()
        return Output(code, _messages(printed.getvalue()), errors.getvalue())

    @staticmethod
    def _call(arguments: list[str]) -> int:
        try:
            run(arguments)
        except SystemExit as end:
            return int(end.code or 0)
        except Exception as error:
            sys.excepthook(type(error), error, error.__traceback__)
            return 1
        return 0


def _messages(printed: str) -> list[Message]:
    # Not splitlines: U+2028 is a line separator to Python, and may stand inside a JSON text.
    return [json.loads(line) for line in printed.split("\n") if line]


def cursors(output: Output) -> dict[tuple[str, ...], str]:
    """The saved cursor of each feed and status, and of its archived projects."""
    return {
        (state["stream"]["stream_descriptor"]["name"], *part["partition"].values()): part["cursor"]["updated_at"]
        for state in output.state
        for part in state["stream"]["stream_state"].get("states", [])
    }


def configured_catalog(streams: Iterable[str], sync_mode: str = "incremental") -> Mapping[str, Any]:
    """A catalog that reads the named streams, those that can in `sync_mode`."""
    return described_catalog((CATALOG[stream] for stream in streams), sync_mode)


def described_catalog(streams: Iterable[StreamInfo], sync_mode: str = "incremental") -> Mapping[str, Any]:
    """The same of streams of any product."""
    return {"streams": [_configured(stream, sync_mode) for stream in streams]}


def _configured(stream: StreamInfo, sync_mode: str) -> Record:
    key = [[field] for field in stream.key]
    described = {"name": stream.name, "json_schema": {}, "source_defined_primary_key": key}
    if not stream.cursor:
        described |= {"supported_sync_modes": ["full_refresh"]}
        how = {"sync_mode": "full_refresh", "destination_sync_mode": "overwrite"}
        return {"stream": described, "primary_key": key, **how}
    cursor = [stream.cursor]
    described |= {"supported_sync_modes": ["full_refresh", "incremental"]}
    described |= {"source_defined_cursor": True, "default_cursor_field": cursor}
    how = {"sync_mode": sync_mode, "destination_sync_mode": "append_dedup"}
    return {"stream": described, "primary_key": key, **how, "cursor_field": cursor}


def truth(sandbox: Sandbox, stream: str) -> list[Record]:
    """What a perfect full sync of a stream holds."""
    return sandbox.account.listing(stream)


def by_id(records: Iterable[Record]) -> dict[int, Record]:
    """Records by their primary key, the last of each as a destination keeps it.

    Without fields that are null: the CDK's serializer leaves those out of every record, and to a destination a field
    that is not there is null.
    """
    return {record["id"]: {name: value for name, value in record.items() if value is not None} for record in records}
