"""Reads CHANGELOG.md, whose headings are `## VERSION - DATE`. `python -m tools.changelog VERSION` prints its notes."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

CHANGELOG = Path(__file__).parent.parent / "CHANGELOG.md"


@dataclass(frozen=True)
class Release:
    """A section of the changelog."""

    version: str
    date: str
    """The day of the release, as `2026-11-21`."""
    notes: str
    """Markdown."""


def releases(text: str) -> list[Release]:
    """All sections, newest first as they stand. Raises ValueError for a heading of another form."""
    _, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    return [_release(*section.split("\n", 1)) for section in sections]


def _release(heading: str, notes: str) -> Release:
    found = re.fullmatch(r"(\d+\.\d+\.\d+) - (\d{4}-\d{2}-\d{2})", heading)
    if not found:
        raise ValueError(f"CHANGELOG.md has a heading that is not `## VERSION - DATE`: {heading}")
    return Release(found[1], found[2], notes.strip())


def main() -> None:
    (version,) = sys.argv[1:]
    notes = [release.notes for release in releases(CHANGELOG.read_text()) if release.version == version]
    if not notes:
        sys.exit(f"CHANGELOG.md has no section for version {version}.")
    print(notes[0])


if __name__ == "__main__":
    main()
