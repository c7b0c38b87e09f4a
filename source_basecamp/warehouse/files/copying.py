"""The files' part of a sync: fetches what the folder lacks, several files side by side, and keeps their table."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path, PurePosixPath
from queue import Queue

from airbyte_cdk.sources.streams.call_rate import AbstractAPIBudget
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.connection import Connection
from source_basecamp.downloads import NotServedError
from source_basecamp.process import CommandError
from source_basecamp.transport import UnreadableAnswer
from source_basecamp.warehouse.errors import translated_errors
from source_basecamp.warehouse.files.draft import OddFileError, digest_of
from source_basecamp.warehouse.files.fetching import (
    FOR_GOOD,
    Fetched,
    Fetcher,
    NoRoomError,
    Token,
    reason_of,
)
from source_basecamp.warehouse.files.folder import Contents, Folder, Lying
from source_basecamp.warehouse.files.names import whole_name
from source_basecamp.warehouse.files.stored import STORED, Key, StoredFile, put, stored
from source_basecamp.warehouse.files.wanted import FILES, Wanted, wanted_files
from source_basecamp.warehouse.outcome import FilesOutcome
from source_basecamp.warehouse.sql_store import NOT_OURS, SqlStore, foreign

SIDE_BY_SIDE = 4
"""Files."""
MOST_IN_A_ROW = 10
"""Files that fail one after the other, by the network or a server, before no more are asked for."""
NOT_REACHED = "{count} files in a row could not be fetched, so the others were not asked for. The last: {reason}"
FOREIGN = "The files cannot be copied: their list, {relation}, cannot be made, because {reason}"
UNEXPECTED = "Unexpected error: {error}."

_ROWS, _SECONDS = 200, 1.0
"""Rows, or seconds, after which what has come is written to the table."""
_COMING = (NotServedError, UnreadableAnswer, OddFileError, OSError)
"""The errors of one file."""

Task = Callable[[], StoredFile]


class Copying:
    """Copies the files that the tables of a database list. Made before anything is read, so that it fails then."""

    def __init__(self, path: Path, again: bool) -> None:
        """`again`: ask again for what could not be had for good."""
        self.path = path
        self._folder, self._again = Folder(path), again
        self.outcome = FilesOutcome()

    def run(self, store: SqlStore, views: list[str], connection: Connection, budget: AbstractAPIBudget | None) -> None:
        """Fetches what is missing. What cannot be had is in the outcome, and in the table.

        Raises a CommandError where the database refuses, and what Basecamp's refusal of the login raises.
        """
        self.outcome.begin()
        rows = stored(store)
        there = self._folder.contents({row.path for row in rows.values() if row.path})
        plan = _Plan(rows, there, self._again, self.outcome)
        renamed = [*plan.read(wanted_files(store, views))]
        if renamed:
            put(store, renamed)
        if plan.tasks:
            fetcher = Fetcher(self._folder, Token(connection), budget, self.outcome.arrived)
            _Crew(store, self.outcome).do(partial(task, self._folder, fetcher) for task in plan.tasks)
        self.outcome.end()

    def prepare(self, store: SqlStore) -> None:
        """Makes the table. Raises a CommandError if it cannot be, or the view that lists the files."""
        with translated_errors(store.destination):
            others = foreign(store.relations())
        for relation in (STORED.name, FILES):
            if relation in others:
                raise CommandError(FOREIGN.format(relation=relation, reason=NOT_OURS))
        store.prepare([STORED], lambda text: None)

    def close(self) -> None:
        self._folder.close()


class _Plan:
    """What is to be done about each file."""

    def __init__(self, rows: dict[Key, StoredFile], there: Contents, again: bool, outcome: FilesOutcome) -> None:
        self._rows, self._there, self._again, self._outcome = rows, there, again, outcome
        self._homes = _homes(rows.values())
        self.tasks: list[Callable[[Folder, Fetcher], StoredFile]] = []

    def read(self, files: list[Wanted]) -> Iterator[StoredFile]:
        """Yields the rows that differ from the record only in what needs no file. Fills `tasks`."""
        for file in sorted(files, key=self._turn):
            row, lying = self._rows.get(file.key), self._there.files.get(file.tag)
            self._outcome.listed += 1
            if lying and file.byte_size in (None, lying.size):
                yield from self._kept(file, row, lying)
            elif row and self._is_refused(file, row):
                self._outcome.refused += 1
                yield from _renamed(file, row)
            else:
                self._fetch(file, row, lying, None)

    def _turn(self, file: Wanted) -> tuple[bool, int]:
        """The smallest first, but last what did not come before: MOST_IN_A_ROW would hide all others for ever."""
        row = self._rows.get(file.key)
        return row is not None and row.why_not is not None, file.byte_size or 0

    def _kept(self, file: Wanted, row: StoredFile | None, lying: Lying) -> Iterator[StoredFile]:
        """A file that lies there. One that was replaced since may have the same size."""
        if row is None or row.sha256 is None or row.byte_size != lying.size:
            self.tasks.append(partial(_adopted, file, lying, self._outcome))
        elif self._is_refused(file, row):
            # What lies there is an earlier version.
            self._outcome.refused += 1
            yield from _renamed(file, replace(row, path=lying.path), row)
        elif row.why_not in FOR_GOOD or (file.may_be_replaced and _has_changed(file, row)):
            self._fetch(file, row, lying, row.etag)
        else:
            self._outcome.kept += 1
            yield from _renamed(file, replace(row, path=lying.path, why_not=None), row)

    def _is_refused(self, file: Wanted, row: StoredFile) -> bool:
        """Whether it could not be had for good, and nothing has changed since."""
        return row.why_not in FOR_GOOD and not _has_changed(file, row) and not self._again

    def _fetch(self, file: Wanted, row: StoredFile | None, lying: Lying | None, etag: str | None) -> None:
        """`etag` is that of what lies there."""
        parts = self._there.parts.get(file.tag, [])
        if lying:
            parts = [part for part in parts if whole_name(part.path)[0] == lying.path]
        there = parts[0] if parts else lying
        home = self._homes.get(file.project_id, file.path[0])
        path = PurePosixPath(there.path).parts if there else (home, *file.path[1:])
        if etag is None:
            self._outcome.bytes_wanted += max(0, (file.byte_size or 0) - (parts[0].size if parts else 0))
        self._outcome.wanted += 1
        self.tasks.append(partial(_fetched, file, row, path, etag, self._outcome))


def _homes(rows: Collection[StoredFile]) -> dict[int | None, str]:
    """By project: its folder, which stays when the project is renamed.

    It has most of the project's files, and the project most of those in it: some may have come from another project.
    """
    paths = ((row.project_id, PurePosixPath(row.path)) for row in rows if row.path and row.project_id)
    lying = Counter((project, path.parts[0]) for project, path in paths if len(path.parts) > 1)
    owners: dict[str, int | None] = {}
    homes: dict[int | None, str] = {}
    for (project, folder), _ in lying.most_common():
        if owners.setdefault(folder, project) == project:
            homes.setdefault(project, folder)
    return homes


def _has_changed(file: Wanted, row: StoredFile) -> bool:
    """Whether the record has changed since the file was asked for.

    By its version, since it may have changed between being read and the request for its file. By Basecamp's clock where
    that is not known: of a file that was found in the folder.
    """
    if row.record_updated_at:
        return file.updated_at != row.record_updated_at
    return bool(file.updated_at and row.fetched_at and file.updated_at >= row.fetched_at)


def _renamed(file: Wanted, row: StoredFile, before: StoredFile | None = None) -> Iterator[StoredFile]:
    named = replace(row, project_id=file.project_id, name=file.name, content_type=file.content_type)
    if named != (before or row):
        yield named


def _adopted(file: Wanted, lying: Lying, outcome: FilesOutcome, folder: Folder, fetcher: Fetcher) -> StoredFile:
    """The row of a file that lies there without one: the last sync was stopped, or it wrote to another database."""
    *folders, name = PurePosixPath(lying.path).parts
    try:
        with folder.subfolder(folders) as subfolder:
            opened = subfolder.read(name)
            try:
                size, digest = digest_of(opened)
            finally:
                os.close(opened)
    except OSError as error:
        outcome.fail(reason := reason_of(error), file.name)
        return replace(_row(file, None), why_not=reason)
    outcome.count(kept=1)
    return _row(file, Fetched(datetime.fromtimestamp(lying.written, UTC), lying.path, size, digest))


def _fetched(
    file: Wanted,
    row: StoredFile | None,
    path: tuple[str, ...],
    etag: str | None,
    outcome: FilesOutcome,
    folder: Folder,
    fetcher: Fetcher,
) -> StoredFile:
    try:
        fetched = fetcher.fetch(file, path, etag)
    except _COMING as error:
        outcome.fail(reason := reason_of(error), file.name)
        outcome.failed_in_a_row = outcome.failed_in_a_row + 1 if isinstance(error, UnreadableAnswer) else 0
        if outcome.failed_in_a_row >= MOST_IN_A_ROW:
            outcome.stop(NOT_REACHED.format(count=MOST_IN_A_ROW, reason=reason))
        before = replace(row or _row(file, None), name=file.name, why_not=reason)
        # A copy of an earlier version is as old as it was: the next sync asks again.
        if before.sha256 is not None and reason not in FOR_GOOD:
            return before
        at = fetcher.answered_at or datetime.now(UTC)
        return replace(before, fetched_at=at, record_updated_at=file.updated_at)
    outcome.failed_in_a_row = 0
    if fetched.path is None and row is not None:
        outcome.count(same=1)
        named = next(_renamed(file, row), row)
        return replace(named, fetched_at=fetched.asked_at, why_not=None, record_updated_at=file.updated_at)
    outcome.count(fetched=1, bytes=fetched.size)
    return replace(_row(file, fetched), record_updated_at=file.updated_at)


def _row(file: Wanted, fetched: Fetched | None) -> StoredFile:
    described = (file.what, file.id, file.project_id, file.name, file.content_type)
    if fetched is None:
        return StoredFile(*described, file.byte_size, None, None, None, None)
    copy = (fetched.size, fetched.path, fetched.sha256, fetched.asked_at)
    return StoredFile(*described, *copy, why_not=None, etag=fetched.etag)


class _Crew:
    """Threads that do the tasks. The rows that come of them are written by the thread that waits for them."""

    def __init__(self, store: SqlStore, outcome: FilesOutcome) -> None:
        self._store, self._outcome = store, outcome
        self._done: Queue[StoredFile | Exception | None] = Queue()

    def do(self, tasks: Iterator[Task]) -> None:
        """Raises what ends all, such as a login that is refused, once the rows that had come are written."""
        lock = threading.Lock()
        for number in range(SIDE_BY_SIDE):
            # Daemons: a process that is told to stop does not wait for them.
            threading.Thread(target=self._work, args=(tasks, lock), name=f"files {number}", daemon=True).start()
        running, failure, rows, written = SIDE_BY_SIDE, None, [], time.monotonic()
        while running:
            done = self._done.get()
            if isinstance(done, StoredFile):
                rows.append(done)
            elif done is None:
                running -= 1
            else:
                failure = failure or done
            if len(rows) >= _ROWS or (rows and time.monotonic() - written >= _SECONDS) or (rows and not running):
                put(self._store, rows)
                rows, written = [], time.monotonic()
        if failure:
            raise failure

    def _work(self, left: Iterator[Task], lock: threading.Lock) -> None:
        while not self._outcome.stopped:
            with lock:
                task = next(left, None)
            if task is None:
                break
            try:
                self._done.put(task())
            except NoRoomError as error:
                self._outcome.stop(str(error))
            except Exception as error:  # noqa: BLE001, RUF100
                self._outcome.stop(_words(error))
                self._done.put(error)
        self._done.put(None)


def _words(error: Exception) -> str:
    if isinstance(error, AirbyteTracedException) and error.message:
        return error.message
    return UNEXPECTED.format(error=type(error).__name__)
