"""`make demo` and `make demo-classic` show what the README says of them."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from integration_tests.support.connector import ROOT
from integration_tests.support.report import Page
from sandbox import demo_classic
from sandbox.demo import QUESTIONS, STREAMS

FORKED = """
import subprocess, sys
from integration_tests.support.fork_server import RUN, Python
def run(command, env, check):
    with Python(RUN, *command[2:], env=env) as process:
        return subprocess.CompletedProcess(command, process.wait())
subprocess.run = run
from sandbox.demo import main
main()
"""
"""The demo, its commands forked."""


def demo(*arguments: str, folder: Path) -> str:
    """What a demo prints."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_demo_syncs_twice_answers_its_questions_and_writes_a_report(tmp_path: Path) -> None:
    shown = demo("-c", FORKED, folder=tmp_path)
    counted = [line.split()[:4] for line in shown.splitlines() if line.startswith(("todos ", "messages "))]
    assert counted == [
        ["todos", "280", "0", "0"],
        ["messages", "72", "0", "0"],
        ["todos", "0", "2", "1"],
        ["messages", "1", "0", "0"],
    ]
    report = tmp_path / "demo-report.html"
    assert f"Open it in a browser: {report.as_uri()}\n" in shown
    assert "Left out" not in shown
    assert set(Page(report).sections) == {
        "overdue", "workload", "completed", "cycle-time", "projects", "hours", "upcoming", "check-ins"
    }  # fmt: skip
    with duckdb.connect(str(tmp_path / "demo.duckdb"), read_only=True) as database:
        assert all(database.execute(f"SELECT count(*) FROM {stream}").fetchone() > (0,) for stream in STREAMS)
        for question, query in QUESTIONS.items():
            first = database.execute(query).fetchone()
            assert first
            answer = shown.partition(question)[2].partition(query)[2].split()
            assert str(first[-1]) in answer
        # The noon before the account was made, and the change after it.
        newest = database.execute("SELECT max(last_change) FROM project_activity").fetchone()
        assert newest
        assert timedelta() <= datetime.now(UTC) - newest[0] < timedelta(days=1, hours=1)
        coming = database.execute("SELECT count(*), count(repeats) FROM upcoming_schedule WHERE days_until < 40")
        assert min(coming.fetchone() or [0]) > 5


def test_the_demo_of_classic_syncs_a_site_and_answers_its_question(tmp_path: Path) -> None:
    shown = demo("-m", "sandbox.demo_classic", folder=tmp_path)
    counted = {line.split()[0]: line.split()[1] for line in shown.splitlines() if line.startswith(("time_", "comm"))}
    assert counted == {"time_entries": "465", "comments": "1,300"}
    with duckdb.connect(str(tmp_path / demo_classic.DATABASE), read_only=True) as database:
        first = database.execute(demo_classic.QUERY).fetchone()
    assert first
    assert str(first[-1]) in shown.partition(demo_classic.QUERY)[2].split()
