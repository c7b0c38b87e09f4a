"""`source-basecamp sync` to DuckDB: the tables are the account, after the first sync and after every other."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.connector import BY_DEFAULT, Connector
from integration_tests.support.sync import TABLES, Query, Syncing, assert_equal_to_the_account, here, rows
from sandbox import AccountSize, Fault
from source_basecamp.warehouse import dispatch, staging
from source_basecamp.warehouse.compare import Comparison
from source_basecamp.warehouse.derived import BRIDGES
from source_basecamp.warehouse.occurrences import OCCURRENCES
from source_basecamp.warehouse.sql_store import SqlStore
from source_basecamp.warehouse.state import States

EVERYTHING = AccountSize()
SMALL = AccountSize(projects=4, todos=(40, 4, 2), messages=(12, 2, 1), schedule_entries=(8, 1, 1))
SOME = ("projects", "todos", "messages", "people")
ONLY = ("--streams", ",".join(SOME))
DUCKDB = {
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "decimal": "DECIMAL(18,4)",
    "bool": "BOOLEAN",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "date": "DATE",
    "text": "VARCHAR",
    "json": "JSON",
}

Connect = Callable[..., Connector]


@pytest.mark.slow
@pytest.mark.usefixtures("unhurried")
def test_the_tables_are_the_account_value_by_value_and_keys_are_found(connect: Connect, tmp_path: Path) -> None:
    syncing = here(connect(EVERYTHING), tmp_path)
    first = syncing.sync("--json")
    assert (first.exit_code, {one["ended"] for one in first.summary["streams"]}) == (0, {"complete"})
    assert_equal_to_the_account(syncing, BY_DEFAULT)
    with syncing.asking() as ask:
        for stream in BY_DEFAULT:
            assert [first.counts(stream)] == ask(f"SELECT count(*), 0, 0, 0 FROM {stream}"), stream
        assert_keys_are_found(ask)
    assert syncing.query("SELECT DISTINCT table_schema FROM information_schema.tables") == [("main",)]
    tables = {name for (name,) in syncing.query("SELECT table_name FROM information_schema.tables")}
    made = {OCCURRENCES.name, *(bridge.name for bridge in BRIDGES)}
    assert tables == {*BY_DEFAULT, *made, "_basecamp_state", *first.summary["views"]}
    again = syncing.sync("--json")
    assert {again.counts(stream) for stream in BY_DEFAULT} == {(0, 0, 0, 0)}
    assert_equal_to_the_account(syncing, BY_DEFAULT)


def assert_keys_are_found(ask: Query) -> None:
    """A key that refers to a table is found in it."""
    referred = 0
    for stream in BY_DEFAULT:
        for column in TABLES[stream].columns:
            if column.derived and column.derived.refers_to:
                name, table = column.name, column.derived.refers_to
                ((held, found),) = ask(
                    f"SELECT count({name}), count({name}) FILTER ({name} IN (SELECT id FROM {table})) FROM {stream}"
                )
                # A login does not see all, such as a question in an archived project.
                assert 2 * found >= held, f"{stream}.{name}"
                referred += found > 0
    for bridge in BRIDGES:
        people = f"SELECT count(*) FROM {bridge.name} WHERE person_id IN (SELECT id FROM people)"
        assert ask(people) == ask(f"SELECT count(*) FROM {bridge.name}") > [(0,)]
    assert referred > 60


def test_columns_have_the_types_of_the_schemas(connect: Connect, tmp_path: Path) -> None:
    syncing = here(connect(SMALL), tmp_path)
    syncing.sync(*ONLY)
    for stream in SOME:
        types = dict(
            syncing.query(
                f"SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '{stream}'"
            )
        )
        assert types == {column.name: DUCKDB[column.kind] for column in TABLES[stream].columns}
    todos = dict(syncing.query("SELECT column_name, column_type FROM (DESCRIBE todos)"))
    wanted = {
        "id": "BIGINT",
        "updated_at": "TIMESTAMP WITH TIME ZONE",
        "due_on": "DATE",
        "completed": "BOOLEAN",
        "assignees": "JSON",
        "title": "VARCHAR",
        # Null in every record.
        "subtasks_count": "BIGINT",
    }
    assert {name: todos[name] for name in wanted} == wanted


def test_a_second_sync_brings_what_changed_and_nothing_twice(connect_process: Connect, tmp_path: Path) -> None:
    """Each a process, as people run it."""
    connector = connect_process(SMALL)
    syncing = Syncing(connector.sandbox, tmp_path)
    assert syncing.sync(*ONLY).exit_code == 0
    account = connector.sandbox.account
    done, gone, kept, renamed = (todo["id"] for todo in account.feed("Todo")[10:14])
    account.complete(done)
    account.trash(gone)
    account.archive(kept)
    account.update(renamed, title="Renamed", content="Renamed")
    account.create("Todo")
    account.create("Message")
    second = syncing.sync(*ONLY, "--json")
    assert second.exit_code == 0
    assert second.counts("todos") == (1, 3, 1, 0)
    assert second.counts("messages") == (1, 0, 0, 0)
    assert syncing.query(f"SELECT status FROM todos WHERE id = {gone}") == [("trashed",)]
    assert_equal_to_the_account(syncing, SOME)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["basecamp.duckdb", "config.json"]


def test_a_whole_table_follows_what_vanished_from_the_account(connect: Connect, tmp_path: Path) -> None:
    connector = connect(EVERYTHING)
    syncing = here(connector, tmp_path)
    only = ("--streams", "templates", "--json")
    syncing.sync(*only)
    template = connector.sandbox.account.listing("templates")[0]["id"]
    connector.sandbox.account.delete(template)
    assert syncing.sync(*only).counts("templates") == (0, 0, 0, 1)
    assert_equal_to_the_account(syncing, ["templates"])


def test_a_full_refresh_makes_the_table_anew_and_keeps_its_state(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SMALL)
    syncing = here(connector, tmp_path)
    only = ("--streams", "todos", "--json")
    syncing.sync(*only)
    connector.sandbox.account.delete(connector.sandbox.account.feed("Todo")[5]["id"])
    assert syncing.sync(*only, "--full-refresh").counts("todos") == (0, 0, 0, 1)
    assert syncing.query("SELECT count(*) FROM todos WHERE _deleted_at IS NOT NULL") == [(0,)]
    assert_equal_to_the_account(syncing, ["todos"])
    after = syncing.sync(*only)
    assert after.counts("todos") == (0, 0, 0, 0)
    assert after.summary["streams"][0]["read"] < 8, "the state of the full refresh was not kept"


def test_a_stream_that_fails_stops_no_other_and_is_named(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SMALL)
    syncing = here(connector, tmp_path)
    syncing.sync(*ONLY)
    account = connector.sandbox.account
    account.create("Todo")
    account.create("Message")
    account.update(account.projects()[0]["id"], purpose="changed")
    before = rows(syncing.query, "messages"), rows(syncing.query, "projects")
    connector.sandbox.faults.add(Fault(path="type=Message.*status=archived", times=None, status=418))
    connector.sandbox.faults.add(Fault(path=r"projects\.json\?status=trashed", times=None, status=418))
    failed = syncing.sync(*ONLY, "--json")
    assert failed.exit_code == 1
    assert {one["stream"]: one["ended"] for one in failed.summary["streams"]} == {
        "projects": "failed",
        "todos": "complete",
        "messages": "failed",
        "people": "complete",
    }
    assert "messages: Basecamp answered /1999990/projects/recordings.json with status 418" in failed.stderr
    assert "Kept: 2 of 4 streams had ended (todos, people)." in failed.stderr
    assert "Traceback" not in failed.stderr
    assert_equal_to_the_account(syncing, ["todos", "people"])
    # Of a feed, a listing that was read to its end is in. A table that is replaced stays as it was.
    assert rows(syncing.query, "messages").items() >= before[0].items()
    assert rows(syncing.query, "projects") == before[1]
    connector.sandbox.faults.clear()
    assert syncing.sync(*ONLY).exit_code == 0
    assert_equal_to_the_account(syncing, SOME)


def test_a_full_refresh_that_fails_leaves_the_table_and_its_state_as_they_were(
    connect: Connect, tmp_path: Path
) -> None:
    connector = connect(SMALL)
    syncing = here(connector, tmp_path)
    syncing.sync(*ONLY)
    state = "SELECT state FROM _basecamp_state WHERE stream = 'messages'"
    before = rows(syncing.query, "messages"), syncing.query(state)
    connector.sandbox.account.create("Message")
    connector.sandbox.faults.add(Fault(path="type=Message.*status=trashed", times=None, status=418))
    assert syncing.sync(*ONLY, "--full-refresh").exit_code == 1
    assert (rows(syncing.query, "messages"), syncing.query(state)) == before
    assert_equal_to_the_account(syncing, ["projects", "todos", "people"])


def test_a_long_stream_is_loaded_in_parts_while_it_is_read(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "PART_BYTES", 30_000)
    monkeypatch.setattr(dispatch, "MAX_STAGED_PARTS", 6)
    loads: list[int] = []
    usual = SqlStore.load

    def load(store: SqlStore, comparison: Comparison, moment: datetime) -> None:
        loads.append(comparison.changes.new)
        usual(store, comparison, moment)

    monkeypatch.setattr(SqlStore, "load", load)
    connector = connect(AccountSize(projects=4, archived_projects=0, todos=(220, 10, 10)))
    syncing = here(connector, tmp_path)
    assert syncing.sync("--streams", "todos", "--json").counts("todos") == (240, 0, 0, 0)
    assert len(loads) > 4
    assert max(loads) < 80
    assert_equal_to_the_account(syncing, ["todos"])
    for todo in connector.sandbox.account.feed("Todo")[:100]:
        connector.sandbox.account.update(todo["id"], title="Changed")
    assert syncing.sync("--streams", "todos", "--json").counts("todos") == (0, 100, 0, 0)
    assert syncing.sync("--streams", "todos", "--json", "--full-refresh").counts("todos") == (0, 0, 0, 0)
    assert_equal_to_the_account(syncing, ["todos"])


@pytest.mark.parametrize("option", [[], ["--full-refresh"]], ids=["incremental", "full refresh"])
def test_a_saved_state_is_never_taken_back(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: list[str]
) -> None:
    """A sync may be killed after any of its writes: each has to leave a state to go on from."""
    saved: list[Any] = []
    usual = States.save

    def save(states: States, new: Mapping[str, Any]) -> None:
        saved.extend(new[stream] for stream in ("todos", "messages") if stream in new)
        usual(states, new)

    syncing = here(connect(SMALL), tmp_path)
    syncing.sync("--streams", "todos,messages")
    monkeypatch.setattr(States, "save", save)
    for _ in range(3):
        assert syncing.sync("--streams", "todos,messages", *option).exit_code == 0
    assert len(saved) >= 6
    assert None not in saved


def test_what_a_feed_brings_late_is_no_older_than_what_is_there(connect: Connect, tmp_path: Path) -> None:
    """A record that is trashed while the feeds are read is listed twice, as it was and as it is."""
    connector = connect(SMALL)
    syncing = here(connector, tmp_path, num_workers=1)
    moved = connector.sandbox.account.feed("Todo")[3]["id"]
    connector.sandbox.faults.add(
        Fault(path="type=Todo.*status=active", after=lambda account: account.trash(moved)),
    )
    syncing.sync("--streams", "todos")
    assert syncing.query(f"SELECT status FROM todos WHERE id = {moved}") == [("trashed",)]
    assert_equal_to_the_account(syncing, ["todos"])


def test_hostile_values_arrive_as_they_are(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SMALL)
    account = connector.sandbox.account
    deep: dict[str, Any] = {}
    for _ in range(200):
        deep = {"deeper": deep}
    todos = account.feed("Todo")
    values: list[dict[str, Any]] = [
        {"title": "🐝 \u2028\u2029 \x00 ' \" \\ \\u0000 \r\n\t", "position": 2**63 - 1},
        {"title": "x" * 3_000_000},
        {"title": "", "description": "NULL"},
        {"bucket": {**todos[3]["bucket"], "big": 2**53 + 1, "float": 0.1, "none": None, "nul": "\x00"}},
        {"parent": {**todos[4]["parent"], "deep": deep}},
        {"due_on": "2024-02-29", "assignees": []},
    ]
    for todo, fields in zip(todos, values, strict=False):
        account.update(todo["id"], **fields)
    syncing = here(connector, tmp_path)
    ended = syncing.sync("--streams", "todos,schedule_entries")
    assert ended.exit_code == 0, ended.stderr
    assert_equal_to_the_account(syncing, ["todos", "schedule_entries"])
    lengths = syncing.query("SELECT DISTINCT all_day, length(starts_at) FROM schedule_entries ORDER BY 1")
    assert lengths == [(False, 24), (True, 10)]


def test_a_wider_scope_reads_all_again(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SMALL)
    middle = sorted(todo["updated_at"] for todo in connector.sandbox.account.records("Todo"))[20]
    since = here(connector, tmp_path, start_date=f"{middle[:19]}Z")
    since.sync("--streams", "todos")
    assert len(rows(since.query, "todos")) < 40
    all_time = here(connector, tmp_path)
    widened = all_time.sync("--streams", "todos")
    assert (
        "start_date or project_ids has changed since the last sync. Read again from the beginning: todos."
        in widened.stderr
    )
    assert_equal_to_the_account(all_time, ["todos"])


def test_a_refreshed_token_is_kept_in_the_configuration(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SMALL, rotate_refresh_token=True)
    syncing = here(connector, tmp_path)
    before = json.loads(syncing.config.read_text())["client_refresh_token_2"]
    for _ in range(2):
        assert syncing.sync("--streams", "people").exit_code == 0
    kept = json.loads(syncing.config.read_text())
    assert kept["access_token"]
    assert kept["client_refresh_token_2"] != before
    assert len(connector.sandbox.log.launchpad) == 1
