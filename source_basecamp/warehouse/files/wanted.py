"""The files that the tables list, each once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from source_basecamp.process import CommandError
from source_basecamp.warehouse.errors import translated_errors
from source_basecamp.warehouse.files.names import path_of
from source_basecamp.warehouse.files.stored import Key, moment
from source_basecamp.warehouse.sql_store import MICROSECONDS, SqlStore

FILES = "files"
"""The view that lists them. It leaves out what is in the trash."""
NO_LIST = "The files cannot be copied: the view `files`, which lists them, was not made. A warning says why."

_LISTED = (
    "SELECT kind, record_id, number, file_id, project_id, project, filename, content_type, bytes, download_url, "
    f"{MICROSECONDS.format('updated_at')} FROM {FILES}"
)
_UPLOADS = "SELECT id, parent_id FROM uploads"
_VAULTS = "SELECT id, title, parent_id FROM vaults"
_FOLDERS = {"campfire_lines": "Campfire", "attachments": "Attachments"}
"""By kind of file: the folder in the project's. Uploads have those that people put them into."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file as Basecamp lists it."""

    what: str
    id: int
    project_id: int | None
    name: str
    content_type: str | None
    byte_size: int | None
    address: str
    folders: tuple[str, ...]
    updated_at: datetime | None
    """When the record changed that has it."""

    @property
    def key(self) -> Key:
        return self.what, self.id

    @property
    def may_be_replaced(self) -> bool:
        """Whether a record that has changed may have another file. Elsewhere, another file has another id."""
        return self.what == "uploads"

    @property
    def tag(self) -> str:
        """What tells it apart in names."""
        kind, _, number = self.what.partition(" ")
        if kind == "campfire_lines":
            return f"{self.id}-{number or 1}"
        return f"a{self.id}" if kind == "attachments" else str(self.id)

    @property
    def path(self) -> tuple[str, ...]:
        """Of a file that does not lie in the folder yet."""
        return path_of(self.folders, self.name, self.tag)


def wanted_files(store: SqlStore, views: Collection[str]) -> list[Wanted]:
    """All files. Raises a CommandError if the view that lists them was not made."""
    if FILES not in views:
        raise CommandError(NO_LIST)
    with translated_errors(store.destination):
        tables = store.relations()
        rows = store.run(_LISTED)
        parents = dict(store.run(_UPLOADS)) if "uploads" in tables else {}
        vaults = {id: (title, above) for id, title, above in store.run(_VAULTS)} if "vaults" in tables else {}
    found: dict[Key, Wanted] = {}
    for row in rows:
        for file in _wanted(row, parents, vaults):
            found.setdefault(file.key, file)
    return list(found.values())


def _wanted(
    row: tuple[Any, ...], parents: dict[int, int | None], vaults: dict[int, tuple[str, int | None]]
) -> Iterator[Wanted]:
    kind, record_id, number, file_id, project_id, project, name, type, size, address, changed = row
    folders: tuple[str, ...] = (project or f"Project {project_id}",)
    if kind == "uploads" and number == 0:
        what, id = kind, record_id
        folders += tuple(_above(parents.get(id), vaults))[::-1]
    elif kind == "campfire_lines":
        what, id = (kind if number == 1 else f"{kind} {number}"), record_id
        folders += (_FOLDERS[kind],)
    else:
        what, id = "attachments", file_id
        folders += (_FOLDERS[what],)
    if id is not None and address:
        yield Wanted(what, id, project_id, name or "", type, size, address, folders, moment(changed))


def _above(id: int | None, vaults: dict[int, tuple[str, int | None]]) -> Iterator[str]:
    """The titles of the folders that a file is in, the nearest first. The topmost, the tool itself, is not listed."""
    seen: set[int] = set()
    while id in vaults and id not in seen:
        seen.add(id)
        title, id = vaults[id]
        yield title or "_"
