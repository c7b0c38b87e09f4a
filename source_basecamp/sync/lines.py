"""Records of a stream as they came, one JSON line each, in a file: what waits for the database takes no memory."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from source_basecamp.sync.fitting import fitted
from source_basecamp.sync.tables import Table

_BUFFER_BYTES = 128 * 1024


class Lines:
    """A file of lines, of which another thread takes care once it is closed."""

    def __init__(self, path: Path, before: int) -> None:
        self.path = path
        self.before = before
        """How many records came before these."""
        self.count = 0
        self.bytes = 0
        self.longest = 0
        """Bytes of the longest line."""
        self._file: BinaryIO | None = None

    def add(self, line: bytes) -> None:
        if self._file is None:
            self._file = self.path.open("wb", _BUFFER_BYTES)
        self._file.write(line)
        self.count += 1
        self.bytes += len(line)
        self.longest = max(self.longest, len(line))

    def close(self) -> None:
        """Makes the file whole. There is one even where nothing came."""
        (self._file or self.path.open("wb")).close()

    def fit(self, table: Table) -> None:
        """Moves what no column can hold out of the way."""
        with self.path.open("rb") as file:
            lines = [fitted(line, table) for line in file]
        self.path.write_bytes(b"".join(lines))
        self.longest = max(map(len, lines), default=0)
