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
from integration_tests.support.sync import assert_equal_to_the_account, here
from sandbox import AccountSize

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
