"""`source-basecamp sync` to a destination that dlt alone knows: here dlt's own way to DuckDB."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from integration_tests.support.connector import Connector
from integration_tests.support.sync import assert_equal_to_the_account, here
from sandbox import AccountSize
from source_basecamp.warehouse import destination
from source_basecamp.warehouse.derived import BRIDGES

SMALL = AccountSize(projects=3, archived_projects=0, todos=(40, 4, 2))
SOME = ("projects", "todos")


def test_another_destination_holds_the_account_with_its_keys_after_every_sync(
    connect: Callable[..., Connector], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = tmp_path / "elsewhere.duckdb"
    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", str(database))
    place = destination.Destination("other", "duckdb", "basecamp")
    monkeypatch.setattr(destination, "destination", lambda *arguments: place)
    # It has no tables of people: nothing would keep them in step with their rows.
    monkeypatch.setattr("integration_tests.support.derived.bridges", lambda table: [])
    syncing = here(connect(SMALL), tmp_path)
    account = syncing.sandbox.account

    def query(statement: str) -> list[tuple[object, ...]]:
        with duckdb.connect(str(database), read_only=True) as connection:
            return connection.execute(statement).fetchall()

    def sync(*options: str) -> list[tuple[int, int, int, int]]:
        ended = syncing.sync("--streams", ",".join(SOME), "--json", *options)
        assert ended.exit_code == 0, ended.stderr
        assert_equal_to_the_account(syncing, SOME, "basecamp", query=query)
        return [ended.counts(stream) for stream in ("projects", "todos")]

    sync()
    account.update(account.feed("Todo")[0]["id"], title="Changed")
    account.trash(account.feed("Todo")[1]["id"])
    account.create("Todo")
    account.update(account.projects()[0]["id"], purpose="changed")
    assert sync() == [(0, 1, 0, 0), (1, 1, 1, 0)]
    assert sync("--full-refresh") == [(0, 0, 0, 0)] * 2
    tables = {name for (name,) in query("SELECT table_name FROM duckdb_tables()")}
    assert not tables & {bridge.name for bridge in BRIDGES}
