"""Validates a configuration before any request, and puts its values into one form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, cast

import pendulum

from source_basecamp.problems import config_error
from source_basecamp.product import product_named

SECRETS = ("client_id", "client_secret", "client_refresh_token_2")
_REQUIRED = (*SECRETS, "account_id")

_ADDRESS = re.compile(
    r"(?:https?://)?(?:3\.basecamp\.com|app\.basecamp\.com|3\.basecampapi\.com)/(?P<account>\d+)"
    r"(?:/(?:projects|buckets)/(?P<project>\d+))?(?:[/.?#].*)?",
    re.ASCII,
)
"""Of a page in Basecamp, or of its API: people copy it whole."""


class BadValueError(ValueError):
    """Its text says what a field has to be."""


def normalised(config: Mapping[str, Any]) -> dict[str, Any]:
    """`config` with its values in the one form that the manifest uses. Invalid values stay as they are."""
    result = _given(config)
    for field in _READERS.keys() & result.keys():
        with suppress(BadValueError):
            result[field] = _READERS[field](result[field])
    if not result.get("project_ids"):
        result.pop("project_ids", None)
    if not _is_moment(result.get("token_expiry_date")):
        # Written by the connector: drop an invalid value, and the token is refreshed.
        result.pop("token_expiry_date", None)
    return result


def require_valid(config: Mapping[str, Any]) -> None:
    """Raises a config_error that names every field at fault."""
    given = _given(config)
    faults = [fault for field in (*SECRETS, *_READERS) if (fault := _fault(given, field))]
    if faults:
        raise config_error(" ".join(faults))


def _given(config: Mapping[str, Any]) -> dict[str, Any]:
    """What is set in `config`, without blanks around it: secrets are pasted, and forms send "" for a cleared field."""
    values = {field: value.strip() if isinstance(value, str) else value for field, value in config.items()}
    return {
        field: value for field, value in values.items() if value is not None and (value != "" or field in _REQUIRED)
    }


def _fault(config: Mapping[str, Any], field: str) -> str | None:
    value = config.get(field)
    if value is None:
        return f"'{field}' is missing: {_REMEDIES[field]}" if field in _REQUIRED else None
    if field in SECRETS:
        good = isinstance(value, str) and value
        return None if good else f"'{field}' is empty or not a text: {_REMEDIES[field]}"
    try:
        _READERS[field](value)
    except BadValueError as error:
        return f"'{field}' {error}: {_REMEDIES[field]}"
    return None


def _account_id(value: Any) -> int:
    """Also accepts `123.0` and `"123"`, as spreadsheets and templates write it, and an address in the account."""
    whole = _whole_number(_in_address(value, "account"))
    if whole is None or whole < 1:
        raise BadValueError("has to be a whole number above zero")
    return whole


def _start_date(value: Any) -> str:
    if not _is_moment(value) or not value[:4].isdigit():
        raise BadValueError("is not a date")
    moment = cast(pendulum.DateTime, pendulum.parse(value))
    if moment > pendulum.now("UTC"):
        # It would be saved as the state, and hide everything until then.
        raise BadValueError("lies in the future")
    # In the format of the manifest's cursor. Not by strftime, which writes the year 1 as one digit.
    return f"{moment.in_timezone('UTC').isoformat()[:19]}Z"


def _is_moment(value: Any) -> bool:
    try:
        return isinstance(value, str) and isinstance(pendulum.parse(value), pendulum.DateTime)
    except (ValueError, OverflowError):
        return False


def _project_ids(value: Any) -> list[int]:
    whole = [_whole_number(_in_address(each, "project")) for each in value] if isinstance(value, list) else [None]
    ids = [each for each in whole if each]
    if len(ids) != len(whole):
        raise BadValueError("has to be a list of whole numbers above zero")
    return ids


def _product(value: Any) -> str:
    product = product_named(value)
    if product is None:
        raise BadValueError("has to be 'bc3' or 'classic'")
    return product


def _between(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        whole = _whole_number(value)
        if whole is None or not least <= whole <= most:
            raise BadValueError(f"has to be a whole number from {least} to {most:,}")
        return whole

    return read


def _in_address(value: Any, part: str) -> Any:
    """The number of the account or the project where `value` is an address in Basecamp; otherwise `value`."""
    address = _ADDRESS.fullmatch(value.strip()) if isinstance(value, str) else None
    return address[part] if address else value


def _whole_number(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    digits = str(value).strip().removesuffix(".0")
    # Python refuses to read a number of thousands of digits, and no field holds one.
    return int(digits) if len(digits) < 20 and digits.isascii() and digits.isdigit() else None


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "account_id": _account_id,
    "start_date": _start_date,
    "project_ids": _project_ids,
    "lookback_minutes": _between(0, 525_600),
    "num_workers": _between(1, 10),
    "timesheet_lookback_days": _between(0, 3_660),
    "product": _product,
}

_REMEDIES = {
    "account_id": "take the number behind https://3.basecamp.com/ in the address of your Basecamp. "
    "For Basecamp Classic, `source-basecamp login` finds it.",
    "start_date": "write a day or moment in the past, such as 2026-01-31 or 2026-01-31T00:00:00Z, or leave it out.",
    "project_ids": "take the number behind /projects/ in each project's address, or leave it out to read all.",
    "client_id": "copy it from your integration at https://launchpad.37signals.com/integrations.",
    "client_secret": "copy it from your integration at https://launchpad.37signals.com/integrations.",
    "client_refresh_token_2": "authorise your integration, and copy the refresh token that Launchpad returns.",
    "lookback_minutes": "leave it out for the default of 10.",
    "num_workers": "leave it out for the default of 4.",
    "timesheet_lookback_days": "leave it out for the default of 60.",
    "product": "take 'classic' for Basecamp Classic (SITE.basecamphq.com), or leave it out for Basecamp 3, 4 or 5.",
}
