"""The table of each stream: its columns and their types, from the stream's JSON schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from source_basecamp.catalog import StreamInfo

EXTRA = "_extra"
"""An object of the fields that the schema does not declare and of values not of their declared type; otherwise null."""

FINGERPRINT = "_fingerprint"
"""A hash of all fields of the record: it has changed if its hash has."""

DELETED = "_deleted_at"
"""When a sync first saw that Basecamp no longer lists the record; null while it does."""

SEQUENCE = "_sequence"
"""The place of a record in its sync, in staged files only."""

_DUCKDB_TYPES = {
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "timestamp": "TIMESTAMPTZ",
    "date": "DATE",
    "text": "VARCHAR",
    "json": "JSON",
}
_KINDS = {"integer": "bigint", "number": "double", "boolean": "bool", "string": "text"}
_FORMATS = {"date-time": "timestamp", "date": "date"}


@dataclass(frozen=True)
class Column:
    """A column. `kind` is dlt's name of its type: bigint, double, bool, timestamp (with zone), date, text, json."""

    name: str
    kind: str

    @property
    def duckdb_type(self) -> str:
        return _DUCKDB_TYPES[self.kind]


@dataclass(frozen=True)
class Table:
    """The table that a stream is loaded into, of the stream's name."""

    name: str
    key: tuple[str, ...]
    incremental: bool
    columns: tuple[Column, ...]
    is_feed: bool = False
    """Whether Basecamp lists the stream's recordings by status and project, and counts each listing."""

    @classmethod
    def of(cls, stream: StreamInfo) -> Table:
        declared = (Column(name, _kind(schema)) for name, schema in stream.schema["properties"].items())
        own = (Column(EXTRA, "json"), Column(FINGERPRINT, "bigint"), Column(DELETED, "timestamp"))
        columns = (*declared, *own)
        return cls(stream.name, stream.key, stream.sync_mode == "incremental", columns, stream.recording is not None)

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns)

    @property
    def version(self) -> str | None:
        """The column by which the newer of two versions of a record is found; None where their order decides.

        Not the stream's cursor: a time entry may be moved to an earlier `date`, and streams without a cursor have one.
        """
        return "updated_at" if "updated_at" in self.names else None

    @property
    def status(self) -> str | None:
        """The column that says whether a record is trashed, if the stream has one."""
        return "status" if "status" in self.names else None

    @cached_property
    def declared(self) -> frozenset[str]:
        """The fields that have a column of their own."""
        return self.names - {EXTRA, FINGERPRINT, DELETED}

    @cached_property
    def own(self) -> frozenset[str]:
        """The columns that no record has, of every version. A table without them was not made by a sync."""
        return self.names & {EXTRA, FINGERPRINT}

    @property
    def fields(self) -> tuple[Column, ...]:
        """The columns that hold what is in a record."""
        return tuple(column for column in self.columns if column.name not in (FINGERPRINT, DELETED))

    @property
    def hints(self) -> dict[str, dict[str, Any]]:
        """The columns in dlt's form."""
        return {
            column.name: {
                "name": column.name,
                "data_type": column.kind,
                "nullable": column.name not in self.key,
                "primary_key": column.name in self.key,
                **({"timezone": True} if column.kind == "timestamp" else {}),
            }
            for column in self.columns
        }


def _kind(schema: Mapping[str, Any]) -> str:
    declared = schema.get("type", [])
    types = [one for one in ([declared] if isinstance(declared, str) else declared) if one != "null"]
    if len(types) != 1 or types[0] not in _KINDS:
        return "json"
    return _FORMATS.get(schema.get("format", ""), "text") if types == ["string"] else _KINDS[types[0]]
