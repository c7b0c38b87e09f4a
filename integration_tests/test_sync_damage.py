"""A table is complete for every state that is saved, whatever was done to it since; so is a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from integration_tests.support.connector import Connector
from integration_tests.support.sync import SyncingHere, assert_equal_to_the_account, expected, here, rows_of_file
from sandbox import AccountSize, Fault

SMALL = AccountSize(projects=2, archived_projects=0, trashed_projects=0, todos=(20, 2, 1), vaults=(10, 1, 1))
STREAMS = ["projects", "todos", "vaults"]
ONLY = ("--streams", ",".join(STREAMS))
LOST = "Warning: Tables or columns that were loaded before are missing. Read again from the beginning: {}."

Connect = Callable[..., Connector]


def damage(syncing: SyncingHere, statement: str) -> None:
    with duckdb.connect(syncing.to.removeprefix("duckdb:")) as connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "lost"),
    [
        ("DROP TABLE todos CASCADE", "todos"),
        ("ALTER TABLE vaults DROP COLUMN title", "vaults"),
        ("DROP TABLE projects CASCADE", ""),
    ],
)
def test_what_is_missing_is_read_again(connect: Connect, tmp_path: Path, statement: str, lost: str) -> None:
    syncing = here(connect(SMALL), tmp_path)
    assert syncing.sync(*ONLY).exit_code == 0
    for view in ("open_todos", "completed_per_week"):
        damage(syncing, f"DROP VIEW {view}")
    damage(syncing, statement)
    ended = syncing.sync(*ONLY)
    assert ended.exit_code == 0
    assert (LOST.format(lost) in ended.stderr) == bool(lost)
    assert_equal_to_the_account(syncing, STREAMS)


def test_a_repair_that_is_stopped_is_begun_again(connect: Connect, tmp_path: Path) -> None:
    """The state went with the table: it does not come back with the first rows."""
    connector = connect(SMALL)
    syncing = here(connector, tmp_path)
    syncing.sync(*ONLY)
    damage(syncing, "DROP TABLE todos CASCADE")
    connector.sandbox.faults.add(Fault("type=Todo", status=403, body=""))
    assert syncing.sync(*ONLY).exit_code == 1
    assert syncing.query("SELECT count(*) FROM todos") == [(0,)]
    assert syncing.sync(*ONLY).exit_code == 0
    assert_equal_to_the_account(syncing, STREAMS)


def test_a_file_that_lags_behind_its_table_is_written(connect: Connect, tmp_path: Path) -> None:
    """As after a sync that was stopped between the two."""
    connector = connect(SMALL)
    folder = tmp_path / "out"
    syncing = here(connector, tmp_path, f"parquet:{folder}")
    syncing.sync(*ONLY)
    file = folder / "todos.parquet"
    before = file.read_bytes()
    connector.sandbox.account.update(connector.sandbox.account.feed("Todo")[0]["id"], title="changed")
    syncing.sync(*ONLY)
    file.write_bytes(before)
    others = {path: path.stat().st_mtime_ns for path in (folder / "projects.parquet", folder / "vaults.parquet")}
    syncing.sync(*ONLY)
    assert rows_of_file(file, "todos") == expected(connector.sandbox, "todos")
    assert {path: path.stat().st_mtime_ns for path in others} == others


def test_a_record_without_an_id_stops_no_other_stream(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SMALL)
    connector.sandbox.faults.add(
        Fault("type=Todo.*status=active", body='[{"id": null, "title": "Keyless"}]', times=None)
    )
    syncing = here(connector, tmp_path)
    ended = syncing.sync("--streams", "projects,todos,messages")
    assert ended.exit_code == 1
    assert "Error: todos: Basecamp sent a record without an id for /1999990/projects/recordings.json" in ended.stderr
    assert_equal_to_the_account(syncing, ("projects", "messages"))
