"""Copying files is stopped at any moment: nothing half is called whole, and nothing whole is fetched twice."""

from __future__ import annotations

import hashlib
import random
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.cli import Person
from integration_tests.support.connector import Connector
from integration_tests.support.files import ONLY, copied, lying_in, small_uploads
from integration_tests.support.fork_server import RUN, AtTerminal, Python
from integration_tests.support.patches import changed_manifest
from integration_tests.support.sync import Syncing, here
from sandbox import AccountSize, Fault, Sandbox

SIZE = AccountSize(
    projects=3, archived_projects=0, trashed_projects=0, uploads=36, campfire_lines=12, messages=8, vaults=4
)
_PART = re.compile(r"\.[0-9a-f]{8}\.part$")

Connect = Callable[..., Connector]


def started(syncing: Syncing, folder: Path) -> subprocess.Popen[bytes]:
    arguments = syncing.arguments(*ONLY, "--files", str(folder), "--quiet")
    return Python(RUN, *arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **syncing.place)


def stopped_while_copying(syncing: Syncing, folder: Path, seconds: float, number: signal.Signals) -> str:
    """What was told by a sync that gets a signal so long after its first file."""
    log = syncing.sandbox.log
    log.clear()
    process = started(syncing, folder)
    try:
        while not log.storage and process.poll() is None:
            time.sleep(0.002)
        time.sleep(seconds)
        process.send_signal(number)
        _, told = process.communicate(timeout=30)
        assert process.returncode in (0, 128 + number, -number)
    finally:
        process.kill()
        process.wait()
    return told.decode()


@pytest.mark.slow
def test_after_a_stop_at_any_moment_whole_files_are_whole_and_not_asked_for_again(
    connect: Connect, tmp_path: Path
) -> None:
    sandbox = connect(SIZE).sandbox
    small_uploads(sandbox.account)
    syncing, files = Syncing(sandbox, tmp_path), tmp_path / "files"
    chance, wanted = random.Random(37), set(copied(sandbox.account).values())
    whole: dict[str, str] = {}
    for number in (signal.SIGKILL, signal.SIGINT, signal.SIGKILL, signal.SIGTERM):
        # Slow enough to be hit in the middle of a file.
        sandbox.faults.clear()
        sandbox.faults.add(Fault(path="^/storage/", skip=chance.randrange(12), drip=0.001))
        told = stopped_while_copying(syncing, files, chance.uniform(0, 0.15), number)
        assert "Traceback" not in told
        assert not asked_for(sandbox) & tags(whole)
        whole = {path: digest for path, digest in lying_in(files).items() if not _PART.search(path)}
        assert set(whole.values()) <= wanted
    sandbox.faults.clear()
    assert whole
    sandbox.log.clear()
    last = here(Connector(sandbox, tmp_path), tmp_path).sync(*ONLY, "--files", str(files), "--json")
    assert last.exit_code == 0
    assert not asked_for(sandbox) & tags(whole)
    lying = lying_in(files)
    assert sorted(lying.values()) == sorted(copied(sandbox.account).values())
    rows = dict(syncing.query("SELECT path, sha256 FROM stored_files WHERE why_not IS NULL"))
    assert rows == lying


def asked_for(sandbox: Sandbox) -> set[str]:
    """The ids of the files whose bytes were asked for."""
    return {
        found[1]
        for one in sandbox.log.storage
        if (found := re.search(r"/(?:uploads|attachments|download)/(\d+)", one.path))
    }


def tags(files: dict[str, str]) -> set[str]:
    return {found[1] for path in files if (found := re.search(r" \(a?(\d+)(?:-\d+)?\)", path))}


def test_a_large_file_goes_on_where_a_kill_has_stopped_it(connect: Connect, tmp_path: Path) -> None:
    sandbox = connect(AccountSize(projects=1, archived_projects=0, uploads=1, campfire_lines=0, messages=0)).sandbox
    (upload,) = sandbox.account.feed("Upload")
    size = 20_000_000
    sandbox.account.update(upload["id"], byte_size=size, description_attachments=[])
    syncing, files = Syncing(sandbox, tmp_path), tmp_path / "files"
    process = started(syncing, files)
    try:
        while not (parts := list(files.rglob("*.part"))) or parts[0].stat().st_size < 1_000_000:
            assert process.poll() is None
            time.sleep(0.001)
    finally:
        process.kill()
        process.wait()
    (part,) = parts
    there = part.stat().st_size
    assert 1_000_000 <= there < size
    sandbox.log.clear()
    assert syncing.sync(*ONLY, "--files", str(files)).exit_code == 0
    (request,) = sandbox.log.storage
    assert request.headers["range"] == f"bytes={there - 1}-"
    ((path, digest),) = lying_in(files).items()
    assert digest in copied(sandbox.account).values()
    assert hashlib.sha256((files / path).read_bytes()).hexdigest() == digest


def test_a_terminal_shows_files_and_bytes_their_rate_and_the_time_left(connect: Connect, tmp_path: Path) -> None:
    sandbox = connect(AccountSize(projects=2, archived_projects=0, trashed_projects=0, uploads=12)).sandbox
    small_uploads(sandbox.account)
    sandbox.faults.add(Fault(path="^/storage/", skip=11, delay=1.2))
    syncing = Syncing(sandbox, tmp_path)
    arguments = syncing.arguments("--streams", "projects,uploads", "--files", str(tmp_path / "files"))
    with AtTerminal(RUN, *arguments, columns=120, stdout=subprocess.DEVNULL, **syncing.place) as terminal:
        assert terminal.wait() == 0
    assert re.search(
        r"files +\d+ of \d+ files +[\d.]+ \wB of [\d.]+ \wB, [\d.]+ \wB/s +0:00:\d\d left", plain(terminal)
    )


def plain(terminal: AtTerminal) -> str:
    return re.sub(r"\x1b\[[\d;?]*\w", "", terminal.screen.before)


def test_requests_for_files_stay_within_the_budget_of_all(start: Callable[..., Person]) -> None:
    size = AccountSize(projects=1, archived_projects=0, trashed_projects=0, uploads=14)
    person = start(size, rate_limit=True)
    small_uploads(person.sandbox.account)
    limits = person.sandbox.limits
    limits.requests, limits.period = 8, 0.9
    quick = {"limit": 8, "interval": "PT1S"}

    def hurried(manifest: dict[str, Any]) -> dict[str, Any]:
        (policy,) = manifest["api_budget"]["policies"]
        return manifest | {"api_budget": manifest["api_budget"] | {"policies": [policy | {"rates": [quick]}]}}

    with changed_manifest(hurried):
        shown = person.run_here(
            "sync", "--to", "duckdb:a.duckdb", "--streams", "uploads,projects", "--files", "f", "--json"
        )
    assert shown.exit_code == 0, shown.err
    assert shown.json["files"]["requests"] > 2 * limits.requests
    assert shown.json["held_up_seconds"] > 1
    assert person.sandbox.log.count(status=429) == 0
