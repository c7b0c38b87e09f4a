"""A database that does not take the rows of one stream takes those of all others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from integration_tests.support.connector import Connector
from integration_tests.support.postgres import PASSWORD, Server
from integration_tests.support.sync import Query, SyncingHere, assert_equal_to_the_account, here
from sandbox import AccountSize
from source_basecamp.warehouse.views import all_views

SMALL = AccountSize(projects=2, archived_projects=0, trashed_projects=0, todos=(20, 2, 1), messages=(20, 1, 1))
STREAMS = ("projects", "people", "messages", "todos", "comments")
ONLY = ("--streams", ",".join(STREAMS))

Connect = Callable[..., Connector]


@pytest.fixture(params=["duckdb", "postgres"])
def database(
    request: pytest.FixtureRequest, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[SyncingHere, Query, str]:
    """A synced account, a function to change its database in SQL, and the schema of the tables."""
    connector = connect(SMALL)
    if request.param == "postgres":
        server: Server = request.getfixturevalue("postgres")
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
        name = server.new_database(f"refused_{tmp_path.name}")
        syncing = here(connector, tmp_path, server.url(name))
        execute, schema = server.query(name), "basecamp"
    else:
        syncing, schema = here(connector, tmp_path), "main"

        def execute(statement: str) -> list[tuple[object, ...]]:
            with duckdb.connect(syncing.to.removeprefix("duckdb:")) as connection:
                return connection.execute(statement).fetchall()

    assert syncing.sync(*ONLY).exit_code == 0
    return syncing, execute, schema


def alter(execute: Query, schema: str, change: str) -> None:
    for view in all_views():
        execute(f"DROP VIEW IF EXISTS {schema}.{view.name}")
    execute(f"ALTER TABLE {schema}.todos {change}")


def change_everything(syncing: SyncingHere) -> None:
    """New rows for all feeds, and changed ones."""
    account = syncing.sandbox.account
    for kind in ("Message", "Todo", "Comment"):
        account.create(kind)
        account.update(
            account.feed(kind)[-1]["id"], title="Changed", **({"position": 99_999} if kind == "Todo" else {})
        )
    account.update(account.projects()[0]["id"], purpose="changed")


@pytest.mark.parametrize(
    ("narrow", "widen"),
    [
        # Found when rows are written, and when the table is read.
        ("ALTER COLUMN position TYPE SMALLINT", "ALTER COLUMN position TYPE BIGINT"),
        ("ALTER COLUMN id TYPE VARCHAR(30)", "ALTER COLUMN id TYPE BIGINT USING id::BIGINT"),
    ],
)
def test_only_the_stream_fails_whose_rows_are_refused(
    database: tuple[SyncingHere, Query, str], narrow: str, widen: str
) -> None:
    syncing, execute, schema = database
    alter(execute, schema, narrow)
    change_everything(syncing)
    ended = syncing.sync(*ONLY)
    assert ended.exit_code == 1
    assert f"Error: todos: {syncing.to} did not take the rows: " in ended.stderr
    assert "4 of 5" in ended.stderr
    others = [stream for stream in STREAMS if stream != "todos"]
    assert_equal_to_the_account(syncing, others, schema, query=execute)
    alter(execute, schema, widen)
    change_everything(syncing)
    again = syncing.sync(*ONLY)
    assert again.exit_code == 0, again.stderr
    assert_equal_to_the_account(syncing, STREAMS, schema, query=execute)
