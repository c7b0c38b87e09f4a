"""The records of a stream on disk, from their arrival until they are loaded: first lines of JSON, then typed columns.

Python writes the lines, and DuckDB turns them into columns, many times faster than Python could. A value that is not of
its declared type moves to the column `_extra`, so that nothing is lost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import orjson

from source_basecamp.warehouse.databases import quoted, with_enough_memory
from source_basecamp.warehouse.tables import EXTRA, FINGERPRINT, SEQUENCE, Column, Table

PART_BYTES = 8 * 1024 * 1024
"""Size of a file of lines. As columns it takes about a tenth of that."""

_MIN_LONGEST_LINE = 1024 * 1024
# An escape sequence, unless its backslash is itself escaped.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
_BUFFER_BYTES = 128 * 1024
_FITTING = {
    "bigint": r"regexp_full_match({sent}, '-?\d+')",
    "double": r"regexp_full_match({sent}, '-?\d.*')",
    "bool": "{sent} IN ('true', 'false')",
    "date": r"""regexp_full_match({sent}, '"\d{{4}}-\d\d-\d\d"') AND {sent}[2:11] >= '0001'""",
    "timestamp": r"""regexp_full_match({sent}, '"\d{{4}}-\d\d-\d\d[T ][\d:.]+(Z|[-+][\d:]+)?"') """
    "AND {sent}[2:11] BETWEEN '0001-01-02' AND '9999-12-30'",
}
"""By kind of column: whether JSON is of the column's type as it stands, in SQL. Other kinds hold any value.

Times are of the years 1 to 9999, which Python and every database have, in any time zone.
"""


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
    """Writes lines to a new Parquet file with the table's columns but DELETED, and SEQUENCE, and returns its path."""
    part = lines.path.with_suffix(".parquet")
    # DuckDB's hash: Python's hashlib would release the interpreter's lock for each record. Where a new DuckDB hashes
    # otherwise, one sync counts every record that it reads as changed.
    names = ", ".join(f'"{column.name}"' for column in table.fields)
    fingerprint = f"CAST(hash({names}) >> 1 AS BIGINT) AS {FINGERPRINT}"
    sequence = f"{lines.before} + row_number() OVER () AS {SEQUENCE}"
    computed = [f"{column.derived.sql('TRY_CAST')} AS {column.name}" for column in table.columns if column.derived]
    columns = f"SELECT {', '.join(['*', fingerprint, sequence, *computed])} FROM ({_typed(table, lines)})"
    copy = f"COPY ({columns}) TO {quoted(part)} (FORMAT parquet, COMPRESSION lz4)"
    with_enough_memory(engine, lambda: engine.execute(copy))
    return part


def _typed(table: Table, lines: Lines) -> str:
    """The query for the lines as the table's columns. Values that are not of their column's type are in EXTRA."""
    tested = [column for column in table.fields if column.kind in _FITTING]
    # JSON keeps a value as it came: as integers, 12.7 and "0x10" would be 13 and 16.
    sent = {column.name: column.duckdb_type for column in table.fields} | {column.name: "JSON" for column in tested}
    longest = max(_MIN_LONGEST_LINE, lines.longest + 1)
    rows = (
        f"read_json({quoted(lines.path)}, columns = {sent!r}, format = 'newline_delimited', "
        f"maximum_object_size = {longest})"
    )
    fitting = ", ".join(f"{_fitting(column)} AS fitting_{column.name}" for column in tested)
    values = {column.name: f'"{column.name}"' for column in table.fields}
    values |= {column.name: f'fitting_{column.name} AS "{column.name}"' for column in tested}
    misfits = [
        f"""CASE WHEN "{name}" IS NOT NULL AND fitting_{name} IS NULL THEN '"{name}":' || "{name}" END"""
        for name in (column.name for column in tested)
    ]
    members = ", ".join([f"substr({EXTRA}, 2, length({EXTRA}) - 2)", *misfits])
    values[EXTRA] = f"CAST(nullif('{{' || concat_ws(',', {members}) || '}}', '{{}}') AS JSON) AS {EXTRA}"
    return f"SELECT {', '.join(values.values())} FROM (SELECT *, {fitting} FROM {rows})"


def _fitting(column: Column) -> str:
    """A column's value in SQL; null unless what was sent is of its type."""
    sent = f'"{column.name}"'
    return f"TRY_CAST(CASE WHEN {_FITTING[column.kind].format(sent=sent)} THEN {sent} END AS {column.duckdb_type})"
