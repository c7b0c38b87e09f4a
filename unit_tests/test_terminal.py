"""Tables fit a narrow terminal, and what is read in them is not cut."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest

from source_basecamp.catalog import all_streams
from source_basecamp.terminal import Screen, print_table

NAMES = [stream.name for stream in all_streams()]
FIGURES = ("new", "changed", "trashed", "removed", "requests", "time")
NUMBERS = [("0", "1,234", "12", "0", "12,345", "1,234.5 s"), ("123,456", "0", "0", "0", "3", "3.5 s")]


def lines(columns: int, headings: Sequence[str], rows: list[tuple[str, ...]], right: Sequence[str] = ()) -> list[str]:
    out = io.StringIO()
    print_table(headings, rows, right, Screen(file=out, width=columns, force_terminal=True, color_system=None))
    return out.getvalue().splitlines()


@pytest.mark.parametrize("columns", [60, 66, 80])
@pytest.mark.parametrize("figures", NUMBERS)
@pytest.mark.parametrize("removed", [False, True])
def test_the_summary_of_a_sync_fits(columns: int, figures: tuple[str, ...], removed: bool) -> None:
    kept = [number for number, name in enumerate(FIGURES) if removed or name != "removed"]
    headings = [FIGURES[number] for number in kept]
    values = [figures[number] for number in kept]
    shown = lines(columns, ("stream", *headings), [(name, *values) for name in NAMES], headings)
    assert max(map(len, shown)) <= columns
    heads = len(shown) - len(NAMES)
    assert heads <= 2
    assert [line.split()[0] for line in shown[heads:]] == NAMES
    assert all(value in line for value in values for line in shown[heads:])


@pytest.mark.parametrize("columns", [80, 200])
def test_words_are_folded_between_them(columns: int) -> None:
    rows = [(stream.name, stream.sync_words, ", ".join(stream.key), stream.cost) for stream in all_streams()]
    shown = lines(columns, ("stream", "sync", "key", "requests"), rows)
    assert max(map(len, shown)) <= columns
    words = {word for line in shown for word in line.split()}
    assert {word for row in rows for cell in row for word in cell.split()} <= words


def test_the_name_of_a_stream_is_whole_beside_long_words() -> None:
    shown = lines(60, ("stream", "note"), [(name, f"/{'9' * 70}.json is gone") for name in NAMES])
    assert max(map(len, shown)) <= 60
    assert {line.split()[0] for line in shown if not line.startswith(" ")} == {"stream", *NAMES}
