"""Whatever happens on the way: after a quiet `sync` the tables equal the account, and what is deleted is marked."""

from __future__ import annotations

import subprocess
import tempfile
from collections import Counter
from itertools import count
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings

from integration_tests.support.derived import assert_derived
from integration_tests.support.fork_server import RUN, Python
from integration_tests.support.histories import CHANGES, LISTED, UNSEEN, Change, History, Listing, Sync, histories
from integration_tests.support.patches import no_waiting
from integration_tests.support.postgres import PASSWORD, Server
from integration_tests.support.sync import TABLES, Syncing, SyncingHere, expected, rows
from sandbox import AccountSize, Fault, Sandbox
from source_basecamp import buckets

STREAMS = (*LISTED, "message_types", "project_tools")
"""The feeds and projects, and what is asked for by the tools in a project's dock."""

ONLY = ("--streams", ",".join(STREAMS))
TODOS, PROJECTS = Listing("todos"), Listing("projects")
SIZE = AccountSize(todos=(60, 5, 5))

EXAMPLES = {"soak": 15}.get(settings.get_current_profile_name(), 3)


NUMBERS = count()


def history(*between: Change) -> History:
    return History(SIZE, (Sync(between=between),), {"lookback_minutes": 0})


@pytest.mark.slow
@given(histories(workers=(1, 4), archived=6, kinds=(*CHANGES, *UNSEEN)))
@example(history(Change("delete", TODOS, at=40, count=3)))
@example(history(Change("copy", TODOS, at=40, count=3)))
@example(history(Change("copy", TODOS, at=40, count=2), Change("delete", TODOS, at=45, count=2)))
@example(history(Change("trash", PROJECTS)))
@example(history(Change("switch", PROJECTS, at=0), Change("switch", PROJECTS, at=1)))
@example(history(Change("hide", PROJECTS), Change("archive", PROJECTS, at=2)))
@settings(max_examples=EXAMPLES)
def test_after_a_quiet_sync_the_tables_equal_the_account(history: History) -> None:
    held_against_the_account(history)


@pytest.mark.slow
@given(histories(workers=(1, 4), archived=6, kinds=(*CHANGES, *UNSEEN)))
@settings(max_examples=max(EXAMPLES // 3, 2))
def test_after_a_quiet_sync_the_tables_in_postgresql_equal_the_account(postgres: Server, history: History) -> None:
    name = postgres.new_database(f"history_{next(NUMBERS)}")
    with patch.dict("os.environ", PGPASSWORD=PASSWORD):
        held_against_the_account(history, postgres.url(name))


def held_against_the_account(history: History, to: str | None = None) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(buckets, "MAX_IDS_LENGTH", history.ids_length),
        no_waiting(),
        Sandbox(history.size, rate_limit=False) as sandbox,
    ):
        sandbox.switches.account_time = True
        syncing = SyncingHere(sandbox, Path(folder), to, **history.options)
        for sync in history.syncs:
            play(sync, syncing)
        done = syncing.sync(*ONLY)
        assert done.exit_code == 0, done.stderr
        if not all(is_same(syncing, stream) for stream in STREAMS):
            # As many copies as deletions leave a count as it was.
            assert any(change.kind in UNSEEN for sync in history.syncs for change in changes_of(sync))
            syncing.sync(*ONLY, "--reconcile")
            assert all(is_same(syncing, stream) for stream in STREAMS)


def is_same(syncing: Syncing, stream: str) -> bool:
    """False if the table differs from the account in a way that its counts do not show; fails in all others."""
    with syncing.asking() as ask:
        assert_derived(ask, TABLES[stream], syncing.schema)
        held, account = rows(ask, stream, syncing.schema), expected(syncing.sandbox, stream)
    lost, left = (
        Counter(each[id].get("status") for id in each.keys() - other.keys())
        for each, other in ((account, held), (held, account))
    )
    assert lost == left, f"{stream} lacks {lost}, and holds {left} that are not marked"
    stale = [id for id in account.keys() & held.keys() if held[id] != account[id]]
    assert not stale, f"{stream}: {held[stale[0]]} is not {account[stale[0]]}"
    return not lost


def changes_of(sync: Sync) -> list[Change]:
    return [*sync.between, *(change for moment in sync.moments for change in moment.changes)]


def play(sync: Sync, syncing: SyncingHere) -> None:
    """One disturbed sync, killed at a request if it did not survive, and what happens after it."""
    faults = syncing.sandbox.faults
    faults.add(*(moment.fault for moment in sync.moments))
    if sync.survives < 50:
        killed_at_request(syncing, sync.survives // 2)
    else:
        syncing.sync(*ONLY)
    faults.clear()
    for change in sync.between:
        change(syncing.sandbox.account)


def killed_at_request(syncing: Syncing, request: int) -> None:
    processes: list[Python] = []
    syncing.sandbox.faults.add(Fault(skip=request, before=lambda account: processes[0].kill()))
    processes.append(Python(RUN, *syncing.arguments(*ONLY), stderr=subprocess.DEVNULL, **syncing.place))
    processes[0].wait(120)
