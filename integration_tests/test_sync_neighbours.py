"""What others keep in the same database stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from integration_tests.support.connector import Connector
from integration_tests.support.postgres import PASSWORD, Server
from integration_tests.support.sync import Query, SyncingHere, assert_equal_to_the_account, here
from sandbox import AccountSize, Fault

SMALL = AccountSize(projects=2, archived_projects=0, trashed_projects=0, todos=(20, 2, 1))
ONLY = ("--streams", "projects,todos")

Connect = Callable[..., Connector]


def shop(database: Path, folder: Path) -> dlt.Pipeline:
    """A pipeline of somebody else's, into the same schema, that goes on from its last load."""

    @dlt.resource(primary_key="id", write_disposition="merge")
    def orders(last: Any = dlt.sources.incremental("id", initial_value=0)) -> Any:  # noqa: B008
        yield {"id": last.last_value + 1}

    pipeline = dlt.pipeline(
        "shop", pipelines_dir=str(folder), destination=dlt.destinations.duckdb(str(database)), dataset_name="main"
    )
    pipeline.run(orders())
    return pipeline


def test_another_pipeline_into_the_same_schema_goes_on_from_its_own_notes(connect: Connect, tmp_path: Path) -> None:
    database = tmp_path / "basecamp.duckdb"
    shop(database, tmp_path / "one machine")
    syncing = here(connect(SMALL), tmp_path)
    for _ in range(2):
        assert syncing.sync(*ONLY).exit_code == 0
    shop(database, tmp_path / "another machine")
    assert syncing.query("SELECT id FROM orders ORDER BY id") == [(1,), (2,)]
    assert syncing.query("SELECT DISTINCT schema_name FROM _dlt_version") == [("shop",)]
    assert syncing.query("SELECT DISTINCT schema_name FROM _dlt_loads") == [("shop",)]
    assert_equal_to_the_account(syncing, ["projects", "todos"])


def test_a_schema_named_as_one_for_staging_is_somebody_elses(
    connect: Connect, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As dbt names it, where the tables of a staging layer are."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    query = postgres.query(postgres.new_database("neighbours"))
    query("CREATE SCHEMA basecamp_staging")
    query("CREATE TABLE basecamp_staging.projects AS SELECT 1 AS mine")
    syncing = here(connect(SMALL), tmp_path, postgres.url("neighbours"))
    for how in ((), ("--full-refresh",)):
        assert syncing.sync(*ONLY, *how).exit_code == 0
    assert query("SELECT mine FROM basecamp_staging.projects") == [(1,)]
    schemas = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'basecamp%' ORDER BY nspname"
    assert query(schemas) == [("basecamp",), ("basecamp_staging",)]


def test_a_table_that_sync_has_not_made_is_not_written_to(connect: Connect, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "basecamp.duckdb")) as connection:
        connection.execute("CREATE TABLE projects AS SELECT 1 AS id, 'mine' AS name")
    syncing = here(connect(SMALL), tmp_path)
    ended = syncing.sync(*ONLY)
    assert ended.exit_code == 1
    assert ended.stderr.strip().endswith(
        f"{syncing.to} holds a table 'projects' in schema main that was not made by a sync, and would have to be "
        "replaced. Name another schema with --dataset, or rename the table."
    )
    assert syncing.query("FROM projects") == [(1, "mine")]
    assert syncing.sync(*ONLY, "--dataset", "basecamp_data").exit_code == 0
    assert_equal_to_the_account(syncing, ["projects", "todos"], "basecamp_data")


def test_a_table_of_another_case_is_the_same_table_to_duckdb(connect: Connect, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "basecamp.duckdb")) as connection:
        connection.execute('CREATE TABLE "Projects" AS SELECT 1 AS id')
    ended = here(connect(SMALL), tmp_path).sync(*ONLY)
    assert "holds a table 'projects' in schema main that was not made by a sync" in ended.stderr


