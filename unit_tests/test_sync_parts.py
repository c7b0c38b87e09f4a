"""The small parts of `source-basecamp sync`."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from source_basecamp.process import MisuseError, StoppedError
from source_basecamp.product import BC3, CLASSIC
from source_basecamp.warehouse.databases import open_duckdb
from source_basecamp.warehouse.derived import BRIDGES
from source_basecamp.warehouse.destination import Destination, destination
from source_basecamp.warehouse.occurrences import OCCURRENCES
from source_basecamp.warehouse.store import in_types
from source_basecamp.warehouse.tables import all_tables, table_of_people
from source_basecamp.warehouse.views import all_views

products = pytest.mark.parametrize("product", [BC3, CLASSIC])
MOMENT = datetime(2026, 3, 1, 12, 0, 0, 250_000, UTC)


@pytest.mark.parametrize(
    "answers",
    [
        pa.array(["2026-03-01 12:00:00.250000", None]),
        pa.array(["2026-03-01T12:00:00.250Z", None]),
        pa.array(["2026-03-01 12:00:00.25+00:00", None]),
        pa.array([MOMENT.replace(tzinfo=None), None]),
        pa.array([MOMENT.astimezone(timezone(timedelta(hours=5))), None]),
    ],
    ids=["text", "ISO text", "text with zone", "naive", "elsewhere"],
)
def test_a_time_is_read_as_utc_however_a_database_tells_it(answers: pa.Array) -> None:
    schema = pa.schema([("updated_at", pa.timestamp("us", "UTC"))])
    assert in_types(pa.table({"updated_at": answers}), schema).column(0).to_pylist() == [MOMENT, None]


def test_a_stop_goes_before_a_connection_that_is_still_loading(tmp_path: Path) -> None:
    connection: duckdb.DuckDBPyConnection | None = None

    def load_and_stop() -> None:
        nonlocal connection
        with open_duckdb(tmp_path / "x.duckdb") as connection:
            threading.Thread(target=load_for_ever, args=(connection,), daemon=True).start()
            time.sleep(0.5)
            raise StoppedError(signal.SIGINT)

    with pytest.raises(StoppedError):
        load_and_stop()
    assert connection
    connection.interrupt()


def load_for_ever(connection: duckdb.DuckDBPyConnection) -> None:
    with suppress(duckdb.Error):
        connection.execute("SELECT sum(a.range * b.range) FROM range(10_000_000) a, range(10_000_000) b").fetchall()


def test_a_key_is_a_whole_number_also_where_a_database_has_decimals_only() -> None:
    batch = pa.table({"id": pa.array([Decimal(2**53 + 1)])})
    assert in_types(batch, pa.schema([("id", pa.int64())])).column(0).to_pylist() == [2**53 + 1]


@pytest.mark.parametrize(
    ("to", "dataset", "expected"),
    [
        ("duckdb:a b.duckdb", None, Destination("duckdb", "a b.duckdb", "main")),
        ("duckdb:///var/x.duckdb", "team", Destination("duckdb", "/var/x.duckdb", "team")),
        ("parquet:out", None, Destination("parquet", "out", "main")),
        ("postgres://me@db.example/x", None, Destination("postgres", "postgres://me@db.example:5432/x", "basecamp")),
        (
            "postgresql://me@[::1]:99/x?sslmode=require",
            "y",
            Destination("postgres", "postgres://me@[::1]:99/x?sslmode=require", "y"),
        ),
        ("postgres://", None, Destination("postgres", "postgres://him@there:5/his", "basecamp")),
        (
            "postgres://m%40e@/x?host=/run/pg",
            None,
            Destination("postgres", "postgres://m%40e@:5432/x?host=%2Frun%2Fpg", "basecamp"),
        ),
        ("bigquery:", None, Destination("other", "bigquery", "basecamp")),
    ],
)
def test_a_place_is_read_as_it_is_written(
    monkeypatch: pytest.MonkeyPatch, to: str, dataset: str | None, expected: Destination
) -> None:
    surroundings: Mapping[str, str] = {"PGUSER": "him", "PGHOST": "there", "PGPORT": "5", "PGDATABASE": "his"}
    for name, value in surroundings.items():
        if to == "postgres://":
            monkeypatch.setenv(name, value)
        else:
            monkeypatch.delenv(name, raising=False)
    assert destination(to, dataset, from_argument=True) == expected


@pytest.mark.parametrize(
    ("to", "schema"),
    [("postgres://me@there/x", "basecamp_classic"), ("bigquery:", "basecamp_classic"), ("duckdb:x.duckdb", "main")],
)
def test_classic_has_a_schema_of_its_own_beside_that_of_basecamp_3(to: str, schema: str) -> None:
    assert destination(to, None, from_argument=True, product=CLASSIC).dataset == schema
    assert destination(to, "mine", from_argument=True, product=CLASSIC).dataset == "mine"


@pytest.mark.parametrize("dataset", ["", "1st", "Basecamp", 'a"; DROP TABLE x', "x" * 60])
def test_a_schema_has_a_plain_name(dataset: str) -> None:
    with pytest.raises(MisuseError, match="cannot name a schema"):
        destination("duckdb:x", dataset, from_argument=True)


@products
def test_a_view_says_what_it_reads(product: str) -> None:
    tables = [*(table.name for table in all_tables(product)), *(bridge.name for bridge in BRIDGES), OCCURRENCES.name]
    for view in all_views(product):
        read = {table for table in tables if re.search(rf"(FROM|JOIN) {table}\b", view.sql)}
        assert read == {*view.needs, *view.may_need}, view.name


def test_a_view_reads_an_empty_table_in_the_place_of_one_that_is_missing() -> None:
    (view,) = (view for view in all_views() if view.name == "open_todos")

    def columns(table: str) -> dict[str, str]:
        return {"id": "bigint"}

    assert view.query([*view.needs, *view.may_need], columns) == view.sql
    assert view.query(["todos", "projects", "people"], columns).startswith(
        "WITH todolists AS (SELECT CAST(NULL AS bigint)"
    )


@products
def test_a_view_describes_each_of_its_columns_whichever_tables_are_there(product: str) -> None:
    every = (*all_tables(product), *map(table_of_people, BRIDGES), OCCURRENCES)
    tables = {table.name: {column.name: column.duckdb_type for column in table.columns} for table in every}
    with duckdb.connect() as connection:
        for table, columns in tables.items():
            declared = ", ".join(f'"{name}" {type}' for name, type in columns.items())
            connection.execute(f"CREATE TABLE {table} ({declared})")
        for view in all_views(product):
            for existing in (list(tables), view.needs):
                connection.execute(f"CREATE OR REPLACE VIEW {view.name} AS {view.query(existing, tables.__getitem__)}")
                made = connection.execute(f"FROM {view.name}")
                assert [column[0] for column in made.description or ()] == list(view.columns), view.name
                assert made.fetchall() == []
            assert all(text.endswith(".") for text in view.columns.values()), view.name
