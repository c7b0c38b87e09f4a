"""A file that is being written: beside its place, from where an earlier attempt stopped, until it is whole."""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus

import requests

from source_basecamp.warehouse.files.folder import Subfolder
from source_basecamp.warehouse.files.names import is_part, numbered, part_of, whole_name

WRONG_SIZE = "It has {size:,} bytes, and {listed:,} by its record."
TOO_LONG = "It has more than the {listed:,} bytes of its record."
FULL = (errno.ENOSPC, errno.EDQUOT)
"""The errors of a disk that is full."""

_TOTAL = re.compile(r"bytes (\d+)-\d+/(\d+)")
_CHUNK = 1 << 20


class OddFileError(Exception):
    """A file that another attempt does not bring: the next sync asks again.

    It is not as large as its record says, because it was replaced in the meantime or the record is wrong; or Basecamp
    answered with a status that is not known here.
    """


class Draft:
    """A file that is being written, beside its place until it is whole."""

    def __init__(self, subfolder: Subfolder, path: tuple[str, ...], size: int | None) -> None:
        self._subfolder, self._path, self._size = subfolder, path, size
        self._name, self._fingerprint = path[-1], ""
        self.received = 0
        """Bytes of all attempts."""
        if is_part(path[-1]):
            self._name, self._fingerprint = whole_name(path[-1])

    @property
    def _part(self) -> str:
        return part_of(self._name, self._fingerprint)

    @property
    def start(self) -> int:
        """Where the next attempt goes on: at the last byte of a part, so that there always is one to ask for."""
        there = self._subfolder.size(self._part) if self._fingerprint else 0
        return min(there, self._size) - 1 if there and self._size else 0

    def continues(self, answer: requests.Response) -> bool:
        """Whether an answer is of this file, from where the part ends. A whole one begins anew."""
        if answer.status_code == HTTPStatus.OK:
            self.begin(answer)
            return True
        found = _TOTAL.fullmatch(answer.headers.get("Content-Range", ""))
        return (
            answer.status_code == HTTPStatus.PARTIAL_CONTENT
            and found is not None
            and (int(found[1]), int(found[2])) == (self.start, self._size)
            and _fingerprint(answer) == self._fingerprint
        )

    def begin(self, answer: requests.Response) -> None:
        """Begins anew. Raises an OddFileError for a file of another size than its record has."""
        length = answer.headers.get("Content-Length", "")
        if self._size is not None and length.isdigit() and int(length) != self._size:
            raise OddFileError(WRONG_SIZE.format(size=int(length), listed=self._size))
        fingerprint = _fingerprint(answer)
        if fingerprint != self._fingerprint:
            self.forget()
        self._fingerprint = fingerprint
        if self._subfolder.size(self._part):
            self._subfolder.remove(self._part)

    def forget(self) -> None:
        """Removes the part."""
        if self._fingerprint:
            self._subfolder.remove(self._part)
        self._fingerprint = ""

    def write(self, arriving: Iterable[bytes], arrived: Callable[[int], None]) -> None:
        """Raises an OddFileError as soon as there is more than the record says: a storage may send without an end."""
        there = self.start
        file = self._subfolder.open(self._part, there)
        try:
            for chunk in arriving:
                there += len(chunk)
                if self._size is not None and there > self._size:
                    self.forget()
                    raise OddFileError(TOO_LONG.format(listed=self._size))
                _write_all(file, chunk)
                self.received += len(chunk)
                arrived(len(chunk))
        except OSError as error:
            if error.errno in FULL:
                # The tables are on the same disk, as likely as not.
                self._subfolder.remove(self._part)
            raise
        finally:
            os.close(file)

    def finish(self, asked_at: datetime) -> tuple[str, int, str]:
        """Gives the file its name, and returns its path, its size and its SHA-256.

        Its time is when it was asked for, which a sync that is killed now cannot write into its row.
        """
        file = self._subfolder.read(self._part)
        try:
            size, digest = digest_of(file)
            if self._size not in (None, size):
                self.forget()
                raise OddFileError(WRONG_SIZE.format(size=size, listed=self._size))
            os.utime(file, (asked_at.timestamp(), asked_at.timestamp()))
            os.fsync(file)
        finally:
            os.close(file)
        name = self._take_place()
        return "/".join((*self._path[:-1], name)), size, digest

    def _take_place(self) -> str:
        """Gives the part its name, or another if a folder has that. It stays: the file is found by the id in it."""
        name, number = self._name, 1
        while True:
            try:
                self._subfolder.rename(self._part, name)
                return name
            except IsADirectoryError:
                number += 1
                name = numbered(self._name, number)


def digest_of(file: int) -> tuple[int, str]:
    """The size of an open file and its SHA-256, in hexadecimal digits."""
    digest, size = sha256(), 0
    while chunk := os.read(file, _CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest()


def _write_all(file: int, chunk: bytes) -> None:
    left = memoryview(chunk)
    while left:
        left = left[os.write(file, left) :]


def _fingerprint(answer: requests.Response) -> str:
    """Of the version of a file: without a tag of it, no part is ever gone on with."""
    tag = answer.headers.get("ETag") or f"{time.time_ns()}"
    return sha256(tag.encode()).hexdigest()[:8]
