"""What Basecamp no longer lists is marked in its table, what comes back is unmarked, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from integration_tests.support.connector import Connector
from integration_tests.support.postgres import PASSWORD, Server
from integration_tests.support.sync import SyncingHere, assert_equal_to_the_account, here
from sandbox import AccountSize, Fault, Sandbox

SMALL = AccountSize(projects=4, todos=(60, 4, 2), messages=0, schedule_entries=0)
TODOS = ("--streams", "todos", "--json")

Connect = Callable[..., Connector]


@pytest.fixture
def syncing(connect: Connect, tmp_path: Path) -> SyncingHere:
    return here(connect(SMALL), tmp_path)


def marked(syncing: SyncingHere, table: str = "todos") -> set[int]:
    return {id for (id,) in syncing.query(f"SELECT id FROM {table} WHERE _deleted_at IS NOT NULL")}


def requests(sandbox: Sandbox) -> int:
    return sandbox.log.count(r"recordings\.json")


# --- feeds ------------------------------------------------------------------------------------------------------------


def test_a_deleted_record_is_marked_by_reading_its_listing_again_once(syncing: SyncingHere) -> None:
    sandbox = syncing.sandbox
    syncing.sync(*TODOS)
    gone = sandbox.account.feed("Todo")[30]["id"]
    sandbox.account.delete(gone)
    sandbox.log.clear()
    assert syncing.sync(*TODOS).counts("todos") == (0, 0, 0, 1)
    # 59 active to-dos are three pages; the other listings are asked once.
    assert requests(sandbox) == 6 + 3
    assert marked(syncing) == {gone}
    sandbox.log.clear()
    assert syncing.sync(*TODOS).counts("todos") == (0, 0, 0, 0)
    assert requests(sandbox) == 6


def test_a_copy_with_the_dates_of_its_original_is_found(syncing: SyncingHere) -> None:
    syncing.sync(*TODOS)
    syncing.sandbox.account.copy(syncing.sandbox.account.feed("Todo")[50]["id"])
    assert syncing.sync(*TODOS).counts("todos") == (1, 0, 0, 0)
    assert_equal_to_the_account(syncing, ["todos"])


def test_what_a_count_does_not_show_is_found_by_reconciling(syncing: SyncingHere) -> None:
    account = syncing.sandbox.account
    syncing.sync(*TODOS)
    gone, copied = (account.feed("Todo")[place]["id"] for place in (40, 50))
    account.delete(gone)
    account.copy(copied)
    assert syncing.sync(*TODOS).counts("todos") == (0, 0, 0, 0)
    assert syncing.sync(*TODOS, "--reconcile").counts("todos") == (1, 0, 0, 1)
    assert marked(syncing) == {gone}
    assert_equal_to_the_account(syncing, ["todos"])


@pytest.mark.parametrize(("leave", "come_back"), [("trash", "restore"), ("hide", "show")])
def test_records_are_marked_with_their_project_and_come_back_with_it(
    syncing: SyncingHere, leave: str, come_back: str
) -> None:
    account = syncing.sandbox.account
    syncing.sync(*TODOS)
    project = account.feed("Todo")[0]["bucket"]["id"]
    inside = {todo["id"] for todo in account.records("Todo") if todo["bucket"]["id"] == project}
    getattr(account, leave)(project)
    assert syncing.sync(*TODOS).counts("todos") == (0, 0, 0, len(inside))
    assert marked(syncing) == inside
    getattr(account, come_back)(project)
    syncing.sync(*TODOS)
    assert marked(syncing) == set()
    assert_equal_to_the_account(syncing, ["todos"])


def test_an_archived_project_marks_nothing(syncing: SyncingHere) -> None:
    account = syncing.sandbox.account
    syncing.sync(*TODOS)
    account.archive(account.feed("Todo")[0]["bucket"]["id"])
    syncing.sync(*TODOS)
    assert marked(syncing) == set()


@pytest.mark.parametrize("options", [(), ("--reconcile",)])
def test_what_basecamp_refuses_to_list_marks_nothing(syncing: SyncingHere, options: tuple[str, ...]) -> None:
    account = syncing.sandbox.account
    syncing.sync(*TODOS)
    account.store.archived_buckets = False
    told = syncing.sync(*TODOS, *options)
    assert told.exit_code == 0
    assert "does not list the recordings of archived projects" in told.stderr
    assert marked(syncing) == set()


def test_a_project_that_is_no_longer_chosen_is_left_as_it_is(syncing: SyncingHere, connect: Connect) -> None:
    account = syncing.sandbox.account
    chosen, other = [project["id"] for project in account.projects()[:2]]
    only = ("--streams", "todos,projects,project_people", "--json")
    narrow = here(Connector(syncing.sandbox, syncing.folder), syncing.folder, project_ids=[chosen, other])
    narrow.sync(*only)
    narrower = here(Connector(syncing.sandbox, syncing.folder), syncing.folder, project_ids=[chosen])
    assert narrower.sync(*only).exit_code == 0
    assert marked(narrower) == marked(narrower, "projects") == marked(narrower, "project_people") == set()


def test_a_listing_that_still_differs_is_told_with_both_figures(syncing: SyncingHere) -> None:
    syncing.sandbox.faults.add(
        Fault(r"type=Todo(?!.*bucket).*status=active", headers={"X-Total-Count": "58"}, times=None)
    )
    told = syncing.sync(*TODOS)
    assert told.exit_code == 0
    assert "Warning: todos: Basecamp counts 58 records that are active, and the table has 60" in told.stderr


# --- streams that are read whole --------------------------------------------------------------------------------------


def test_what_a_whole_read_lacks_is_marked_and_unmarked_when_it_is_there_again(syncing: SyncingHere) -> None:
    account = syncing.sandbox.account
    only = ("--streams", "project_people", "--json")
    project = account.projects()[0]["id"]
    members = [person["id"] for person in account.store.projects[project].members]
    syncing.sync(*only)
    account.set_members(project, members[1:])
    assert syncing.sync(*only).counts("project_people") == (0, 0, 0, 1)
    query = "SELECT project_id, id FROM project_people WHERE _deleted_at IS NOT NULL"
    assert syncing.query(query) == [(project, members[0])]
    assert syncing.sync(*only).counts("project_people") == (0, 0, 0, 0)
    account.set_members(project, members)
    assert syncing.sync(*only).counts("project_people") == (0, 1, 0, 0)
    assert syncing.query(query) == []


def test_what_was_skipped_marks_nothing_of_itself_and_all_else(syncing: SyncingHere) -> None:
    account = syncing.sandbox.account
    only = ("--streams", "project_people", "--json")
    syncing.sync(*only)
    forbidden, other = [project["id"] for project in account.projects()[:2]]
    account.forbid(forbidden)
    account.set_members(other, [])
    assert syncing.sync(*only).exit_code == 0
    found = syncing.query("SELECT DISTINCT project_id FROM project_people WHERE _deleted_at IS NOT NULL")
    assert found == [(other,)]


def test_what_belongs_to_records_whose_list_was_skipped_is_not_marked(syncing: SyncingHere) -> None:
    only = ("--streams", "client_replies", "--json")
    syncing.sync(*only)
    ((project,), *_) = syncing.query("SELECT project_id FROM client_replies")
    syncing.sandbox.account.forbid(project)
    assert syncing.sync(*only).counts("client_replies") == (0, 0, 0, 0)


def test_time_that_vanishes_from_the_days_that_are_read_again_is_marked(syncing: SyncingHere) -> None:
    account = syncing.sandbox.account
    syncing.sandbox.switches.account_time = True
    only = ("--streams", "timesheet_entries", "--json")
    syncing.sync(*only)
    newest = max(account.listing("timesheet_entries"), key=lambda entry: entry["date"])
    planned = account.create("Timesheet::Entry", date="2099-12-24")
    assert syncing.sync(*only).counts("timesheet_entries") == (1, 0, 0, 0)
    for entry in (newest, planned):
        account.delete(entry["id"])
    assert syncing.sync(*only).counts("timesheet_entries") == (0, 0, 0, 2)
    assert marked(syncing, "timesheet_entries") == {newest["id"], planned["id"]}
    assert syncing.sync(*only).counts("timesheet_entries") == (0, 0, 0, 0)


# --- databases --------------------------------------------------------------------------------------------------------


def test_rows_are_marked_in_postgresql_too(
    connect: Connect, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    database = postgres.new_database("deletions")
    syncing = here(connect(SMALL), tmp_path, postgres.url(database))
    account = syncing.sandbox.account
    only = ("--streams", "todos,projects", "--json")
    syncing.sync(*only)
    account.delete(account.feed("Todo")[30]["id"])
    account.delete(account.projects("trashed")[0]["id"])
    done = syncing.sync(*only)
    assert (done.counts("todos"), done.counts("projects")) == ((0, 0, 0, 1), (0, 0, 0, 1))
    assert syncing.sync(*only).counts("todos") == (0, 0, 0, 0)


def test_a_parquet_file_is_written_anew_when_a_row_is_marked(connect: Connect, tmp_path: Path) -> None:
    syncing = here(connect(SMALL), tmp_path, f"parquet:{tmp_path / 'out'}")
    syncing.sync(*TODOS)
    account = syncing.sandbox.account
    gone = account.feed("Todo")[30]["id"]
    account.delete(gone)
    syncing.sync(*TODOS)
    query = f"SELECT id FROM '{tmp_path / 'out' / 'todos.parquet'}' WHERE _deleted_at IS NOT NULL"
    assert duckdb.sql(query).fetchall() == [(gone,)]


def test_a_table_of_an_earlier_version_gets_the_column_and_is_not_read_again(syncing: SyncingHere) -> None:
    syncing.sync(*TODOS)
    with duckdb.connect(syncing.to.removeprefix("duckdb:")) as connection:
        connection.execute("DROP VIEW IF EXISTS open_todos; ALTER TABLE todos DROP COLUMN _deleted_at")
    syncing.sandbox.log.clear()
    done = syncing.sync(*TODOS)
    assert (done.exit_code, done.counts("todos")) == (0, (0, 0, 0, 0))
    assert requests(syncing.sandbox) == 6
    assert marked(syncing) == set()
