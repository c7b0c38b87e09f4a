"""A value that is not of its declared type moves to the column `_extra`, so that nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import orjson

from source_basecamp.sync.tables import EXTRA, Column, Table

_LARGEST = 2**63
_DASHED = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d|$)")


def fitted(line: bytes, table: Table) -> bytes:
    """A JSON line with the values that no column can hold under `_extra`."""
    record: dict[str, Any] = orjson.loads(line)
    misfits = {column.name: record.pop(column.name) for column in table.columns if not _fits(record, column)}
    if misfits:
        record[EXTRA] = {**(record.get(EXTRA) or {}), **misfits}
    return orjson.dumps(record) + b"\n"


def _fits(record: dict[str, Any], column: Column) -> bool:
    value = record.get(column.name)
    return value is None or _TESTS.get(column.kind, _anything)(value)


def _anything(value: Any) -> bool:
    return True


def _parsed_by(parse: Callable[[str], Any]) -> Callable[[Any], bool]:
    def fits(value: Any) -> bool:
        try:
            # Python reads forms of ISO 8601 that DuckDB does not, such as 20260131 and 2026-W05-6.
            return type(value) is str and bool(_DASHED.match(value) and parse(value))
        except ValueError:
            return False

    return fits


_TESTS: Mapping[str, Callable[[Any], bool]] = {
    "bigint": lambda value: type(value) is int and -_LARGEST <= value < _LARGEST,
    "double": lambda value: type(value) in (int, float),
    "bool": lambda value: type(value) is bool,
    "timestamp": _parsed_by(datetime.fromisoformat),
    "date": _parsed_by(date.fromisoformat),
}
