"""Checks of the configuration: its file and options, its tokens, and its account."""

from __future__ import annotations

import shlex
import stat
from collections.abc import Mapping
from typing import Any

import pendulum
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.catalog import resolved_manifest
from source_basecamp.connection import ROTATED, UNKEPT, UnsavedError
from source_basecamp.doctor.findings import CheckupContext, Finding, State, failure, ok, warning
from source_basecamp.launchpad import find_account, why_unreadable
from source_basecamp.product import product_of

UNKNOWN_OPTIONS = "Unknown options, ignored: {names}."
ANSWERS = "{account.name} ({account.id}) is a {account.product_name} account, and answers."
IS_CLASSIC = "{account.name} ({account.id}) is a {account.product_name} account, at {account.href}."
DAY = 86_400
_GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def configuration(context: CheckupContext) -> Finding:
    """Whether the file exists and is valid, and which options it sets."""
    config = context.connection.config
    known = resolved_manifest()["spec"]["connection_specification"]["properties"]
    shown = [_shown(key, value, known[key]) for key, value in config.items() if key in known]
    detail = f"{context.path} is valid. It sets {', '.join(shown)}."
    if unknown := [f"'{key}'" for key in config if key not in known]:
        options = ", ".join(key for key, option in known.items() if not option.get("airbyte_hidden"))
        return warning(f"{detail} {UNKNOWN_OPTIONS.format(names=', '.join(unknown))}", f"The options are {options}.")
    return ok(detail)


def file_mode(context: CheckupContext) -> Finding:
    """Whether only its owner can read the file."""
    try:
        mode = stat.S_IMODE(context.path.stat().st_mode)
    except OSError:
        return Finding(State.SKIPPED, f"There is no file {context.path}.")
    if mode & _GROUP_AND_OTHERS:
        detail = f"{context.path} holds secrets, and others on this machine may use it (mode {mode:04o})."
        return warning(detail, f"chmod 600 {shlex.quote(str(context.path))}")
    return ok(f"Only you can read {context.path} (mode {mode:04o}).")


def _shown(key: str, value: Any, option: Mapping[str, Any]) -> str:
    if option.get("airbyte_secret") or option.get("airbyte_hidden"):
        return key
    return f"{key} ({', '.join(map(str, value)) if isinstance(value, list) else value})"


def token(context: CheckupContext) -> Finding:
    """Whether Launchpad accepts the kept access token or gives a new one; its user, and how long it is valid."""
    before = dict(context.connection.config)
    try:
        unsaved = _authorise(context)
    except AirbyteTracedException as error:
        again = error.failure_type == FailureType.config_error
        return failure(str(error.message), _login_again(context) if again else "")
    config = context.connection.config
    if unsaved and config["client_refresh_token_2"] != before["client_refresh_token_2"]:
        return failure(f"{ROTATED} {unsaved}", _login_again(context))
    kind = "The kept" if config.get("access_token") == before.get("access_token") else "A new"
    detail = f"{kind} access token of {context.login} works for another {_time_left(config)}."
    return warning(f"{detail} {unsaved}", UNKEPT) if unsaved else ok(detail)


def account(context: CheckupContext) -> Finding:
    """Whether the account belongs to the login, is of the configured product, and can be read."""
    found = _account(context, ANSWERS)
    if found.state is State.OK:
        _ = context.survey.project_ids
    return found


def classic_account(context: CheckupContext) -> Finding:
    """Whether the account belongs to the login and is of Classic. Its site is asked later."""
    return _account(context, IS_CLASSIC)


def _account(context: CheckupContext, told: str) -> Finding:
    config = context.connection.config
    wanted = config["account_id"], context.login.accounts, product_of(config)
    named = find_account(*wanted)
    if why := why_unreadable(*wanted):
        others = f"`source-basecamp accounts --config {shlex.quote(str(context.path))}` lists them."
        return failure(why, "" if named and named.readable else others)
    return ok(told.format(account=named))


def _authorise(context: CheckupContext) -> str:
    """Requests the login. Returns why a new access token could not be saved, or an empty text."""
    try:
        _ = context.login
    except UnsavedError as error:
        _ = context.login
        return str(error)
    return ""


def _login_again(context: CheckupContext) -> str:
    return f"source-basecamp login --config {shlex.quote(str(context.path))}"


def _time_left(config: dict[str, str]) -> str:
    ends = pendulum.parse(config["token_expiry_date"])
    seconds = (ends - pendulum.now("UTC")).total_seconds()  # type: ignore[operator]
    if seconds > 2 * DAY:
        return f"{round(seconds / DAY)} days"
    return pendulum.duration(minutes=max(1, seconds // 60)).in_words(locale="en")
