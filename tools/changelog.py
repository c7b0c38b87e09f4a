"""Reads CHANGELOG.md, whose headings are `## VERSION - DATE`, after one `## Unreleased` at most.

`python -m tools.changelog v1.0.0` prints the notes of the release that a tag stands for.
"""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
CHANGELOG = ROOT / "CHANGELOG.md"


@dataclass(frozen=True)
class Release:
    """A section of the changelog."""

    version: str
    date: str
    """The day of the release, as `2026-11-21`."""
    notes: str
    """Markdown."""


def releases(text: str) -> list[Release]:
    """All releases, newest first as they stand. Raises ValueError for a heading of another form."""
    _, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    if sections and sections[0].startswith("Unreleased\n"):
        del sections[0]
    return [_release(*section.split("\n", 1)) for section in sections]


def _release(heading: str, notes: str) -> Release:
    found = re.fullmatch(r"(\d+\.\d+\.\d+) - (\d{4}-\d{2}-\d{2})", heading)
    if not found:
        raise ValueError(f"CHANGELOG.md has a heading that is not `## VERSION - DATE`: {heading}")
    return Release(found[1], found[2], notes.strip())


def notes(tag: str) -> str:
    """The notes of the release of a tag. Raises ValueError where the tag or the changelog has another version."""
    version = str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
    if tag != f"v{version}":
        raise ValueError(f"The tag is {tag}, and the version in pyproject.toml is {version}: tag it v{version}.")
    newest = releases(CHANGELOG.read_text())[0]
    if newest.version != version:
        raise ValueError(f"CHANGELOG.md begins with {newest.version}, and the version in pyproject.toml is {version}.")
    return newest.notes


def main() -> None:
    (tag,) = sys.argv[1:]
    try:
        print(notes(tag))
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
