"""Basecamp's own clock, beyond which no cursor goes.

A record may be dated in the future: by a mistake in an import, or because it is time entered for next week. As a
cursor, such a date would hide every change until it has come.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from airbyte_cdk.utils.datetime_helpers import ab_datetime_parse

_FORMATS = {"updated_at": "%Y-%m-%dT%H:%M:%S.000Z", "created_at": "%Y-%m-%dT%H:%M:%S.000Z", "date": "%Y-%m-%d"}
"""By the field of a cursor. A `date` is a day on which somebody worked."""

_TOLERANCE = timedelta(minutes=1)
"""Basecamp's servers need not agree to the second."""


def held_back(state: Mapping[str, Any], began: datetime, now: datetime) -> dict[str, Any]:
    """A stream's state without cursors that are later than `now`: a time before `began` stands in place of each.

    Both are times by Basecamp's `Date` headers: of the first answer of this sync, and of the last.
    """

    def value(name: str, node: Any) -> Any:
        if isinstance(node, list):
            return [value(name, one) for one in node]
        if isinstance(node, Mapping):
            return held_back(node, began, now)
        if name in _FORMATS and ab_datetime_parse(node) > now + _TOLERANCE:
            return (began - _TOLERANCE).strftime(_FORMATS[name])
        return node

    return {name: value(name, node) for name, node in state.items()}
