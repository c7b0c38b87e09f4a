"""Findings about the tokens, and the account that they open."""

from __future__ import annotations

import shlex

import pendulum
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.accounts import find_account, why_unreadable
from source_basecamp.cli.connection import UnsavedError
from source_basecamp.config import normalised
from source_basecamp.diagnosis.case import Case
from source_basecamp.diagnosis.finding import Finding, failure, ok, warning

ROTATED = "Launchpad has replaced the refresh token, and the new one is lost. "
ANSWERS = "{account.name} ({account.id}) is a {account.product_name} account, and answers."
EACH_TIME = "Until then, each run asks for a new access token."
DAY = 86_400


def token(case: Case) -> Finding:
    """Whether there is an access token, kept or new, that Launchpad takes; whose it is and how long it lasts."""
    before = dict(case.connection.config)
    try:
        unsaved = _authorise(case)
    except AirbyteTracedException as error:
        again = error.failure_type == FailureType.config_error
        return failure(str(error.message), _login_again(case) if again else "")
    config = case.connection.config
    if unsaved and config["client_refresh_token_2"] != before["client_refresh_token_2"]:
        return failure(f"{ROTATED}{unsaved}", _login_again(case))
    kind = "The kept" if config.get("access_token") == before.get("access_token") else "A new"
    detail = f"{kind} access token of {case.login} works for another {_time_left(config)}."
    return warning(f"{detail} {unsaved}", EACH_TIME) if unsaved else ok(detail)


def account(case: Case) -> Finding:
    """Whether the account is among the login's, is a Basecamp 3, 4 or 5, and answers."""
    account_id = normalised(case.connection.config)["account_id"]
    if why := why_unreadable(account_id, case.login.accounts):
        return failure(why, f"`source-basecamp accounts --config {shlex.quote(str(case.path))}` lists them.")
    _ = case.survey.project_ids
    named = find_account(account_id, case.login.accounts)
    return ok(ANSWERS.format(account=named))


def _authorise(case: Case) -> str:
    """Asks whose token it is. Returns why a new token could not be saved, which only costs a request each time."""
    try:
        _ = case.login
    except UnsavedError as error:
        _ = case.login
        return str(error)
    return ""


def _login_again(case: Case) -> str:
    return f"source-basecamp login --config {shlex.quote(str(case.path))}"


def _time_left(config: dict[str, str]) -> str:
    ends = pendulum.parse(config["token_expiry_date"])
    seconds = (ends - pendulum.now("UTC")).total_seconds()  # type: ignore[operator]
    if seconds > 2 * DAY:
        return f"{round(seconds / DAY)} days"
    return pendulum.duration(minutes=max(1, seconds // 60)).in_words(locale="en")
