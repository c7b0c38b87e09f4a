"""Records on their way from JSON to the typed columns of a table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from source_basecamp.warehouse.staging import StagedRecords, write_part
from source_basecamp.warehouse.tables import Column, Table

MISFITS = [
    ("bigint", "7"),
    ("bigint", "0x10"),
    ("bigint", True),
    ("bigint", 12.7),
    ("bigint", 12.0),
    ("bigint", 2**63),
    ("bigint", 2**70),
    ("bigint", {"a": None}),
    ("double", "1.5"),
    ("double", True),
    ("bool", 1),
    ("bool", "yes"),
    ("bool", "true"),
    ("timestamp", "soon"),
    ("timestamp", "infinity"),
    ("timestamp", "2026-03-01"),
    ("timestamp", "20026-03-01T10:00:00Z"),
    ("timestamp", "9999-12-31T23:59:59-12:00"),
    ("timestamp", "0000-01-01T00:00:00Z"),
    ("timestamp", 1_700_000_000),
    ("date", "2026-02-30"),
    ("date", "20026-03-01"),
    ("date", "infinity"),
    ("date", "0000-01-01"),
    ("date", "2026-03-01T10:00:00Z"),
    ("date", 20260301),
]
FITTING = [
    ("bigint", -(2**63), str(-(2**63))),
    ("bigint", 2**63 - 1, str(2**63 - 1)),
    ("double", 1, "1.0"),
    ("double", -1.5e300, "-1.5e+300"),
    ("bool", False, "false"),
    ("timestamp", "2026-03-01T12:00:00.250Z", "2026-03-01 12:00:00.25+00"),
    ("timestamp", "2026-03-01T12:00:00+02:00", "2026-03-01 10:00:00+00"),
    ("date", "0001-01-01", "0001-01-01"),
    ("date", "9999-12-31", "9999-12-31"),
    ("json", [1, None, 2**70], f"[1,null,{2**70}]"),
    ("text", "", ""),
    ("text", 12, "12"),
    *((kind, None, None) for kind in ("bigint", "double", "bool", "timestamp", "date", "json", "text")),
]


@pytest.fixture
def engine() -> duckdb.DuckDBPyConnection:
    engine = duckdb.connect()
    engine.execute("SET TimeZone = 'UTC'")
    return engine


def staged(
    engine: duckdb.DuckDBPyConnection, folder: Path, kind: str, values: Sequence[Any], **extra: Any
) -> list[tuple[Any, ...]]:
    """The value, EXTRA and fingerprint of each record that was staged, as texts."""
    own = (Column("_extra", "json"), Column("_fingerprint", "bigint"))
    table = Table("t", ("id",), False, (Column("id", "bigint"), Column("x", kind), *own))
    staging = StagedRecords(table, folder, without_nul=False)
    for id, value in enumerate(values):
        staging.add({"id": id, "x": value, **extra})
    part = write_part(engine, table, staging.cut())
    return engine.execute(f"SELECT x::VARCHAR, _extra::VARCHAR, _fingerprint FROM '{part}' ORDER BY id").fetchall()


@pytest.mark.parametrize(("kind", "value"), MISFITS)
def test_what_is_not_of_its_columns_type_is_kept_beside_it_as_it_came(
    engine: duckdb.DuckDBPyConnection, tmp_path: Path, kind: str, value: Any
) -> None:
    ((there, beside, _),) = staged(engine, tmp_path, kind, [value])
    assert (there, json.loads(beside)) == (None, {"x": value})
    ((there, beside, _),) = staged(engine, tmp_path, kind, [value], unknown=2**80)
    assert (there, json.loads(beside)) == (None, {"unknown": 2**80, "x": value})


@pytest.mark.parametrize(("kind", "value", "held"), FITTING)
def test_what_is_of_its_columns_type_stays(
    engine: duckdb.DuckDBPyConnection, tmp_path: Path, kind: str, value: Any, held: str | None
) -> None:
    assert staged(engine, tmp_path, kind, [value])[0][:2] == (held, None)


@pytest.mark.parametrize("kind", ["bigint", "bool", "timestamp", "date"])
def test_a_value_is_held_as_it_is_whatever_its_neighbours(
    engine: duckdb.DuckDBPyConnection, tmp_path: Path, kind: str
) -> None:
    values = [value for of, value, _ in FITTING if of == kind] + [value for of, value in MISFITS if of == kind]
    alone = [staged(engine, tmp_path, kind, [None] * id + [value])[-1] for id, value in enumerate(values)]
    assert staged(engine, tmp_path, kind, values) == alone
