"""The names of files are fit for every file system, and have what tells files apart."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from source_basecamp.warehouse.files.names import (
    DEEPEST,
    LONGEST,
    is_part,
    part_of,
    path_of,
    safe,
    tag_in,
    whole_name,
)

RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10))}
TAGS = st.sampled_from(["1", "9007199254740993", "12-1", "12-2", "a7"])
NASTY = st.text(st.sampled_from('./\\\0 ~:*?"<>|-CONul1é\u0301\u202e\u2028💾ß'), max_size=300) | st.text(max_size=300)


@settings(max_examples=300)
@given(st.lists(NASTY, max_size=12), NASTY, TAGS)
def test_every_part_of_a_path_is_safe_everywhere(folders: list[str], name: str, tag: str) -> None:
    path = path_of(folders, name, tag)
    assert len(path) <= DEEPEST + 2
    for part in path:
        assert 0 < len(part.encode()) <= LONGEST
        assert not set(part) & set('/\\:*?"<>|\0')
        assert not any(unicodedata.category(sign) in ("Cc", "Cs") for sign in part)
        assert part.strip(" .") == part
        assert part.partition(".")[0].upper() not in RESERVED
    assert tag_in(path[-1]) == tag
    assert not is_part(path[-1])
    assert len(part_of(path[-1], "01234567").encode()) <= LONGEST


@given(NASTY, TAGS)
def test_a_part_has_the_name_that_it_will_get(name: str, tag: str) -> None:
    (whole,) = path_of((), name, tag)
    part = part_of(whole, "0123abcd")
    assert is_part(part)
    assert tag_in(part) == tag
    assert whole_name(part) == (whole, "0123abcd")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("contract.pdf", "contract (7).pdf"),
        ("archive.tar.gz", "archive.tar (7).gz"),
        ("no extension", "no extension (7)"),
        (".hidden", "hidden (7)"),
        ("x.part", "x (7).part"),
        ("", "file (7)"),
        ("..", "file (7)"),
        ("nul.tar.gz", "nul_.tar (7).gz"),
        ("Grüße 💾.txt", "Grüße 💾 (7).txt"),
    ],
)
def test_a_name_stays_what_people_know(name: str, written: str) -> None:
    assert path_of((), name, "7") == (written,)


def test_what_looks_the_same_is_written_the_same() -> None:
    assert safe("e\u0301", 80) == "é"


@pytest.mark.parametrize("name", ["notes.txt", "contract (final).pdf", "x (7).deadbeef.pdf", ".DS_Store", "(7)"])
def test_files_of_others_are_none_of_ours(name: str) -> None:
    assert tag_in(name) is None
