"""Runs a verb for people as they do, on a terminal or with its output piped on, and reads what they read."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integration_tests.support.fork_server import RUN, AtTerminal, Python, run_python
from integration_tests.support.patches import Manifest, changed_manifest, like_a_process, with_streams
from sandbox import Sandbox
from source_basecamp.run import run

BOX = re.compile("[\u2500-\u259f]")
"""What lines are drawn with."""


@dataclass(frozen=True)
class Shown:
    """What a verb printed, and how it ended."""

    exit_code: int
    out: str
    err: str = ""

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Person:
    """Somebody in a folder with a `config.json`, whose Basecamp is a sandbox."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.file = folder / "config.json"
        self.env: dict[str, str] = dict(sandbox.env)
        self.save()

    def save(self, **config: Any) -> None:
        """Writes the sandbox's configuration with these changes; None takes a key out."""
        whole = {**self.sandbox.config(), **config}
        self.file.write_text(json.dumps({key: value for key, value in whole.items() if value is not None}))
        self.file.chmod(0o600)

    @property
    def config(self) -> dict[str, Any]:
        return dict(json.loads(self.file.read_text()))

    def start(self, *args: str) -> Python:
        """The verb as a process that runs on, its output piped."""
        pipe = subprocess.PIPE
        return Python(RUN, *args, cwd=self.folder, env={**os.environ, **self.env}, stdout=pipe, stderr=pipe)

    def run(self, *args: str) -> Shown:
        """The verb as a process, its output piped."""
        done = run_python(RUN, *args, cwd=self.folder, env={**os.environ, **self.env})
        return Shown(done.returncode, done.stdout.decode(), done.stderr.decode())

    def run_here(self, *args: str) -> Shown:
        """The same without a process of its own, for the many runs that need none: a third of the time."""
        with ExitStack() as stack:
            stack.enter_context(changed_manifest(_needed(args)))
            stack.enter_context(like_a_process(self.env))
            stack.callback(os.chdir, os.getcwd())
            os.chdir(self.folder)
            out = stack.enter_context(redirect_stdout(io.StringIO()))
            err = stack.enter_context(redirect_stderr(io.StringIO()))
            try:
                run(list(args))
            except SystemExit as end:
                return Shown(int(end.code or 0), out.getvalue(), err.getvalue())
        raise AssertionError("a verb ends by exiting")

    def on_a_terminal(self, *args: str, columns: int = 100, env: Mapping[str, str] | None = None) -> Shown:
        """The verb with a terminal of that width for everything; `out` is what the terminal got."""
        env = {**os.environ, **self.env, "TERM": "xterm-256color", **(env or {})}
        with AtTerminal(RUN, *args, columns=columns, cwd=self.folder, env=env) as terminal:
            code = terminal.wait()
        return Shown(code, terminal.screen.before.replace("\r\n", "\n"))


def _needed(args: Sequence[str]) -> Callable[[Manifest], Manifest]:
    """The streams that are named. The others are left out anyway, but take their time to be built."""
    if "--streams" not in args:
        return dict
    return with_streams("projects", *args[args.index("--streams") + 1].split(","))
