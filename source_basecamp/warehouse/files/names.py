"""The path of a file in the folder: as people know it, safe on every file system, and told apart by the id in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from pathvalidate import sanitize_filename

PART = ".part"
"""What the name of a file that is not whole ends in."""
LONGEST = 140
"""Bytes of a name, in UTF-8. Some file systems take no more."""
DEEPEST = 8
"""Folders below that of the project: deeper ones are left out."""

_LONGEST_FOLDER = 80
_LONGEST_SUFFIX = 16
_FINGERPRINT = 9
_UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
"""Categories of characters that a name does not have: controls, halves of characters, line ends."""
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Controls by which `exe.gpj` looks like `jpg.exe`."""
_TAG = re.compile(r" \(((?:\d+|a\d+)(?:-\d+)?)\)(?:\.\w+)?$", re.ASCII)
_PARTIAL = re.compile(r"\.[0-9a-f]{8}\.part$")


def path_of(folders: Iterable[str], name: str, tag: str) -> tuple[str, ...]:
    """The folders and the name of a file. `tag` has its id: names are unique even where case does not count."""
    above = [safe(folder, _LONGEST_FOLDER) or "_" for folder in folders]
    return (*above[: DEEPEST + 1], _file_name(name, tag))


def tag_in(name: str) -> str | None:
    """The tag in the name of a file, or of a part of one; None for a file that is not ours."""
    found = _TAG.search(_PARTIAL.sub("", name))
    return found[1] if found else None


def part_of(name: str, fingerprint: str) -> str:
    """The name of a part of a file. `fingerprint` tells the versions of its content apart: 8 hexadecimal digits."""
    return f"{name}.{fingerprint}{PART}"


def numbered(name: str, number: int) -> str:
    """Another name of the same file: `plan (123).pdf` becomes `plan 2 (123).pdf`."""
    return _TAG.sub(rf" {number}\g<0>", name)


def is_part(name: str) -> bool:
    """Whether it is the name of a part."""
    return _PARTIAL.search(name) is not None


def whole_name(part: str) -> tuple[str, str]:
    """The name and the fingerprint in the name of a part."""
    name, _, fingerprint = part.removesuffix(PART).rpartition(".")
    return name, fingerprint


def safe(text: str, longest: int) -> str:
    """A name that every file system takes, of so many bytes at most; empty if nothing is left."""
    composed = unicodedata.normalize("NFC", text)
    seen = "".join(" " if unicodedata.category(sign) in _UNSEEN else sign for sign in composed)
    named = str(sanitize_filename(_DIRECTIONS.sub("", seen), "_", platform="universal")).strip(" .")
    cut = named.encode()[:longest].decode("utf-8", "ignore").strip(" .")
    # A cut may leave what Windows reserves.
    return str(sanitize_filename(cut, "_", platform="universal")).strip(" .")


def _file_name(name: str, tag: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    if not stem or not suffix.isascii() or not suffix.isalnum() or len(suffix) > _LONGEST_SUFFIX:
        stem, dot, suffix = name, "", ""
    rest = f" ({tag}){dot}{suffix}"
    room = LONGEST - len(rest) - len(PART) - _FINGERPRINT
    # With its tag behind: what Windows reserves ends at the first dot.
    return f"{safe(stem, room) or 'file'}{rest}"
