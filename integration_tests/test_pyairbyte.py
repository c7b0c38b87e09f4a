"""PyAirbyte runs the installed command, and what lies in its DuckDB in the end is the account."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.connector import ROOT, truth
from integration_tests.support.pyairbyte import PYTHON, needs_pyairbyte
from sandbox import AccountSize, Sandbox

STREAMS = ("projects", "todos", "messages", "people")
SIZE = AccountSize(projects=4, archived_projects=0, todos=(60, 6, 4), messages=(20, 2, 1), schedule_entries=0, people=5)

pytestmark = [needs_pyairbyte, pytest.mark.slow]


class PyAirbyte:
    """A DuckDB file that is synced from a sandbox, by a process that runs on."""

    def __init__(self, sandbox: Sandbox, process: subprocess.Popen[str]) -> None:
        self.sandbox, self._process = sandbox, process
        self.read = 0
        """Records that the last sync brought."""
        self.tables: dict[str, list[dict[str, Any]]] = {}

    def sync(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        print(file=self._process.stdin, flush=True)
        # Beside what PyAirbyte has to say.
        (answer,) = islice((line for line in self._process.stdout if line.startswith('{"read"')), 1)
        self.read, self.tables = json.loads(answer).values()

    def matches_the_account(self, stream: str) -> None:
        """Each record is there once, as it is now."""
        expected = {record["id"]: seen(record) for record in truth(self.sandbox, stream)}
        rows = self.tables[stream]
        assert len(rows) == len(expected)
        assert {row["id"]: seen(row) for row in rows} == expected


def seen(record: dict[str, Any]) -> tuple[Any, ...]:
    changed = datetime.fromisoformat(record["updated_at"])
    return record.get("status"), record.get("name"), record.get("title"), changed.replace(tzinfo=None)


@pytest.fixture
def warehouse(binaries: Path, tmp_path: Path) -> Iterator[PyAirbyte]:
    with Sandbox(SIZE, rate_limit=False) as sandbox:
        order = {
            "executable": str(binaries / "source-basecamp"),
            # PyAirbyte takes values as the spec types them, and no others.
            "config": sandbox.config(account_id=sandbox.account.account_id, lookback_minutes=0),
            "streams": STREAMS,
            "database": str(tmp_path / "warehouse.duckdb"),
        }
        # No telemetry, no registry, and nothing left behind on this machine.
        quiet = {"DO_NOT_TRACK": "1", "AIRBYTE_OFFLINE_MODE": "1", "HOME": str(tmp_path)}
        script = ROOT / "integration_tests" / "support" / "pyairbyte_sync.py"
        with subprocess.Popen(
            [PYTHON, script, json.dumps(order)],
            env=os.environ | sandbox.env | quiet | {"AIRBYTE_LOGGING_ROOT": str(tmp_path)},
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            yield PyAirbyte(sandbox, process)


def test_the_second_sync_brings_what_changed_and_the_tables_hold_each_record_once(warehouse: PyAirbyte) -> None:
    account = warehouse.sandbox.account
    warehouse.sync()
    assert set(warehouse.tables) == set(STREAMS)
    for stream in STREAMS:
        warehouse.matches_the_account(stream)
    trashed, archived = (record["id"] for record in account.feed("Todo")[10:12])
    account.trash(trashed)
    account.archive(archived)
    account.update(account.feed("Message")[5]["id"], title="Changed")
    account.create("Message")
    warehouse.sync()
    for stream in STREAMS:
        warehouse.matches_the_account(stream)
    statuses = {row["id"]: row["status"] for row in warehouse.tables["todos"]}
    assert (statuses[trashed], statuses[archived]) == ("trashed", "archived")
    # What has no incremental sync, the four changes, and of each feed and status the record on the saved cursor.
    whole = sum(len(truth(warehouse.sandbox, stream)) for stream in ("projects", "people"))
    assert whole + 4 <= warehouse.read <= whole + 4 + 2 * 3
