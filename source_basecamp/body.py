"""The JSON of an answer, as the schemas declare it: what Basecamp seldom sends otherwise is looked for in its bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

PEOPLE = frozenset(
    {
        *("approver", "assignees", "booster", "completion_subscribers", "creator", "participants", "performed_by"),
        *("person", "sample", "subscribers"),
    }
)
"""The fields in which people stand. Elsewhere, a person is told by its `personable_type`."""

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F][\da-fA-F]{2})|.)", re.DOTALL
)
"""A pair of surrogates, half of one (group 1), or any other escape: read in this order, none begins inside another."""

_TEXT_AS_ID = re.compile(rb'"id":\s*"')
_DIGITS_AS_ZERO = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER = b"0" * 19


class Body(NamedTuple):
    """A parsed body."""

    value: Any
    halves: int = 0
    """Halves of characters, such as of an emoji, for each of which U+FFFD stands."""
    attributes: Mapping[str, str] = {}
    """Of the root element, in XML."""


def parsed(content: bytes) -> Body:
    """Parses a body. Raises orjson.JSONDecodeError if it is not JSON."""
    halves = 0
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        content, halves = _without_halves(content)
        if not halves:
            raise
        value = orjson.loads(content)
    if _LONG_NUMBER in content.translate(_DIGITS_AS_ZERO):
        # orjson makes a float of an integer of more than 64 bits.
        value = json.loads(content)
    if _TEXT_AS_ID.search(content):
        _number_people(value)
    return Body(value, halves)


def _without_halves(content: bytes) -> tuple[bytes, int]:
    halves = 0

    def whole(escape: re.Match[bytes]) -> bytes:
        nonlocal halves
        halves += bool(escape[1])
        return rb"\ufffd" if escape[1] else escape[0]

    return _ESCAPE.sub(whole, content), halves


def _number_people(node: Any, field: str = "") -> None:
    """Makes the id of each person the integer that it is declared as. One that is no number goes to `system_label`."""
    if isinstance(node, list):
        for one in node:
            _number_people(one, field)
    elif isinstance(node, dict):
        id = node.get("id")
        if isinstance(id, str) and (field in PEOPLE or "personable_type" in node):
            if id.isascii() and id.isdigit():
                node["id"] = int(id)
            else:
                node["id"], node["system_label"] = None, id
        for name, value in node.items():
            _number_people(value, name)
