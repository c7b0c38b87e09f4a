"""The table of each stream: its columns and their types, from the stream's JSON schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from source_basecamp.catalog import StreamInfo, all_streams
from source_basecamp.product import BC3
from source_basecamp.warehouse.derived import Bridge, Derived, derived

EXTRA = "_extra"
"""An object of the fields that the schema does not declare and of values not of their declared type; otherwise null."""

FINGERPRINT = "_fingerprint"
"""A hash of all fields of the record: it has changed if its hash has."""

DELETED = "_deleted_at"
"""When a sync first saw that Basecamp no longer lists the record; null while it does."""

_PROJECTS_OF_FEEDS = "projects of feeds"
"""The parent of every feed, by its name in the manifest."""

SEQUENCE = "_sequence"
"""The place of a record in its sync, in staged files only."""

DUCKDB_TYPES = {
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "decimal": "DECIMAL(18, 4)",
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
    """A column. `kind` is dlt's name of its type.

    That is bigint, double, decimal, bool, timestamp (with zone), date, text or json.
    """

    name: str
    kind: str
    description: str = ""
    derived: Derived | None = None
    """How it is computed from the other columns; None for one that holds what was sent."""

    @property
    def duckdb_type(self) -> str:
        return DUCKDB_TYPES[self.kind]


_OWN = (
    Column(EXTRA, "json", "Fields that the schema does not know, and values that are not of their declared type."),
    Column(FINGERPRINT, "bigint", "Hash of the record, by which a sync sees that it has changed."),
    Column(DELETED, "timestamp", "When a sync first saw that Basecamp no longer lists the record; null while it does."),
)


@dataclass(frozen=True)
class Table:
    """The table that a stream is loaded into, of the stream's name."""

    name: str
    key: tuple[str, ...]
    incremental: bool
    columns: tuple[Column, ...]
    is_feed: bool = False
    """Whether Basecamp lists the stream's recordings by status and project, and counts each listing."""
    description: str = ""
    above: tuple[str, ...] = ()
    """The listings that were read to know what the stream is asked for."""

    @classmethod
    def of(cls, stream: StreamInfo) -> Table:
        fields: Mapping[str, Any] = stream.schema["properties"]
        declared = (Column(name, _kind(schema), schema.get("description", "")) for name, schema in fields.items())
        computed = (Column(one.name, one.kind, one.description, one) for one in derived(stream.name, fields))
        incremental, is_feed = stream.sync_mode == "incremental", stream.recording is not None
        columns = (*declared, *computed, *_OWN)
        return cls(stream.name, stream.key, incremental, columns, is_feed, stream.schema["description"], stream.above)

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns)

    @property
    def from_feeds(self) -> bool:
        """Whether feeds are read for it: its own one, or those of the records that it is asked of."""
        return _PROJECTS_OF_FEEDS in self.above

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
        return frozenset(column.name for column in self.columns if not column.derived) - {EXTRA, FINGERPRINT, DELETED}

    @cached_property
    def own(self) -> frozenset[str]:
        """The columns that no record has, of every version. A table without them was not made by a sync."""
        return self.names & {EXTRA, FINGERPRINT}

    @property
    def fields(self) -> tuple[Column, ...]:
        """The columns that hold what is in a record, in the order in which a fingerprint takes them."""
        return tuple(
            column for column in self.columns if not column.derived and column.name not in (FINGERPRINT, DELETED)
        )

    @property
    def made_here(self) -> frozenset[str]:
        """The columns that a row has without being read again: computed ones, and the one that is null at first."""
        return frozenset(column.name for column in self.columns if column.derived or column.name == DELETED)


def table_of_people(bridge: Bridge) -> Table:
    key = Column(bridge.key, "bigint", f"Id of the row in `{bridge.table}`.")
    person = Column("person_id", "bigint", "Id of the person, in `people`.")
    return Table(bridge.name, (key.name, person.name), False, (key, person), description=bridge.description)


def column_list(names: Iterable[str]) -> str:
    """Columns in SQL. Some have names that SQL reserves, such as `from`."""
    return ", ".join(f'"{name}"' for name in names)


def all_tables(product: str = BC3) -> list[Table]:
    """The table of every stream of a product."""
    return [Table.of(stream) for stream in all_streams(product)]


def table_of(stream: str, product: str = BC3) -> Table:
    """The table of one stream. To resolve the schemas of all takes half a second."""
    (found,) = (Table.of(one) for one in all_streams(product) if one.name == stream)
    return found


def _kind(schema: Mapping[str, Any]) -> str:
    declared = schema.get("type", [])
    types = [one for one in ([declared] if isinstance(declared, str) else declared) if one != "null"]
    if len(types) != 1 or types[0] not in _KINDS:
        return "json"
    return _FORMATS.get(schema.get("format", ""), "text") if types == ["string"] else _KINDS[types[0]]
