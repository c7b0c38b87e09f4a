"""The bytes of files, by the address in a record. They follow from the address and the size: none is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any
from urllib.parse import urlsplit

from sandbox.account.listings import is_forbidden
from sandbox.account.recordings import render
from sandbox.account.records import Record
from sandbox.account.store import AccountStore

_ADDRESS = re.compile(r"/(?:buckets/\d+/uploads|attachments)/(\d+)(?:/.*)?|/blobs/\w+/download/(\d+)")
_PERIOD = 65_521
"""Bytes after which they come again: a prime, so that a wrong position shows."""
_CHUNK = 1 << 16
_OWNERS = 1_000_000_007
"""What the ids of attachments keep of their record's id; see `texts.attachments`."""
SESSION_ONLY = ("text/csv",)
"""Types of rich text's attachments that are served to a browser's session only."""


class FileBytes:
    """The bytes of a file from `start` to `stop`, made up when they are read."""

    def __init__(self, seed: str, start: int, stop: int) -> None:
        self.seed, self.start, self.stop = seed, start, max(start, stop)

    def __len__(self) -> int:
        return self.stop - self.start

    def __getitem__(self, part: slice) -> FileBytes:
        start, stop, _ = part.indices(len(self))
        return FileBytes(self.seed, self.start + start, self.start + stop)

    def __bytes__(self) -> bytes:
        return b"".join(self)

    def __iter__(self) -> Iterator[bytes]:
        """The bytes in chunks."""
        twice = _repeated(self.seed)
        for position in range(self.start, self.stop, _CHUNK):
            offset = position % _PERIOD
            yield twice[offset : offset + min(_CHUNK, self.stop - position)]


@dataclass(frozen=True)
class File:
    """A file that is served, or why it is not."""

    body: FileBytes
    content_type: str
    refusal: int = 0
    """The status in place of an address, if the token does not open it: 302 leads to a page to sign in."""


def file_at(store: AccountStore, path: str) -> File | None:
    """The file of a download address, without the account in front. Hold the account's lock."""
    found = _ADDRESS.fullmatch(path)
    if found is None:
        return None
    for id in _owners(found):
        recording = store.feeds.find(id)
        if recording is None or recording.project.status == "trashed" or recording.status == "deleted":
            continue
        record = render(recording, store.context)
        if record.get("app_download_url", "").endswith(path):
            return _file(path, record, 302)
        for listed in (record, *_attached(record)):
            if _is_at(listed, path):
                refusal = 302 if listed is not record and _session_only(listed) else 0
                forbidden = is_forbidden(store, recording.project, id)
                return _file(path, listed, 403 if forbidden else refusal)
    return None


def _owners(found: re.Match[str]) -> list[int]:
    """The ids of the records whose file it may be."""
    if found[1]:
        return [int(found[1])]
    rest = int(found[2]) // 10
    large = 2**53 // _OWNERS
    return [rest + times * _OWNERS for times in (0, 1, 2, large, large + 1)]


def _attached(record: Record) -> list[Any]:
    lists = (record.get(key) or [] for key in ("attachments", "content_attachments", "description_attachments"))
    return [each for attached in lists for each in attached]


def _is_at(listed: Record, path: str) -> bool:
    if "byte_size" not in listed:
        return False
    address = listed.get("download_url") or listed.get("url") or ""
    return urlsplit(address).path.partition("/")[2].partition("/")[2] == path[1:]


def _session_only(attachment: Record) -> bool:
    return "sgid" in attachment and attachment["content_type"] in SESSION_ONLY


def _file(path: str, listed: Record, refusal: int) -> File:
    size = listed["byte_size"] or 0
    return File(FileBytes(f"{path} {size}", 0, size), listed["content_type"], refusal)


@lru_cache(16)
def _repeated(seed: str) -> bytes:
    return Random(seed).randbytes(_PERIOD) * 3
