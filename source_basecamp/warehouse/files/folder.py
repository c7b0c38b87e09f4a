"""The folder of the files. Nothing is written outside of it, whatever lies in it."""

from __future__ import annotations

import fcntl
import os
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from source_basecamp.process import CommandError
from source_basecamp.warehouse.files.names import is_part, tag_in

NO_FOLDER = "The folder {path} for files cannot be used: {reason}. Name another after --files."
IN_USE = "Another sync is copying files into {path}. Wait until it is done, and run this again."

_PLAIN = os.O_NOFOLLOW | os.O_CLOEXEC
_MODE = 0o666


@dataclass(frozen=True)
class Lying:
    """A file in the folder: its path from there, its size, and when it was written last, in seconds."""

    path: str
    size: int
    written: float


@dataclass
class Contents:
    """What is in the folder, by the tags in the names. Links are not looked at."""

    files: dict[str, Lying] = field(default_factory=dict)
    parts: defaultdict[str, list[Lying]] = field(default_factory=lambda: defaultdict(list))


class Folder:
    """An open folder, of one sync at a time. Raises a CommandError where it cannot be opened or made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if path.absolute().parent.is_dir():
                path.mkdir(exist_ok=True)
            self._root = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise CommandError(NO_FOLDER.format(path=path, reason=error.strerror)) from error
        if not os.access(path, os.W_OK | os.X_OK):
            raise CommandError(NO_FOLDER.format(path=path, reason="it may not be written to"))
        self._lock()

    def close(self) -> None:
        """Leaves it to other syncs."""
        root, self._root = self._root, -1
        os.close(root)

    def _lock(self) -> None:
        """Two syncs would write into one part. A file system that has no locks is used all the same."""
        try:
            fcntl.flock(self._root, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.close()
            raise CommandError(IN_USE.format(path=self.path)) from error
        except OSError:
            pass

    def contents(self, known: Collection[str]) -> Contents:
        """All files of ours in it. Of several with one tag, that whose path is `known`: people make copies."""
        found = Contents()
        for entry in _files_below(self.path):
            tag = tag_in(entry.name)
            if tag is None:
                continue
            path = os.path.relpath(entry.path, self.path)
            # A file that vanishes meanwhile is not there; a name that is no Unicode fits into no table.
            with suppress(OSError, UnicodeError):
                about = entry.stat(follow_symlinks=False)
                path.encode()
                lying = Lying(path, about.st_size, about.st_mtime)
                if is_part(entry.name):
                    found.parts[tag].append(lying)
                elif path in known or tag not in found.files:
                    found.files[tag] = lying
        return found

    @contextmanager
    def subfolder(self, folders: Sequence[str]) -> Iterator[Subfolder]:
        """A folder below, which is made. Raises an OSError where a link, or a file, is in the way."""
        here = os.dup(self._root)
        try:
            for name in folders:
                with suppress(FileExistsError):
                    os.mkdir(name, dir_fd=here)
                below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | _PLAIN, dir_fd=here)
                os.close(here)
                here = below
            yield Subfolder(here)
        finally:
            os.close(here)


class Subfolder:
    """A folder by its descriptor: no name in it can lead elsewhere."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def open(self, name: str, start: int) -> int:
        """A descriptor of a file that is written to from `start` on; what it had behind is cut off."""
        file = os.open(name, os.O_RDWR | os.O_CREAT | _PLAIN, _MODE, dir_fd=self._descriptor)
        try:
            os.ftruncate(file, start)
            os.lseek(file, start, os.SEEK_SET)
        except BaseException:
            os.close(file)
            raise
        return file

    def read(self, name: str) -> int:
        return os.open(name, os.O_RDONLY | _PLAIN, dir_fd=self._descriptor)

    def size(self, name: str) -> int:
        """Of a file; 0 for one that is not there."""
        try:
            return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False).st_size
        except FileNotFoundError:
            return 0

    def rename(self, name: str, new: str) -> None:
        """In the place of a file of that name, if there is one."""
        os.replace(name, new, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)

    def remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._descriptor)


def _files_below(path: Path) -> Iterator[os.DirEntry[str]]:
    waiting = [str(path)]
    while waiting:
        # A folder that may not be read has nothing that is known to lie there.
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    yield entry
