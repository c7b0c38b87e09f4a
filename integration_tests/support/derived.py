"""What a sync makes of nested records, worked out once more in Python: keys, times, numbers, people."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from source_basecamp.warehouse.derived import bridges
from source_basecamp.warehouse.tables import Table

Query = Callable[[str], list[tuple[Any, ...]]]
Row = Mapping[str, Any]


def _dig(*path: str) -> Callable[[Row], Any]:
    def dug(row: Row) -> Any:
        value: Any = row
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    return dug


def _moment(*path: str) -> Callable[[Row], datetime | None]:
    return lambda row: datetime.fromisoformat(text) if (text := _dig(*path)(row)) and len(text) > 10 else None


def _day(name: str) -> Callable[[Row], date | None]:
    return lambda row: date.fromisoformat(row[name]) if row[name] and len(row[name]) == 10 else None


def _column_id(row: Row) -> int | None:
    parent = row["parent"] or {}
    if parent.get("type") != "Kanban::OnHold":
        return parent.get("id")
    found = re.search(r"/columns/(\d+)", parent["url"])
    return int(found[1]) if found else None


def _count(place: int) -> Callable[[Row], int | None]:
    return lambda row: int(row["completed_ratio"].split("/")[place]) if row["completed_ratio"] else None


COLUMNS: dict[str, Callable[[Row], Any]] = {
    "project_id": _dig("bucket", "id"),
    "parent_id": _dig("parent", "id"),
    "parent_type": _dig("parent", "type"),
    "creator_id": _dig("creator", "id"),
    "completed_at": _moment("completion", "created_at"),
    "completed_by_id": _dig("completion", "creator", "id"),
    "person_id": _dig("person", "id"),
    "company_id": _dig("company", "id"),
    "client_company_id": _dig("client_company", "id"),
    "approver_id": _dig("approver", "id"),
    "category_id": _dig("category", "id"),
    "list_id": lambda row: _dig("parent", "id")(row) if _dig("parent", "type")(row) == "Todolist" else None,
    "column_id": _column_id,
    "events.column_id": _dig("details", "column_id"),
    "previous_column_id": _dig("details", "previous_column_id"),
    "new_parent_id": _dig("details", "new_parent_id"),
    "previous_parent_id": _dig("details", "parent_id_was"),
    "on_hold_id": _dig("on_hold", "id"),
    "question_id": _dig("parent", "id"),
    "hours_decimal": lambda row: Decimal(row["hours"]) if row["hours"] else None,
    "completed_todos": _count(0),
    "all_todos": _count(1),
    "starts_on": _day("starts_at"),
    "ends_on": _day("ends_at"),
    "start_time": _moment("starts_at"),
    "end_time": _moment("ends_at"),
}


def assert_derived(
    query: Query, table: Table, schema: str = "main", made: Mapping[str, Callable[[Row], Any]] = COLUMNS
) -> None:
    """Holds every computed column, and every row of the tables of people, against the JSON in the table."""
    columns = [column.name for column in table.columns]
    selected = ", ".join(f'"{name}"' for name in columns)
    rows = [
        dict(zip(columns, map(_read, row), strict=True))
        for row in query(f"SELECT {selected} FROM {schema}.{table.name}")
    ]
    for column in table.columns:
        if column.derived:
            make = made.get(f"{table.name}.{column.name}") or made[column.name]
            wrong = [(row[column.name], good) for row in rows if row[column.name] != (good := make(row))]
            assert not wrong, f"{table.name}.{column.name} is {wrong[0][0]}, and should be {wrong[0][1]}"
    for bridge in bridges(table.name):
        found = query(f"SELECT {bridge.key}, person_id FROM {schema}.{bridge.name}")
        people = {(row["id"], person["id"]) for row in rows for person in row[bridge.people] or ()}
        assert sorted(found) == sorted(people), bridge.name


def _read(value: Any) -> Any:
    """JSON, which DuckDB returns as text."""
    return json.loads(value) if isinstance(value, str) and value[:1] in "{[" and value else value
