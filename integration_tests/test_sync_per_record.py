"""The tables of what is asked for each record: what Basecamp no longer lists is marked, and nothing asked in vain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from integration_tests.support.connector import Connector, truth
from integration_tests.support.sync import SyncingHere, here
from sandbox import AccountSize

Connect = Callable[..., Connector]

FEW = AccountSize(
    projects=4,
    archived_projects=1,
    trashed_projects=0,
    hidden_per_project=1,
    todos=12,
    cards=6,
    messages=0,
    schedule_entries=0,
    comments=0,
    documents=0,
    uploads=9,
    todolists=4,
    question_answers=0,
    campfire_lines=12,
    inbox_forwards=6,
    forward_replies=6,
    gauge_needles=0,
)
EVENTS = ("--streams", "recording_events", "--json")


@pytest.fixture
def syncing(connect: Connect, tmp_path: Path) -> SyncingHere:
    return here(connect(FEW), tmp_path)


def marked(syncing: SyncingHere, what: str, table: str = "recording_events") -> set[int]:
    return {id for (id,) in syncing.query(f"SELECT DISTINCT {what} FROM {table} WHERE _deleted_at IS NOT NULL")}


def test_boosts_in_a_project_that_is_not_listed_are_not_marked(syncing: SyncingHere) -> None:
    account = syncing.sandbox.account
    only = ("--streams", "boosts", "--json")
    syncing.sync(*only)
    (archived,) = account.projects("archived")
    assert syncing.query(f"SELECT * FROM boosts WHERE project_id = {archived['id']}")
    account.refuse_bucket(archived["id"])
    gone = next(one["id"] for one in account.feed("Upload") if one["boosts_count"])
    account.trash(gone)
    assert syncing.sync(*only).exit_code == 0
    assert marked(syncing, "recording_id", "boosts") == {gone}


def test_boosts_in_a_tool_that_is_skipped_are_not_marked(syncing: SyncingHere) -> None:
    only = ("--streams", "boosts", "--json")
    syncing.sync(*only)
    boosted = next(record for record in truth(syncing.sandbox, "campfire_lines") if record["boosts_count"])
    syncing.sandbox.account.forbid(boosted["parent"]["id"])
    assert syncing.sync(*only).counts("boosts") == (0, 0, 0, 0)


@pytest.mark.parametrize("stream", ["recording_events", "upload_versions"])
def test_what_is_asked_of_changed_records_is_marked_with_their_project_and_comes_back(
    syncing: SyncingHere, stream: str
) -> None:
    account = syncing.sandbox.account
    only = ("--streams", stream, "--json")
    syncing.sync(*only)
    (archived,) = account.projects("archived")
    account.refuse_bucket(archived["id"])
    (project,) = syncing.query(f"SELECT max(project_id) FROM {stream} WHERE project_id <> {archived['id']}")[0]
    account.hide(project)
    assert syncing.sync(*only).exit_code == 0
    assert marked(syncing, "project_id", stream) == {project}
    account.show(project)
    syncing.sync(*only)
    assert marked(syncing, "project_id", stream) == set()


def test_events_of_a_deleted_record_are_found_by_reconciling(syncing: SyncingHere) -> None:
    account = syncing.sandbox.account
    syncing.sync(*EVENTS)
    (archived,) = account.projects("archived")
    account.refuse_bucket(archived["id"])
    gone = account.feed("Todo")[5]["id"]
    account.delete(gone)
    assert syncing.sync(*EVENTS, "--reconcile").exit_code == 0
    assert marked(syncing, "recording_id") == {gone}


def test_other_projects_cost_no_record_that_is_known(syncing: SyncingHere, connect: Connect) -> None:
    account = syncing.sandbox.account
    one, other = [project["id"] for project in account.projects()[:2]]
    narrow = here(Connector(syncing.sandbox, syncing.folder), syncing.folder, project_ids=[one])
    narrow.sync(*EVENTS)
    syncing.sandbox.log.clear()
    wide = here(Connector(syncing.sandbox, syncing.folder), syncing.folder, project_ids=[one, other])
    assert "Read again from the beginning" not in wide.sync(*EVENTS).stderr
    expected = [event for event in truth(syncing.sandbox, "recording_events") if event["project_id"] in (one, other)]
    assert wide.query("SELECT count(*) FROM recording_events") == [(len(expected),)]
    asked = {int(request.path.split("/")[-2]) for request in syncing.sandbox.log.find(r"recordings/\d+/events")}
    new = {event["recording_id"] for event in expected if event["project_id"] == other}
    # One record of each listing lies on its boundary.
    assert len(asked - new) <= 2
