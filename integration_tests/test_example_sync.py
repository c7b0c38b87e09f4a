"""The task of examples/airflow_basecamp.py, run as Airflow runs it: its source alone, by PyAirbyte's interpreter.

The two other files make the same calls, as unit_tests/test_examples.py sees to.
"""

from __future__ import annotations

import ast
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from integration_tests.support.connector import ROOT, truth
from integration_tests.support.pyairbyte import PYTHON, needs_pyairbyte
from sandbox import AccountSize, Sandbox

STREAMS = ("projects", "todos")
SIZE = AccountSize(projects=4, archived_projects=0, todos=(40, 4, 2), messages=0, schedule_entries=0)

pytestmark = [needs_pyairbyte, pytest.mark.slow]


def task() -> str:
    """The source of `read`, which Airflow sends to the other environment, with a line that calls it."""
    module = ast.parse((ROOT / "examples" / "airflow_basecamp.py").read_text())
    (read,) = (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef) and node.name == "read")
    read.decorator_list = []
    return f"{ast.unparse(read)}\nprint(__import__('json').dumps(read({list(STREAMS)!r})))"


def run(sandbox: Sandbox, folder: Path) -> dict[str, int]:
    settings = {
        "BASECAMP_CONFIG": str(folder / "config.json"),
        "BASECAMP_DUCKDB": str(folder / "basecamp.duckdb"),
        "SOURCE_BASECAMP": str(Path(sys.executable).with_name("source-basecamp")),
    }
    # No telemetry, no registry, and nothing left behind on this machine.
    quiet = {"DO_NOT_TRACK": "1", "AIRBYTE_OFFLINE_MODE": "1", "HOME": str(folder), "AIRBYTE_LOGGING_ROOT": str(folder)}
    done = subprocess.run(
        [PYTHON, "-c", task()],
        env=os.environ | sandbox.env | settings | quiet,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def rows(sandbox: Sandbox, streams: Iterable[str] = STREAMS) -> dict[str, int]:
    return {stream: len(truth(sandbox, stream)) for stream in streams}


def test_the_task_loads_the_account_and_then_what_changed_and_keeps_the_token(tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    with Sandbox(SIZE, rate_limit=False) as sandbox:
        config.write_text(json.dumps(sandbox.config(account_id=sandbox.account.account_id)))
        config.chmod(0o600)
        assert run(sandbox, tmp_path) == rows(sandbox)
        sandbox.log.clear()
        sandbox.account.create("Todo")
        assert run(sandbox, tmp_path) == rows(sandbox)
        assert sandbox.log.count("recordings") == 3
        assert sandbox.log.launchpad == []
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
