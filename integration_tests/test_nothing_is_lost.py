"""Whatever happens on the way: after the next quiet sync the destination equals the account.

`make soak` plays histories for an hour. A failing one prints as `History(...)`, to be passed to `after_a_quiet_sync`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import Phase, example, given, settings

from integration_tests.support.connector import FEEDS, InProcess, Output, by_id, truth
from integration_tests.support.histories import LISTED, Change, History, Listing, Moment, Sync, histories
from integration_tests.support.patches import (
    Manifest,
    changed_manifest,
    no_waiting,
    with_feeds_of_active_projects,
    with_paging_of_the_cdk,
)
from integration_tests.support.warehouse import Warehouse
from sandbox import AccountSize, Sandbox
from source_basecamp import buckets

TODOS = Listing("todos")
SIZE = AccountSize(todos=120, hidden_per_project=0)
MORE_THAN_A_PAGE_HOLDS = History(SIZE, (Sync((Moment(TODOS, 2, (Change("trash", TODOS, count=40),)),)),))
AT_THE_BOUNDARY = History(
    SIZE,
    (
        Sync(between=(Change("update", TODOS, at=60, count=40),)),
        Sync((Moment(TODOS, 1, (Change("trash", TODOS, count=3),)),)),
    ),
    {"lookback_minutes": 0},
)
"""Records leave above the page on which the second sync gets back to what the first one saved."""

EXAMPLES = {"soak": 60}.get(settings.get_current_profile_name(), 12)


@pytest.mark.slow
@given(histories().map(History.without_blinks))
@example(MORE_THAN_A_PAGE_HOLDS)
@example(AT_THE_BOUNDARY)
@settings(max_examples=EXAMPLES)
def test_after_a_quiet_sync_every_record_is_there_as_the_account_has_it(history: History) -> None:
    with no_waiting():
        after_a_quiet_sync(history)


@pytest.mark.slow
@pytest.mark.parametrize(("change", "archived"), [(with_paging_of_the_cdk, 0), (with_feeds_of_active_projects, 50)])
def test_a_connector_that_loses_records_is_found_out(change: Callable[[Manifest], Manifest], archived: int) -> None:
    @given(histories(workers=(1,), archived=archived))
    @settings(max_examples=60, phases=[Phase.generate], derandomize=True, database=None, report_multiple_bugs=False)
    def search(history: History) -> None:
        after_a_quiet_sync(history)

    with changed_manifest(change), no_waiting(), pytest.raises(AssertionError, match="lost from"):
        search()


def after_a_quiet_sync(history: History) -> None:
    """Plays a history against the connector, lets it sync once more in peace, and compares."""
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(buckets, "MAX_IDS_LENGTH", history.ids_length),
        Sandbox(history.size, rate_limit=False) as sandbox,
    ):
        sandbox.switches.account_time = True
        connector = InProcess(sandbox, Path(folder))
        warehouse = Warehouse({**connector.config, **history.options})
        for sync in history.syncs:
            play(sync, connector, warehouse)
        play(Sync(), connector, warehouse)
        for stream in LISTED:
            assert_same(stream, warehouse, sandbox)


def play(sync: Sync, connector: InProcess, warehouse: Warehouse) -> None:
    """One sync and what happens after it. What a stream holds when it says COMPLETE is looked at already here."""
    sandbox = connector.sandbox
    sandbox.faults.add(*(moment.fault for moment in sync.moments))
    listed = contents(sandbox)
    connector.config = warehouse.config
    output = connector.read(LISTED, state=warehouse.state or None, num_workers=sync.workers)
    untouched = {stream: listed[stream] & contents(sandbox)[stream] for stream in FEEDS}
    sandbox.faults.clear()
    complete = complete_streams(output)
    assert (output.exit_code == 0) == (complete == set(LISTED)), output.errors
    assert sync.moments or output.exit_code == 0, output.errors
    alive = Output(output.exit_code, output.messages[: len(output.messages) * sync.survives // 100], output.stderr)
    warehouse.load(alive, sync.keeps_token)
    for stream in FEEDS.keys() & complete_streams(alive):
        # The CDK prints the word before the last state: what was read is not thrown away yet.
        held = [*warehouse.tables[stream].values(), *alive.records(stream)]
        there = {(record["id"], record["updated_at"]) for record in held}
        lost = [(id, changed) for id, changed, _ in untouched[stream] if (id, changed) not in there]
        assert not lost, f"{len(lost)} lost from {stream}, which says COMPLETE: {sorted(lost)[:3]}"
    for change in sync.between:
        change(sandbox.account)


def complete_streams(output: Output) -> set[str]:
    return {stream for stream, status in output.statuses.items() if status == "COMPLETE"}


def contents(sandbox: Sandbox) -> dict[str, set[tuple[int, str, str]]]:
    """Each record of each feed, when it was last changed, and when its project was."""
    projects = {project["id"]: project["updated_at"] for project in truth(sandbox, "projects")}
    return {
        stream: {(record["id"], record["updated_at"], projects[record["bucket"]["id"]]) for record in records}
        for stream in FEEDS
        for records in [truth(sandbox, stream)]
    }


def assert_same(stream: str, warehouse: Warehouse, sandbox: Sandbox) -> None:
    expected, held = by_id(truth(sandbox, stream)), warehouse.tables[stream]
    lost = expected.keys() - held.keys()
    assert not lost, f"{len(lost)} lost from {stream}: {sorted(lost)[:3]}"
    stale = [id for id in expected if held[id] != expected[id]]
    assert not stale, f"{stream}: {held[stale[0]]} is not {expected[stale[0]]}"
    # Nothing tells a reader of a feed that a record was deleted for good, or with its project.
    left = held.keys() - expected.keys() if stream == "projects" else ()
    assert not left, f"{stream}: {sorted(left)[:3]} is not in the account"
