"""The records of one stream as they arrive: kept on disk, in typed columns, until they are loaded.

Python only writes JSON; DuckDB reads it into columns. That is many times faster than building columns in Python.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import orjson

from source_basecamp.sync.fitting import fitted
from source_basecamp.sync.tables import EXTRA, FINGERPRINT, SEQUENCE, Table

PART_BYTES = 8 * 1024 * 1024
"""What a stream holds in memory before it goes to disk, where it takes about a tenth of that."""

_MIN_LONGEST_LINE = 1024 * 1024
# An escape sequence, unless its backslash is itself escaped.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


class Arrivals:
    """Takes records of a stream in the order in which they came. `add` and `cut` are for the thread that reads.

    `without_nul` replaces U+0000, which PostgreSQL cannot hold, by U+FFFD.
    """

    def __init__(self, table: Table, folder: Path, without_nul: bool) -> None:
        self.table = table
        self.rows = 0
        """Records that arrived."""
        self.parts: list[Path] = []
        """Parquet files with the table's columns and SEQUENCE; written by another thread."""
        self._folder = folder
        self._without_nul = without_nul
        self._lines: list[bytes] = []
        self._bytes = 0
        self._written = 0

    def add(self, record: Mapping[str, Any]) -> bool:
        """Takes a record. True when it is time to cut a part."""
        line = self._line(record)
        self.rows += 1
        self._lines.append(line)
        self._bytes += len(line)
        return self._bytes >= PART_BYTES

    def cut(self) -> list[bytes]:
        """What arrived since the last cut, for `write`."""
        lines, self._lines, self._bytes = self._lines, [], 0
        return lines

    def write(self, engine: duckdb.DuckDBPyConnection, lines: Sequence[bytes], even_if_empty: bool = False) -> None:
        """Puts a part on disk."""
        if not lines and not even_if_empty:
            return
        self._written += 1
        part = self._folder / f"{self.table.name}.{self._written}.parquet"
        try:
            _write_part(engine, self.table, lines, part)
        except duckdb.Error:
            # Basecamp sent something that is not what it documents: a record at a time, then.
            _write_part(engine, self.table, [fitted(line, self.table) for line in lines], part)
        self.parts.append(part)

    def release(self) -> list[Path]:
        """The parts on disk, which from now on are the caller's to delete."""
        parts, self.parts = self.parts, []
        return parts

    def _line(self, record: Mapping[str, Any]) -> bytes:
        if record.keys() - self.table.declared:
            record = _with_extra(record, self.table.declared)
        body = _dumps(record)
        if self._without_nul and b"\\u0000" in body:
            body = _NUL.sub(rb"\1\\ufffd", body)
        return b'{"%s":%d,%s\n' % (SEQUENCE.encode(), self.rows, body[1:])


def _with_extra(record: Mapping[str, Any], declared: frozenset[str]) -> dict[str, Any]:
    known = {name: value for name, value in record.items() if name in declared}
    extra = {name: value for name, value in record.items() if name not in declared and value is not None}
    return {**known, EXTRA: extra or None}


def _dumps(record: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(record)
    except orjson.JSONEncodeError:
        # Nested deeper than 254 levels, or a number of more than 64 bits.
        return json.dumps(record, separators=(",", ":")).encode()


def _write_part(engine: duckdb.DuckDBPyConnection, table: Table, lines: Sequence[bytes], part: Path) -> None:
    source = part.with_suffix(".jsonl")
    source.write_bytes(b"".join(lines))
    types = {column.name: column.duckdb_type for column in table.columns if column.name != FINGERPRINT}
    # Here and not in Python, where a hash of many bytes lets go of the interpreter for each record. A new DuckDB may
    # have another hash: one sync then calls changed all that it reads.
    names = ", ".join(f'"{name}"' for name in types)
    fingerprint = f"CAST(hash({names}) >> 1 AS BIGINT) AS {FINGERPRINT}"
    types = {SEQUENCE: "BIGINT", **types}
    longest = max([_MIN_LONGEST_LINE, *(2 * len(line) for line in lines)])
    rows = (
        f"read_json({_quoted(source)}, columns = {types!r}, format = 'newline_delimited', "
        f"maximum_object_size = {longest})"
    )
    try:
        engine.execute(
            f"COPY (SELECT *, {fingerprint} FROM {rows}) TO {_quoted(part)} (FORMAT parquet, COMPRESSION zstd)"  # noqa: S608
        )
    finally:
        source.unlink()


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
