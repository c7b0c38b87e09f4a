"""A sync that fails ends: no thread that still has records to hand over keeps the process alive."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration_tests.support.connector import configured_catalog
from integration_tests.support.fork_server import Python
from sandbox import AccountSize, Sandbox

# More than the CDK's queue holds, so that its threads wait for somebody to take them.
SIZE = AccountSize(projects=3, todos=15_000, messages=0, schedule_entries=0)
PATIENCE = 120.0

UNLIMITED = """
from integration_tests.support.patches import changed_manifest, without_budget
from source_basecamp.run import run
with changed_manifest(without_budget):
    run()
"""
SHORT_OF_MEMORY = f"""
import time
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.memory_monitor import MemoryMonitor
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

seen = []

def check_memory_usage(monitor):
    seen.append(monitor)
    if len(seen) == 100:
        time.sleep(5)
        raise AirbyteTracedException("x", "Out of memory, soon.", FailureType.system_error)

MemoryMonitor.check_memory_usage = check_memory_usage
{UNLIMITED}
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SIZE, rate_limit=False) as serving:
        yield serving


def begin(sandbox: Sandbox, folder: Path, script: str) -> Python:
    files = {"config": sandbox.config(), "catalog": configured_catalog(["todos"])}
    arguments = ["read"]
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
        arguments += [f"--{name}", str(folder / name)]
    environment = os.environ | sandbox.env | {"TMPDIR": str(folder)}
    pipe = subprocess.PIPE
    return Python(script, *arguments, stdout=pipe, stderr=pipe, env=environment, cwd=folder)


def leftovers(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"config", "catalog"}


def test_it_ends_when_nobody_reads_on(sandbox: Sandbox, tmp_path: Path) -> None:
    """`source-basecamp read | head`."""
    with begin(sandbox, tmp_path, UNLIMITED) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(3)
        process.stdout.close()
        try:
            assert process.wait(PATIENCE) == 128 + signal.SIGPIPE
            assert process.stderr.read() == b""
        finally:
            process.kill()
    assert leftovers(tmp_path) == set()


def test_it_ends_when_the_framework_gives_up(sandbox: Sandbox, tmp_path: Path) -> None:
    """As it does when memory runs short."""
    with begin(sandbox, tmp_path, SHORT_OF_MEMORY) as process:
        try:
            printed, _ = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
    assert process.returncode == 1
    messages = [json.loads(line) for line in printed.decode().split("\n") if line]
    errors = [m["trace"]["error"] for m in messages if m["type"] == "TRACE" and m["trace"]["type"] == "ERROR"]
    assert [(error["message"], error["failure_type"]) for error in errors] == [("Out of memory, soon.", "system_error")]
    assert leftovers(tmp_path) == set()
