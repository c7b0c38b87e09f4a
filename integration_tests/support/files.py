"""Files of a sandbox's account, as they ought to be copied."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sandbox.account import Account
from sandbox.account.contents import SESSION_ONLY, file_at

STREAMS = {
    "projects": "",
    "vaults": "",
    "uploads": "description_attachments",
    "campfire_lines": "attachments",
    "messages": "content_attachments",
}
"""Streams with files, and the field of each that lists them."""
ONLY = ("--streams", ",".join(STREAMS))
SIZES = (0, 1, 70_000, 300_000)


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
