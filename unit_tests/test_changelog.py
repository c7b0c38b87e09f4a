"""CHANGELOG.md is what the release and the page take it for."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

from tools.changelog import CHANGELOG, ROOT, notes, releases

VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
RELEASES = releases(CHANGELOG.read_text())


def test_the_changelog_begins_with_the_version() -> None:
    assert RELEASES[0].version == VERSION


def test_the_changelog_has_each_version_once_and_the_newest_first() -> None:
    numbers = [tuple(map(int, release.version.split("."))) for release in RELEASES]
    assert numbers == sorted(set(numbers), reverse=True)
    dates = [date.fromisoformat(release.date) for release in RELEASES]
    assert dates == sorted(dates, reverse=True)


def test_a_heading_of_the_changelog_without_its_date_is_refused() -> None:
    with pytest.raises(ValueError, match="## VERSION - DATE"):
        releases("# Changelog\n\n## 1.0.0\n\n- All of it.\n")


def test_the_notes_of_a_release_are_its_section_without_the_heading() -> None:
    one, two = releases("# Changelog\n\n## 1.1.0 - 2027-01-02\n\n- More.\n\n## 1.0.0 - 2026-11-21\n\n- All of it.\n")
    assert (one.version, one.date, one.notes) == ("1.1.0", "2027-01-02", "- More.")
    assert (two.version, two.date, two.notes) == ("1.0.0", "2026-11-21", "- All of it.")


def test_what_is_not_released_is_no_release() -> None:
    (one,) = releases("# Changelog\n\n## Unreleased\n\n- More.\n\n## 1.0.0 - 2026-11-21\n\n- All of it.\n")
    assert one.version == "1.0.0"


def test_a_tag_is_described_by_the_newest_section() -> None:
    assert notes(f"v{VERSION}") == RELEASES[0].notes


@pytest.mark.parametrize("tag", ["v0.0.1", "1.0.0", "vnext"])
def test_a_tag_of_another_version_than_the_package_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match=f"The tag is {tag}, and the version in pyproject.toml is"):
        notes(tag)
