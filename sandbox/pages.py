"""Geared paging: the first pages are small, from the fourth on they hold a hundred."""

from __future__ import annotations

from urllib.parse import urlencode

_GEARS = (15, 30, 50, 100)


def page_bounds(page: int) -> tuple[int, int]:
    """The positions `[start, stop)` of a page, counted from 1."""
    start = sum(_GEARS[: page - 1]) + max(page - 1 - len(_GEARS), 0) * _GEARS[-1]
    return start, start + _GEARS[min(page, len(_GEARS)) - 1]


def page_number(query: dict[str, str]) -> int:
    """The page asked for; anything that is not a positive number is the first."""
    asked = query.get("page", "")
    return max(int(asked), 1) if asked.isdecimal() else 1


def next_link(origin: str, path: str, query: dict[str, str], page: int) -> str:
    """The Link header to the page after `page`, every other parameter kept."""
    return f'<{origin}{path}?{urlencode({**query, "page": page + 1})}>; rel="next"'
