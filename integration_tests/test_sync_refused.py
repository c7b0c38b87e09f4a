"""A database that does not take the rows of one stream takes those of all others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from integration_tests.support.connector import Connector
from integration_tests.support.places import session
from integration_tests.support.sync import SyncingHere, assert_equal_to_the_account, here
from sandbox import AccountSize
from source_basecamp.warehouse.views import all_views

SMALL = AccountSize(projects=2, archived_projects=0, trashed_projects=0, todos=(20, 2, 1), messages=(20, 1, 1))
STREAMS = ("projects", "people", "messages", "todos", "comments")
ONLY = ("--streams", ",".join(STREAMS))

Connect = Callable[..., Connector]


@pytest.fixture
def syncing(connect: Connect, tmp_path: Path, place: str) -> SyncingHere:
    """A synced account."""
    made = here(connect(SMALL), tmp_path, place)
    assert made.sync(*ONLY).exit_code == 0
    return made


def alter(place: str, change: str) -> None:
    with session(place) as ask:
        for view in all_views():
            ask(f"DROP VIEW IF EXISTS {view.name}")
        ask(f"ALTER TABLE todos {change}")


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
def test_only_the_stream_fails_whose_rows_are_refused(syncing: SyncingHere, narrow: str, widen: str) -> None:
    alter(syncing.to, narrow)
    change_everything(syncing)
    ended = syncing.sync(*ONLY)
    assert ended.exit_code == 1
    assert f"Error: todos: {syncing.to} did not take the rows: " in ended.stderr
    assert "4 of 5" in ended.stderr
    others = [stream for stream in STREAMS if stream != "todos"]
    assert_equal_to_the_account(syncing, others)
    alter(syncing.to, widen)
    change_everything(syncing)
    again = syncing.sync(*ONLY)
    assert again.exit_code == 0, again.stderr
    assert_equal_to_the_account(syncing, STREAMS)
