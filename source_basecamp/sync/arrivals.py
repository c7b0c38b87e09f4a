"""The records of one stream as they arrive: kept on disk, in typed columns, until they are loaded.

Python only writes JSON; DuckDB reads it into columns. That is many times faster than building columns in Python.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import orjson

from source_basecamp.sync.connections import quoted
from source_basecamp.sync.lines import Lines
from source_basecamp.sync.tables import EXTRA, FINGERPRINT, SEQUENCE, Table

PART_BYTES = 8 * 1024 * 1024
"""What of a stream goes into one file of lines, and from there into columns, which take about a tenth of that."""

_MIN_LONGEST_LINE = 1024 * 1024
# An escape sequence, unless its backslash is itself escaped.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


class Arrivals:
    """Takes records of a stream in the order in which they came. `add` and `cut` are for the thread that reads.

    `without_nul` replaces U+0000, which PostgreSQL cannot hold, by U+FFFD.
    """

    def __init__(self, table: Table, folder: Path, without_nul: bool) -> None:
        self.table = table
        self.parts: list[Path] = []
        """Parquet files with the table's columns and SEQUENCE; written by another thread."""
        self._folder = folder
        self._without_nul = without_nul
        self._cuts = 0
        self._lines = self._next_lines(0)

    def add(self, record: Mapping[str, Any]) -> bool:
        """Takes a record. True when it is time to cut a part."""
        self._lines.add(self._line(record))
        return self._lines.bytes >= PART_BYTES

    def cut(self) -> Lines:
        """What arrived since the last cut, for `write`."""
        lines = self._lines
        lines.close()
        self._lines = self._next_lines(lines.before + lines.count)
        return lines

    def write(self, engine: duckdb.DuckDBPyConnection, lines: Lines, even_if_empty: bool = False) -> None:
        """Puts lines into a part, and deletes them."""
        part = lines.path.with_suffix(".parquet")
        if lines.count or even_if_empty:
            try:
                _write_part(engine, self.table, lines, part)
            except duckdb.Error:
                # Basecamp sent something that is not what it documents: a record at a time, then.
                lines.fit(self.table)
                _write_part(engine, self.table, lines, part)
            self.parts.append(part)
        lines.path.unlink()

    def release(self) -> list[Path]:
        """The parts on disk, which from now on are the caller's to delete."""
        parts, self.parts = self.parts, []
        return parts

    def _line(self, record: Mapping[str, Any]) -> bytes:
        if record.keys() - self.table.declared:
            record = _with_extra(record, self.table.declared)
        line = _dumps(record)
        return _NUL.sub(rb"\1\\ufffd", line) if self._without_nul and b"\\u0000" in line else line

    def _next_lines(self, before: int) -> Lines:
        self._cuts += 1
        return Lines(self._folder / f"{self.table.name}.{self._cuts}.jsonl", before)


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


def _write_part(engine: duckdb.DuckDBPyConnection, table: Table, lines: Lines, part: Path) -> None:
    types = {column.name: column.duckdb_type for column in table.columns if column.name != FINGERPRINT}
    # Here and not in Python, where a hash of many bytes lets go of the interpreter for each record. A new DuckDB may
    # have another hash: one sync then calls changed all that it reads.
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
