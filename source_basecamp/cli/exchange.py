"""A code becomes tokens, and tokens tell whose login it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import backoff
import requests
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.accounts import Login, login_of
from source_basecamp.auth import LAUNCHPAD_UNAVAILABLE, LaunchpadBusyError, ask_for_tokens
from source_basecamp.cli.connection import user_agent
from source_basecamp.cli.consent import Consent
from source_basecamp.cli.credentials import Credentials
from source_basecamp.cli.errors import VerbError
from source_basecamp.endpoints import LAUNCHPAD_URL, in_force
from source_basecamp.transport import UnreadableAnswer

CODE_REFUSED = (
    "Launchpad refuses the code: it was used before or is older than ten minutes, or {redirect_uri} is not the "
    "redirect URI of your integration. Run `source-basecamp login` again."
)
NO_REFRESH_TOKEN = "Launchpad returned no refresh token, without which a login ends after two weeks. Run it again."
NO_ACCOUNTS = "Launchpad does not tell the accounts of this login: {reason} Run `source-basecamp login` again."
OUT_OF_REACH = "Launchpad, where you would sign in, cannot be reached from here: {reason}"
_TRIES = 3


@dataclass(frozen=True)
class Tokens:
    """What a code was exchanged for."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    ends_at: datetime

    def login(self) -> Login:
        """Who has allowed access. Raises a VerbError where Launchpad does not tell."""
        try:
            return _login_of(_headers(self.access_token))
        except requests.RequestException as error:
            raise VerbError(NO_ACCOUNTS.format(reason=_reason(error))) from error


def exchange(code: str, consent: Consent, credentials: Credentials) -> Tokens:
    """Raises an error with words for a person: a VerbError, or what the transport raises."""
    form = {
        "grant_type": "authorization_code",
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "redirect_uri": consent.redirect_uri,
        "code": code,
    }
    try:
        answer = _ask_for_tokens(form, CODE_REFUSED.format(redirect_uri=consent.redirect_uri))
    except (LaunchpadBusyError, UnreadableAnswer) as error:
        raise VerbError(LAUNCHPAD_UNAVAILABLE.format(reason=error)) from error
    if not answer.get("refresh_token"):
        raise VerbError(NO_REFRESH_TOKEN)
    ends_at = datetime.now(UTC) + timedelta(seconds=float(answer.get("expires_in") or 0))
    return Tokens(str(answer["access_token"]), str(answer["refresh_token"]), ends_at.replace(microsecond=0))


def require_launchpad() -> None:
    """Raises a VerbError if Launchpad does not answer: better now than when a person comes back from the browser."""
    in_force(LAUNCHPAD_URL)
    try:
        login_of(_headers("none"))
    except (requests.HTTPError, AirbyteTracedException):
        # It answered, if only to refuse that token.
        return
    except requests.RequestException as error:
        raise VerbError(OUT_OF_REACH.format(reason=_reason(error))) from error


@backoff.on_exception(backoff.expo, (LaunchpadBusyError, UnreadableAnswer), max_tries=_TRIES, logger=None)
def _ask_for_tokens(form: Mapping[str, Any], refused: str) -> dict[str, Any]:
    return ask_for_tokens(f"{in_force(LAUNCHPAD_URL)}/authorization/token", form, user_agent(), refused)


@backoff.on_exception(backoff.expo, requests.RequestException, max_tries=_TRIES, logger=None)
def _login_of(headers: Mapping[str, str]) -> Login:
    return login_of(headers)


def _reason(error: requests.RequestException) -> str:
    if error.response is not None and not isinstance(error, UnreadableAnswer):
        return f"it answered with status {error.response.status_code}."
    return str(error)


def _headers(access_token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {access_token}", "User-Agent": user_agent(), "Accept": "application/json"}