def test_a_file_that_sync_has_not_made_is_not_replaced(connect: Connect, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    mine = folder / "open_todos.parquet"
    mine.write_text("mine")
    connector = connect(SMALL)
    ended = here(connector, tmp_path, f"parquet:{folder}").sync(*ONLY)
    assert ended.exit_code == 1
    assert ended.stderr.startswith(f"Error: {folder} holds a file open_todos.parquet that was not made by a sync")
    assert [path.name for path in folder.iterdir()] == ["open_todos.parquet"]
    assert mine.read_text() == "mine"
    assert not connector.sandbox.log.requests


@pytest.mark.parametrize("dataset", ["order", "select"])
def test_a_schema_may_have_a_name_that_sql_reserves(connect: Connect, tmp_path: Path, dataset: str) -> None:
    syncing = here(connect(SMALL), tmp_path)
    for _ in range(2):
        ended = syncing.sync(*ONLY, "--dataset", dataset)
        assert (ended.exit_code, ended.stderr.count("Warning")) == (0, 0)
    assert_equal_to_the_account(syncing, ["projects", "todos"], f'"{dataset}"')


@pytest.fixture
def basecamp(
    connect: Connect, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> tuple[SyncingHere, Query]:
    """An account that is synced into PostgreSQL."""
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    name = postgres.new_database(f"neighbours_{tmp_path.name}")
    syncing = here(connect(SMALL), tmp_path, postgres.url(name))
    assert syncing.sync(*ONLY).exit_code == 0
    return syncing, postgres.query(name)


def change(syncing: SyncingHere) -> int:
    """Changes a to-do, syncs, and returns its id."""
    account = syncing.sandbox.account
    id = account.feed("Todo")[0]["id"]
    account.update(id, title=f"Changed at {len(syncing.sandbox.log.api)} requests", assignees=account.people()[:1])
    ended = syncing.sync(*ONLY, "--json")
    assert (ended.exit_code, ended.counts("todos")) == (0, (0, 1, 0, 0)), ended.stderr
    assert_equal_to_the_account(syncing, ["projects", "todos"], "basecamp")
    return int(id)


def test_columns_and_rows_that_people_add_to_ours_stay_when_our_rows_change(
    basecamp: tuple[SyncingHere, Query],
) -> None:
    syncing, query = basecamp
    query("ALTER TABLE basecamp.todos ADD COLUMN mine text")
    query("UPDATE basecamp.todos SET mine = 'note'")
    query("CREATE TABLE public.ratings AS SELECT id AS todo_id FROM basecamp.todos")
    query("ALTER TABLE public.ratings ADD FOREIGN KEY (todo_id) REFERENCES basecamp.todos (id) ON DELETE CASCADE")
    counts = "SELECT count(*), (SELECT count(*) FROM public.ratings) FROM basecamp.todos WHERE mine = 'note'"
    before = query(counts)
    change(syncing)
    assert syncing.sync(*ONLY, "--full-refresh").exit_code == 0
    assert query(counts) == before > [(10, 10)]


def test_views_read_the_tables_of_today_after_somebody_has_renamed_one(basecamp: tuple[SyncingHere, Query]) -> None:
    syncing, query = basecamp
    query("ALTER TABLE basecamp.todos RENAME TO todos_backup")
    query("ALTER TABLE basecamp.projects RENAME COLUMN name TO old_name")
    syncing.sandbox.account.create("Todo")
    assert syncing.sync(*ONLY).exit_code == 0
    assert_equal_to_the_account(syncing, ["projects", "todos"], "basecamp")
    newest = syncing.sandbox.account.feed("Todo")[0]["id"]
    assert query(f"SELECT count(project) FROM basecamp.open_todos WHERE id = {newest}") == [(1,)]


@pytest.mark.parametrize(
    "made", ["TABLE {} AS SELECT 'precious' AS x", "MATERIALIZED VIEW {} AS SELECT 'precious' AS x", "SEQUENCE {}"]
)
def test_what_another_role_made_is_left_alone_though_it_cannot_be_read(
    basecamp: tuple[SyncingHere, Query], made: str
) -> None:
    syncing, query = basecamp
    role = f"other_{len(made)}"
    query("DROP TABLE basecamp.todo_assignees CASCADE")
    query(f"CREATE ROLE {role}")
    query(f"GRANT ALL ON SCHEMA basecamp TO {role}")
    query(f"SET ROLE {role}; CREATE {made.format('basecamp.todo_assignees')}")
    account = syncing.sandbox.account
    account.update(account.feed("Todo")[0]["id"], title="Changed")
    ended = syncing.sync(*ONLY)
    assert ended.exit_code == 0
    assert "Warning: The table todo_assignees was not made: there is another table or view of that name" in ended.stderr
    owner = "SELECT rolname FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner WHERE relname = 'todo_assignees'"
    assert query(owner) == [(role,)]


@pytest.mark.parametrize("setting", ["standard_conforming_strings TO off", "idle_session_timeout TO '200ms'"])
def test_the_settings_of_a_login_change_nothing(basecamp: tuple[SyncingHere, Query], setting: str) -> None:
    syncing, query = basecamp
    query(f"ALTER ROLE CURRENT_USER IN DATABASE {syncing.to.rpartition('/')[2]} SET {setting}")
    for column in ("project_id", "completed_at", "list_id"):
        query(f"ALTER TABLE basecamp.todos DROP COLUMN {column} CASCADE")
    syncing.sandbox.faults.add(Fault(path="type=Todo.*status=trashed", delay=0.6))
    change(syncing)


def test_a_full_refresh_mends_what_somebody_has_changed_in_our_rows(basecamp: tuple[SyncingHere, Query]) -> None:
    syncing, query = basecamp
    query("UPDATE basecamp.todos SET project_id = NULL, title = 'tampered'")
    query("TRUNCATE basecamp.todo_assignees")
    ended = syncing.sync(*ONLY, "--full-refresh", "--json")
    assert ended.counts("todos") == (0, 0, 0, 0)
    assert_equal_to_the_account(syncing, ["projects", "todos"], "basecamp")


def test_a_statement_that_the_server_stops_is_told_as_one(basecamp: tuple[SyncingHere, Query]) -> None:
    syncing, query = basecamp
    query(
        f"ALTER ROLE CURRENT_USER IN DATABASE {syncing.to.rpartition('/')[2]} SET default_transaction_read_only TO on"
    )
    syncing.sandbox.account.create("Todo")
    ended = syncing.sync(*ONLY)
    assert ended.exit_code == 1
    assert "stopped a statement of the sync: cannot execute" in ended.stderr


def test_times_that_there_are_not_are_null_in_an_upgrade_too(basecamp: tuple[SyncingHere, Query]) -> None:
    syncing, query = basecamp
    account = syncing.sandbox.account
    person = account.people()[0]
    times = ["2026-02-30T10:00:00Z", "2023-02-29T10:00:00Z", "2026-04-31T10:00:00Z", "2026-03-01T10:00:00+25:00"]
    good = ["2024-02-29T10:00:00Z", "2000-02-29T23:59:59.999+14:00"]
    ids = [todo["id"] for todo in account.feed("Todo")[:6]]
    for id, moment in zip(ids, [*times, *good], strict=True):
        account.update(id, completed=True, completion={"created_at": moment, "creator": person})
    asked = f"SELECT id, completed_at FROM basecamp.todos WHERE id IN ({', '.join(map(str, ids))})"
    assert syncing.sync(*ONLY).exit_code == 0
    fresh = sorted(query(asked))
    query("ALTER TABLE basecamp.todos DROP COLUMN completed_at CASCADE")
    assert syncing.sync(*ONLY).exit_code == 0
    assert sorted(query(asked)) == fresh
    assert {id for id, moment in fresh if moment} == set(ids[4:])


@pytest.mark.parametrize("name", ["todo_assignees", "schedule_occurrences", "workload"])
def test_a_file_of_a_table_or_view_that_is_still_to_come_is_not_replaced(
    connect: Connect, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "out"
    syncing = here(connect(SMALL), tmp_path, f"parquet:{folder}")
    assert syncing.sync("--streams", "projects").exit_code == 0
    (folder / f"{name}.parquet").write_text("mine")
    ended = syncing.sync(*ONLY)
    assert ended.exit_code == 1
    assert f"holds a file {name}.parquet that was not made by a sync" in ended.stderr
    assert (folder / f"{name}.parquet").read_text() == "mine"
