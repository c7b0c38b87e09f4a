"""The table of the files in the folder, and of those that cannot be had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

from source_basecamp.warehouse.errors import translated_errors
from source_basecamp.warehouse.sql_store import EPOCH, MICROSECONDS, SqlStore
from source_basecamp.warehouse.tables import Column, Table

STORED = Table(
    name="stored_files",
    key=("what", "id"),
    incremental=False,
    columns=(
        Column(
            "what",
            "text",
            "`uploads`, `campfire_lines`, or `attachments` for a file in a rich text. The second file of a line has "
            "`campfire_lines 2`.",
        ),
        Column("id", "bigint", "Id of the upload, of the line or of the attachment."),
        Column("project_id", "bigint", "Id of the project."),
        Column("name", "text", "Name of the file in Basecamp."),
        Column("content_type", "text", "Type of the file as a MIME type, such as application/pdf."),
        Column("byte_size", "bigint", "Size of the file in bytes: of the one that lies there, else as Basecamp says."),
        Column("path", "text", "Path in the folder of --files; null for a file that was never fetched."),
        Column("sha256", "text", "SHA-256 of its bytes, in hexadecimal; null for a file that was never fetched."),
        Column(
            "fetched_at",
            "timestamp",
            "When the copy was asked for, by Basecamp's clock; without one, the last attempt.",
        ),
        Column("why_not", "text", "Why it could not be had when it was asked for last; null if it could."),
        Column(
            "record_updated_at",
            "timestamp",
            "`updated_at` of the record that it was asked for; null for a file that was found in the folder.",
        ),
        Column("etag", "text", "ETag of the copy, by which the storage tells its versions apart."),
    ),
    description="The files that `sync --files` has copied, and those that it could not. A file whose record is gone "
    "keeps its row.",
)

Key = tuple[str, int]


@dataclass(frozen=True)
class StoredFile:
    """A row of the table."""

    what: str
    id: int
    project_id: int | None
    name: str | None
    content_type: str | None
    byte_size: int | None
    path: str | None
    sha256: str | None
    fetched_at: datetime | None
    why_not: str | None
    record_updated_at: datetime | None = None
    etag: str | None = None

    @property
    def key(self) -> Key:
        return self.what, self.id


def stored(store: SqlStore) -> dict[Key, StoredFile]:
    """All rows."""
    names = [column.name for column in STORED.columns]
    times = [column.name for column in STORED.columns if column.kind == "timestamp"]
    selected = [MICROSECONDS.format(name) if name in times else name for name in names]
    with translated_errors(store.destination):
        rows = store.run(f"SELECT {', '.join(selected)} FROM {store.qualified(STORED.name)}")
    fields = (dict(zip(names, row, strict=True)) for row in rows)
    found = [StoredFile(**row | {name: moment(row[name]) for name in times}) for row in fields]
    return {row.key: row for row in found}


def moment(microseconds: int | None) -> datetime | None:
    """A time of the database, as it is read there."""
    return None if microseconds is None else EPOCH + timedelta(microseconds=microseconds)


def put(store: SqlStore, rows: Sequence[StoredFile]) -> None:
    """Replaces the rows of the same key, or adds them, in one transaction."""
    name = store.qualified(STORED.name)
    with translated_errors(store.destination), store.transaction():
        for what, ids in _ids(rows).items():
            store.run(f"DELETE FROM {name} WHERE what = %s AND id IN ({', '.join(map(str, ids))})", [what])
        store.insert(STORED, list(map(astuple, rows)))


def _ids(rows: Iterable[StoredFile]) -> Mapping[str, Collection[int]]:
    by_kind: defaultdict[str, list[int]] = defaultdict(list)
    for row in rows:
        by_kind[row.what].append(row.id)
    return by_kind
