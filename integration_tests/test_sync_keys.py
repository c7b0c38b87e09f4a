"""What a sync adds to the records: keys, people, comments, and what PostgreSQL is told about the tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.connector import Connector
from integration_tests.support.places import execute
from integration_tests.support.postgres import PASSWORD, Server
from integration_tests.support.sync import TABLES, SyncingHere, assert_equal_to_the_account, here
from sandbox import AccountSize
from source_basecamp.warehouse.derived import BRIDGES
from source_basecamp.warehouse.duckdb_store import DuckDBStore
from source_basecamp.warehouse.postgres_store import PostgresStore

SMALL = AccountSize(projects=3, archived_projects=1, trashed_projects=0, todos=(40, 4, 2), schedule_entries=(8, 1, 1))
SOME = ("projects", "people", "todos", "cards", "steps", "schedule_entries")
ONLY = ("--streams", ",".join(SOME))

Connect = Callable[..., Connector]


@dataclass
class Synced:
    """A sync of an account, and its database."""

    syncing: SyncingHere

    @property
    def schema(self) -> str:
        return self.syncing.schema

    @property
    def is_postgres(self) -> bool:
        return self.schema == "basecamp"

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        return execute(self.syncing.to, statement)

    def sync(self, *options: str) -> tuple[int, int, int, int]:
        """Syncs, holds the tables against the account, and returns the rows of to-dos that changed."""
        ended = self.syncing.sync(*ONLY, "--json", *options)
        assert (ended.exit_code, ended.stderr.count("Warning")) == (0, 0), ended.stderr
        assert_equal_to_the_account(self.syncing, SOME)
        return ended.counts("todos")

    def people(self, todo: int) -> list[int]:
        found = self.execute(f"SELECT person_id FROM {self.schema}.todo_assignees WHERE todo_id = {todo} ORDER BY 1")
        return [person for (person,) in found]


@pytest.fixture
def synced(connect: Connect, tmp_path: Path, place: str) -> Synced:
    made = Synced(here(connect(SMALL), tmp_path, place))
    made.sync()
    return made


def test_people_follow_their_rows_through_whatever_happens_to_them(synced: Synced) -> None:
    account, ids = synced.syncing.sandbox.account, [person["id"] for person in synced.syncing.sandbox.account.people()]
    people = account.people()
    one, two, three, four, five = (todo["id"] for todo in account.feed("Todo")[:5])
    account.update(one, assignees=people[:3])
    account.update(two, assignees=[])
    account.update(three, assignees=None)
    account.update(four, assignees=[people[0], people[0], {**people[1], "id": str(ids[1])}, {"name": "?"}, 7])
    account.update(five, assignees={"id": ids[0]})
    ended = synced.syncing.sync(*ONLY, "--json")
    assert ended.counts("todos") == (0, 5, 0, 0)
    assert [synced.people(id) for id in (one, two, three, four, five)] == [sorted(ids[:3]), [], [], sorted(ids[:2]), []]
    for id in (two, three, four, five):
        account.update(id, assignees=people[4:5])
    account.trash(one)
    assert synced.sync() == (0, 4, 1, 0)
    assert synced.people(one) == sorted(ids[:3])
    account.delete(one)
    account.restore(two)
    assert synced.sync("--reconcile")[3] == 1
    assert synced.people(one) == sorted(ids[:3])
    synced.sync("--full-refresh")
    assert synced.people(one) == []
    account.archive(account.projects()[0]["id"])
    synced.sync()


def test_rows_and_their_people_are_loaded_together_or_not_at_all(
    synced: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, schema = synced.syncing.sandbox.account, synced.schema
    people, todos = account.people(), account.feed("Todo")[:3]
    before = synced.execute(f"SELECT id, title FROM {schema}.todos ORDER BY id")
    held = synced.execute(f"SELECT * FROM {schema}.todo_assignees ORDER BY 1, 2")
    for todo in todos:
        account.update(todo["id"], title="Changed", assignees=people[:5])
    with monkeypatch.context() as broken:
        for store in (DuckDBStore, PostgresStore):
            broken.setattr(store, "each_person", "no_such_function({})")
        ended = synced.syncing.sync(*ONLY)
    assert (ended.exit_code, "Error: todos: " in ended.stderr) == (1, True)
    assert synced.execute(f"SELECT id, title FROM {schema}.todos ORDER BY id") == before
    assert synced.execute(f"SELECT * FROM {schema}.todo_assignees ORDER BY 1, 2") == held
    assert synced.sync() == (0, 3, 0, 0)


def test_what_an_earlier_version_made_is_filled_without_reading_it_again(synced: Synced) -> None:
    """Version 1.0.0 made neither computed columns nor tables of people, keys, indexes and comments."""
    schema, ask = synced.schema, synced.execute
    idle = requests_of(synced)
    if synced.is_postgres:
        ask("CREATE VIEW basecamp.titles AS SELECT hours, date FROM basecamp.todos, (SELECT 1 AS hours, 2 AS date) x")
    for bridge in BRIDGES:
        ask(f"DROP TABLE IF EXISTS {schema}.{bridge.name}" + " CASCADE" * synced.is_postgres)
    for stream in SOME:
        if synced.is_postgres:
            ask(f"ALTER TABLE {schema}.{stream} DROP CONSTRAINT {stream}_pkey")
        for column in TABLES[stream].columns:
            if column.derived:
                ask(f"ALTER TABLE {schema}.{stream} DROP COLUMN {column.name}" + " CASCADE" * synced.is_postgres)
    assert requests_of(synced) == idle
    assert_equal_to_the_account(synced.syncing, SOME)
    assert ask(f"SELECT count(*) FROM {schema}.todo_assignees") > [(10,)]
    if synced.is_postgres:
        assert ask("SELECT count(*) FROM basecamp.titles") == ask("SELECT count(*) FROM basecamp.todos")


def requests_of(synced: Synced) -> int:
    """The requests of a sync that brings nothing new."""
    before = len(synced.syncing.sandbox.log.api)
    assert synced.sync() == (0, 0, 0, 0)
    return len(synced.syncing.sandbox.log.api) - before


@pytest.mark.parametrize("kind", ["TABLE", "VIEW"])
def test_a_table_of_people_that_somebody_else_made_is_left_alone(synced: Synced, kind: str) -> None:
    schema, ask = synced.schema, synced.execute
    ask(f"DROP TABLE {schema}.todo_assignees" + " CASCADE" * synced.is_postgres)
    ask(f"CREATE {kind} {schema}.todo_assignees AS SELECT 1 AS todo_id, 2 AS person_id")
    account = synced.syncing.sandbox.account
    account.update(account.feed("Todo")[0]["id"], title="Changed")
    ended = synced.syncing.sync(*ONLY, "--json")
    assert (ended.exit_code, ended.counts("todos")) == (0, (0, 1, 0, 0))
    assert "Warning: The table todo_assignees was not made: there is another table or view" in ended.stderr
    assert ask(f"SELECT * FROM {schema}.todo_assignees") == [(1, 2)]


def test_tables_and_columns_say_what_they_hold(synced: Synced) -> None:
    if synced.is_postgres:
        tables = dict(synced.execute("SELECT relname, obj_description(oid) FROM pg_class WHERE relkind = 'r'"))
        columns = synced.execute(
            "SELECT relname, attname, col_description(pg_class.oid, attnum) FROM pg_class JOIN pg_attribute "
            "ON attrelid = pg_class.oid WHERE relkind = 'r' AND attnum > 0 AND relnamespace = 'basecamp'::regnamespace"
        )
    else:
        tables = dict(synced.execute("SELECT table_name, comment FROM duckdb_tables()"))
        columns = synced.execute("SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal")
    said = {(table, column): text for table, column, text in columns}
    for stream in SOME:
        assert tables[stream] == TABLES[stream].description
        for column in TABLES[stream].columns:
            assert said[stream, column.name] == column.description
            assert column.description, f"{stream}.{column.name}"
    assert tables["todo_assignees"] == "Who is to do each to-do. Made by source-basecamp sync."
    assert said["todo_assignees", "person_id"] == "Id of the person, in `people`."


def test_what_people_built_on_the_tables_stays_when_all_rows_change(
    connect: Connect, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    query = postgres.query(postgres.new_database("kept"))
    syncing = here(connect(SMALL), tmp_path, postgres.url("kept"))
    synced = Synced(syncing)
    synced.sync()
    query("CREATE ROLE analyst")
    query("GRANT SELECT ON basecamp.todos, basecamp.open_todos, basecamp.todo_assignees TO analyst")
    query("CREATE VIEW mine AS SELECT id, project FROM basecamp.open_todos")
    query("CREATE MATERIALIZED VIEW kept AS SELECT todo_id FROM basecamp.todo_assignees")
    query("CREATE INDEX by_title ON basecamp.todos (title)")
    query("ALTER TABLE basecamp.todos ADD COLUMN rating int")
    account = syncing.sandbox.account
    for option in ((), ("--reconcile",), ("--full-refresh",)):
        for todo in account.feed("Todo"):
            account.update(todo["id"], title=f"{todo['title']}, changed")
        assert synced.sync(*option)[1] > 30
        indexes = {name for (name,) in query("SELECT indexname FROM pg_indexes WHERE tablename = 'todos'")}
        assert indexes >= {"by_title", "todos_pkey", "todos_project_id_idx", "todos_list_id_idx"}
        granted = "SELECT has_table_privilege('analyst', 'basecamp.{}', 'SELECT')"
        assert [query(granted.format(name)) for name in ("todos", "open_todos", "todo_assignees")] == [[(True,)]] * 3
        assert query("SELECT count(*) FROM mine") == query("SELECT count(*) FROM basecamp.open_todos")
        query("REFRESH MATERIALIZED VIEW kept")


def test_a_login_that_owns_no_table_loads_rows_and_says_what_it_could_not_make(
    connect: Connect, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    name = postgres.new_database("owned_by_another")
    query = postgres.query(name)
    connector = connect(SMALL)
    assert here(connector, tmp_path, postgres.url(name)).sync(*ONLY).exit_code == 0
    query(f"CREATE ROLE loader LOGIN PASSWORD '{PASSWORD}'")
    query("GRANT USAGE ON SCHEMA basecamp TO loader")
    query("GRANT ALL ON ALL TABLES IN SCHEMA basecamp TO loader")
    query("DROP INDEX basecamp.todos_list_id_idx")
    query("COMMENT ON COLUMN basecamp.todos.title IS 'mine'")
    account = connector.sandbox.account
    account.update(account.feed("Todo")[0]["id"], title="Changed", assignees=account.people()[:2])
    syncing = here(connector, tmp_path, postgres.url(name, "loader"))
    ended = syncing.sync(*ONLY, "--json")
    assert (ended.exit_code, ended.counts("todos")) == (0, (0, 1, 0, 0))
    warnings = [line for line in ended.stderr.splitlines() if line.startswith("Warning: ")]
    assert len(warnings) == 2, warnings
    assert warnings[0].startswith("Warning: The tables and columns lack comments. The login may not write to schema")
    assert warnings[1] == (
        "Warning: Keys or indexes are missing, which PostgreSQL refuses to make. todos: must be owner of table todos"
    )
    assert_equal_to_the_account(syncing, SOME)


def test_a_view_is_made_together_with_the_comment_that_says_whose_it_is(
    synced: Synced, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync may be killed after any of its writes: a view without the comment would be somebody else's for good."""
    synced.execute(f"DROP VIEW {synced.schema}.workload")
    run: dict[type, Any] = {store: store.run for store in (DuckDBStore, PostgresStore)}

    def stopped(store: Any, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        if "COMMENT ON VIEW" in statement and "workload" in statement:
            raise RuntimeError("killed")
        return list(run[type(store)](store, statement, *parameters))

    with monkeypatch.context() as broken:
        for store in run:
            broken.setattr(store, "run", stopped)
        assert "Warning: The view workload was not made: killed" in synced.syncing.sync(*ONLY).stderr
    synced.sync()
    assert synced.execute(f"SELECT count(*) FROM {synced.schema}.workload") > [(1,)]
