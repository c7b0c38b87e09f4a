"""Files of a sandbox's account, as they ought to be copied."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.account import Account
from sandbox.account.contents import file_at

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
