"""Pages of a listing: the first ones are small, from the fourth on they hold a hundred records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from sandbox.server.answers import Answer, json_answer

_LENGTHS = (15, 30, 50, 100)


def page_bounds(page: int) -> tuple[int, int]:
    """The positions `[start, stop)` of a page, counted from 1."""
    start = sum(_LENGTHS[: page - 1]) + max(page - 1 - len(_LENGTHS), 0) * _LENGTHS[-1]
    return start, start + _LENGTHS[min(page, len(_LENGTHS)) - 1]


def page_number(query: Mapping[str, str]) -> int:
    """The page asked for; anything that is not a positive number is the first."""
    asked = query.get("page", "")
    return max(int(asked), 1) if asked.isdecimal() else 1


def page_answer(request: Request, records: list[dict[str, Any]], total: int, stop: int) -> Answer:
    """A page that ends before `stop`, of a listing of `total` records.

    The Link header has the address of the next page, with every other parameter kept.
    """
    headers = {"x-total-count": str(total)}
    if stop < total:
        query = dict(request.query_params)
        following = urlencode({**query, "page": page_number(query) + 1})
        origin = f"http://{request.headers.get('host', '')}"
        headers["link"] = f'<{origin}{request.url.path}?{following}>; rel="next"'
    return json_answer(records, headers=headers)
