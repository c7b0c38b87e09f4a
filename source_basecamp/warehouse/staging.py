"""The records of a stream on disk, from their arrival until they are loaded: first lines of JSON, then typed columns.

Python writes the lines, and DuckDB turns them into columns, many times faster than Python could. A value that is not of
its declared type moves to the column `_extra`, so that nothing is lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import orjson

from source_basecamp.warehouse.databases import quoted
from source_basecamp.warehouse.tables import EXTRA, FINGERPRINT, SEQUENCE, Column, Table

PART_BYTES = 8 * 1024 * 1024
"""Size of a file of lines. As columns it takes about a tenth of that."""

_MIN_LONGEST_LINE = 1024 * 1024
# An escape sequence, unless its backslash is itself escaped.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
_BUFFER_BYTES = 128 * 1024
_LARGEST = 2**63
_DASHED = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d|$)")


class StagedRecords:
    """Writes the records of a stream to files of lines, in the order in which they arrive.

    `without_nul` replaces U+0000, which PostgreSQL cannot hold, by U+FFFD.
    """

    def __init__(self, table: Table, folder: Path, without_nul: bool) -> None:
        self._table = table
        self._folder = folder
        self._without_nul = without_nul
        self._cuts = 0
        self._lines = self._next_lines(0)

    def add(self, record: Mapping[str, Any]) -> bool:
        """Writes a record. True when the file has reached its size: it is time to `cut`."""
        self._lines.add(self._line(record))
        return self._lines.bytes >= PART_BYTES

    def cut(self) -> Lines:
        """The closed file of the records since the last cut, for `write_part` in another thread."""
        lines = self._lines
        lines.close()
        self._lines = self._next_lines(lines.before + lines.count)
        return lines

    def _line(self, record: Mapping[str, Any]) -> bytes:
        if record.keys() - self._table.declared:
            record = _with_extra(record, self._table.declared)
        line = _dumps(record)
        return _NUL.sub(rb"\1\\ufffd", line) if self._without_nul and b"\\u0000" in line else line

    def _next_lines(self, before: int) -> Lines:
        self._cuts += 1
        return Lines(self._folder / f"{self._table.name}.{self._cuts}.jsonl", before)


class Lines:
    """A file of JSON lines, a record each. Once it is closed, another thread reads and deletes it."""

    def __init__(self, path: Path, before: int) -> None:
        self.path = path
        self.before = before
        """Records of the stream that came before these."""
        self.count = 0
        self.bytes = 0
        self.longest = 0
        """Bytes of the longest line."""
        self._file: BinaryIO | None = None

    def add(self, line: bytes) -> None:
        if self._file is None:
            self._file = self.path.open("wb", _BUFFER_BYTES)
        self._file.write(line)
        self.count += 1
        self.bytes += len(line)
        self.longest = max(self.longest, len(line))

    def close(self) -> None:
        """Writes the file to its end. There is one even without a record."""
        (self._file or self.path.open("wb")).close()

    def fit(self, table: Table) -> None:
        """Moves values that are not of their column's type to `_extra`."""
        with self.path.open("rb") as file:
            lines = [fitted(line, table) for line in file]
        self.path.write_bytes(b"".join(lines))
        self.longest = max(map(len, lines), default=0)


def _with_extra(record: Mapping[str, Any], declared: frozenset[str]) -> dict[str, Any]:
    known = {name: value for name, value in record.items() if name in declared}
    extra = {name: value for name, value in record.items() if name not in declared and value is not None}
    return {**known, EXTRA: extra or None}


def _dumps(record: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except orjson.JSONEncodeError:
        # Nested deeper than 254 levels, or a number of more than 64 bits.
        return json.dumps(record, separators=(",", ":")).encode() + b"\n"


def write_part(engine: duckdb.DuckDBPyConnection, table: Table, lines: Lines) -> Path:
    """Writes lines to a new Parquet file with the table's columns and SEQUENCE, and returns its path."""
    part = lines.path.with_suffix(".parquet")
    try:
        _copy(engine, table, lines, part)
    except duckdb.Error:
        # A value is not of the type that Basecamp documents: look at each.
        lines.fit(table)
        _copy(engine, table, lines, part)
    return part


def _copy(engine: duckdb.DuckDBPyConnection, table: Table, lines: Lines, part: Path) -> None:
    types = {column.name: column.duckdb_type for column in table.fields}
    # DuckDB's hash: Python's hashlib would release the interpreter's lock for each record. Where a new DuckDB hashes
    # otherwise, one sync counts every record that it reads as changed.
    names = ", ".join(f'"{name}"' for name in types)
    fingerprint = f"CAST(hash({names}) >> 1 AS BIGINT) AS {FINGERPRINT}"
    sequence = f"{lines.before} + row_number() OVER () AS {SEQUENCE}"
    longest = max(_MIN_LONGEST_LINE, 2 * lines.longest)
    rows = (
        f"read_json({quoted(lines.path)}, columns = {types!r}, format = 'newline_delimited', "
        f"maximum_object_size = {longest})"
    )
    engine.execute(
        f"COPY (SELECT *, {fingerprint}, {sequence} FROM {rows}) TO {quoted(part)} (FORMAT parquet, COMPRESSION lz4)"  # noqa: S608
    )


def fitted(line: bytes, table: Table) -> bytes:
    """A JSON line, with the values that are not of their column's type under `_extra`."""
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
