"""Files of a sandbox's account, as they ought to be copied."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from integration_tests.support.connector import Connector
from integration_tests.support.sync import SyncingHere
from sandbox import AccountSize, Sandbox
from sandbox.account import Account
from sandbox.account.contents import SESSION_ONLY, file_at
from source_basecamp.warehouse.files import fetching

STREAMS = {
    "projects": "",
    "vaults": "",
    "uploads": "description_attachments",
    "campfire_lines": "attachments",
    "messages": "content_attachments",
}
"""Streams with files, and the field of each that lists them."""
ONLY = ("--streams", ",".join(STREAMS))
STORED = "what, id, project_id, name, content_type, byte_size, path, sha256, why_not"
SIZES = (0, 1, 70_000, 300_000)


SIZE = AccountSize(
    projects=3, archived_projects=1, trashed_projects=1, uploads=(14, 2, 2), campfire_lines=16, messages=(10, 2, 1)
)

Connect = Callable[..., Connector]


def small_uploads(account: Account) -> None:
    """Makes the largest files small, so that a test can copy them: some are empty."""
    for number, upload in enumerate(account.records("Upload")):
        if upload["byte_size"] > SIZES[-1]:
            account.update(upload["id"], byte_size=SIZES[number % len(SIZES)], updated_at=upload["updated_at"])


def bytes_of(account: Account, upload: int) -> bytes:
    """What an upload is."""
    record = account.record(upload, "Upload")
    assert record is not None
    return bytes_at(account, record["download_url"])


def bytes_at(account: Account, address: str) -> bytes:
    """What lies at a download address."""
    with account.lock:
        file = file_at(account.store, urlsplit(address).path.removeprefix(f"/{account.account_id}"))
    assert file is not None, address
    return bytes(file.body)


def lying_in(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file in a folder, by its path from there."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def copied(account: Account, streams: Iterable[str] = STREAMS) -> dict[tuple[str, int], str]:
    """The SHA-256 of every file that the tables of `streams` list and a token opens, by what it is and its id."""
    return {
        key: hashlib.sha256(bytes_at(account, address)).hexdigest() for key, address in _opened(account, streams, True)
    }


def refused(account: Account, streams: Iterable[str] = STREAMS) -> set[tuple[str, int]]:
    """The files that only a browser's session opens."""
    return {key for key, _ in _opened(account, streams, False)}


def _opened(account: Account, streams: Iterable[str], by_token: bool) -> Iterator[tuple[tuple[str, int], str]]:
    for key, file in _listed(account, streams):
        session_only = key[0] == "attachments" and file["content_type"] in SESSION_ONLY
        if session_only != by_token:
            yield key, file.get("download_url") or file["url"]


def _listed(account: Account, streams: Iterable[str]) -> Iterator[tuple[tuple[str, int], dict[str, Any]]]:
    for stream in streams:
        field = STREAMS[stream]
        for record in account.listing(stream):
            if record.get("status") == "trashed":
                continue
            if stream == "uploads":
                yield ("uploads", record["id"]), record
            for number, file in enumerate(record.get(field or "") or [], 1):
                more = "" if number == 1 else f" {number}"
                yield (
                    (f"{stream}{more}", record["id"]) if stream == "campfire_lines" else ("attachments", file["id"]),
                    file,
                )


class Copies(SyncingHere):
    """Syncs of an account's tables and files."""

    streams: tuple[str, ...] = ("projects", "uploads")

    @property
    def files(self) -> Path:
        return self.folder / "files"

    def copy(self, *options: str, exit_code: int = 0) -> dict[str, Any]:
        """What `--json` says of the files."""
        self.sandbox.log.clear()
        done = self.sync("--streams", ",".join(self.streams), "--files", str(self.files), "--json", *options)
        assert done.exit_code == exit_code, done.stderr
        assert "Signature" not in done.stdout + done.stderr
        self.told = done.stderr
        return dict(done.summary["files"])

    @property
    def asked(self) -> list[str]:
        """The paths that Basecamp was asked for files at in the last sync."""
        return [one.path for one in self.sandbox.log.api if re.search(r"/download/|/attachments/", one.path)]

    @property
    def rows(self) -> dict[tuple[str, int], dict[str, Any]]:
        names = STORED.split(", ")
        found = [dict(zip(names, row, strict=True)) for row in self.query(f"SELECT {STORED} FROM {self.table}")]
        return {(row["what"], row["id"]): row for row in found}

    @property
    def table(self) -> str:
        return f"{self.schema}.stored_files"

    def assert_copied(self) -> None:
        """Every file that a token opens lies there, and the table says so."""
        account, lying = self.sandbox.account, lying_in(self.files)
        whole = {key: row for key, row in self.rows.items() if row["why_not"] is None}
        assert {key: row["sha256"] for key, row in whole.items()} == copied(account, self.streams)
        assert {row["path"]: row["sha256"] for row in whole.values()} == lying


def begun(connect: Connect, folder: Path, monkeypatch: pytest.MonkeyPatch, to: str | None = None) -> Copies:
    monkeypatch.setattr(fetching, "WAITS", (0.0, 0.0))
    sandbox = connect(SIZE).sandbox
    small_uploads(sandbox.account)
    # The clock of the records is also that of the answers.
    sandbox.switches.account_time = True
    time_passes(sandbox)
    return Copies(sandbox, folder, to)


def time_passes(sandbox: Sandbox) -> None:
    """More than the second in which a record may change and be asked for."""
    for _ in range(7):
        sandbox.account.store.clock.tick()
