"""What a value becomes in a table where it is not what Basecamp documents, in each kind of database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from integration_tests.support.connector import Connector, Record
from integration_tests.support.postgres import PASSWORD, Server
from integration_tests.support.sync import Query, SyncingHere, here
from sandbox import AccountSize
from source_basecamp.warehouse.databases import DUCKDB_SETTINGS, ENGINE_SETTINGS

SMALL = AccountSize(projects=2, archived_projects=0, trashed_projects=0, todos=(20, 2, 1), messages=(8, 1, 1))

Connect = Callable[..., Connector]
Place = tuple[str, Query]


@pytest.fixture(params=["duckdb", "parquet", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The address of a destination, and a function that asks it in SQL."""
    if request.param == "postgres":
        server: Server = request.getfixturevalue("postgres")
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
        name = server.new_database(f"values_{tmp_path.name}")
        ask = server.query(name)
        return server.url(name), lambda statement: ask(statement.replace("FROM ", "FROM basecamp."))
    folder = tmp_path / "out"

    def query(statement: str) -> list[tuple[object, ...]]:
        if request.param == "duckdb":
            with duckdb.connect(str(folder), read_only=True) as connection:
                return connection.execute(statement).fetchall()
        table = statement.partition("FROM ")[2].split()[0]
        return duckdb.execute(statement.replace(f"FROM {table}", f"FROM '{folder}/{table}.parquet'")).fetchall()

    return f"{request.param}:{folder}", query


def extra_of(query: Query) -> dict[int, Record]:
    """What lies beside the columns of to-dos, by id."""
    found = query("SELECT id, CAST(_extra AS VARCHAR) FROM todos WHERE _extra IS NOT NULL")
    return {id: json.loads(text) for id, text in found}


def changed(syncing: SyncingHere) -> int:
    ended = syncing.sync("--streams", "todos", "--json")
    assert ended.exit_code == 0, ended.stderr
    return ended.counts("todos")[1]


def test_what_has_no_column_or_is_not_of_its_type_is_kept_beside(
    connect: Connect, tmp_path: Path, place: Place
) -> None:
    to, query = place
    connector = connect(SMALL)
    account = connector.sandbox.account
    new, *others, plain = (todo["id"] for todo in account.feed("Todo")[:9])
    account.update(new, brand_new={"a": [1]}, _extra="theirs", another=None, vast=2**70)
    sent: list[Record] = [
        {"position": 12.7},
        {"position": "0x10", "comments_count": True},
        {"completed": "yes"},
        {"due_on": "20026-03-01"},
        {"due_on": "infinity", "created_at": "infinity"},
        {"created_at": "0000-01-01T00:00:00Z"},
        {"position": 2**63},
    ]
    for id, fields in zip(others, sent, strict=True):
        account.update(id, **fields)
    syncing = here(connector, tmp_path, to)
    changed(syncing)
    kept = {new: {"brand_new": {"a": [1]}, "_extra": "theirs", "vast": 2**70}, **dict(zip(others, sent, strict=True))}
    assert extra_of(query) == kept
    for id, fields in zip(others, sent, strict=True):
        assert query(f"SELECT {', '.join(fields)} FROM todos WHERE id = {id}") == [(None,) * len(fields)]
    # One of them alone, then with a neighbour, is what it was.
    account.update(others[0], title="Once more")
    assert changed(syncing) == 1
    account.update(plain, position="third")
    assert changed(syncing) == 1
    assert extra_of(query) == kept | {plain: {"position": "third"}}


@pytest.fixture
def scarce(monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB is given a quarter of its memory: texts of a quarter of the length are too long for it."""
    monkeypatch.setitem(DUCKDB_SETTINGS, "memory_limit", "34MiB")
    monkeypatch.setitem(ENGINE_SETTINGS, "memory_limit", "61MiB")


@pytest.mark.usefixtures("scarce")
def test_long_texts_are_loaded(connect: Connect, tmp_path: Path) -> None:
    """Which DuckDB takes more memory to commit than it is given, also when their neighbours change."""
    connector = connect(SMALL)
    *todos, other = (todo["id"] for todo in connector.sandbox.account.feed("Todo")[:4])
    syncing = here(connector, tmp_path)
    changed(syncing)
    for todo in todos:
        connector.sandbox.account.update(todo, content="é" * 9_000_000)
    connector.sandbox.account.update(other, title="After them")
    assert changed(syncing) == 4
    connector.sandbox.account.update(other, title="Once more")
    assert changed(syncing) == 1
    query = syncing.query
    assert query("SELECT id FROM todos WHERE length(content) = 9000000 ORDER BY id") == [(id,) for id in sorted(todos)]
    assert query(f"SELECT title FROM todos WHERE id = {other}") == [("Once more",)]


@pytest.mark.usefixtures("scarce")
def test_many_long_texts_are_loaded_and_loaded_again(connect: Connect, tmp_path: Path, place: Place) -> None:
    """More than DuckDB is given: not all that it does with them can be written to disk."""
    to, query = place
    connector = connect(SMALL)
    account = connector.sandbox.account
    syncing = here(connector, tmp_path, to)
    for sign in "ab":
        for todo in account.feed("Todo")[:4]:
            account.update(
                todo["id"], description=f"{sign} {todo['id']} " * 300_000, parent={"id": 1, "note": sign * 2_000_000}
            )
        changed(syncing)
        assert query(
            f"SELECT count(*) FROM todos WHERE description LIKE '{sign} %' AND length(description) > 3000000"
        ) == [(4,)]
