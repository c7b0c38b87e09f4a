"""OAuth 2 with Launchpad: the consent of a person, and the tokens for its code."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import backoff
import requests
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.connection import user_agent
from source_basecamp.endpoints import LAUNCHPAD_URL, in_force
from source_basecamp.launchpad import (
    LAUNCHPAD_UNAVAILABLE,
    LaunchpadBusyError,
    Login,
    authorization_url,
    bearer,
    login_of,
    request_headers,
    request_tokens,
    token_url,
)
from source_basecamp.login.credentials import Credentials
from source_basecamp.process import CommandError
from source_basecamp.transport import UnreadableAnswer

DECLINED = (
    "You chose not to give access, so nothing was connected. To connect after all, run `source-basecamp login` again."
)
REFUSED = (
    "Launchpad refused to give access ({error}), so nothing was connected. Compare the client ID and the redirect URI "
    "with your integration at https://launchpad.37signals.com/integrations, and run `source-basecamp login` again."
)
CODE_REFUSED = (
    "Launchpad refuses the code: it was used before or is older than ten minutes, or {redirect_uri} is not the "
    "redirect URI of your integration. Run `source-basecamp login` again."
)
NO_REFRESH_TOKEN = "Launchpad returned no refresh token, without which a login ends after two weeks. Run it again."
NO_ACCOUNTS = "Launchpad did not list the accounts of this login: {reason} Run `source-basecamp login` again."
OUT_OF_REACH = "Launchpad, where you sign in, cannot be reached from this machine: {reason}"
_TRIES = 3
_CODE = re.compile(r"[A-Za-z0-9._~-]{4,}")
_ERROR_CODE = re.compile(r"[a-z_]{1,60}")


class DeclinedError(CommandError):
    """The person refused at Launchpad."""


class WrongStateError(Exception):
    """The answer has another `state`: it is from an earlier login, or from an attacker who plants an account (CSRF)."""


class NoAnswerError(Exception):
    """The answer has neither a code nor an error."""


@dataclass(frozen=True)
class Consent:
    """A request for consent. Its secret `state` comes back with the answer to it."""

    client_id: str
    redirect_uri: str
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def address(self) -> str:
        """The page at Launchpad that asks for it."""
        return authorization_url(self.client_id, self.redirect_uri, self.state)

    def is_answered_by(self, query: Mapping[str, str]) -> bool:
        """Whether the parameters of an answer have the `state` of this request."""
        return hmac.compare_digest(query.get("state", "").encode(), self.state.encode())

    def code_in(self, query: Mapping[str, str]) -> str:
        """The code, if access was allowed. Raises a CommandError if not, WrongStateError or NoAnswerError."""
        if not self.is_answered_by(query):
            raise WrongStateError
        if query.get("error") == "access_denied":
            raise DeclinedError(DECLINED)
        if error := query.get("error"):
            raise CommandError(REFUSED.format(error=error if _ERROR_CODE.fullmatch(error) else "unknown error"))
        if not query.get("code"):
            raise NoAnswerError
        return query["code"]

    def code_in_text(self, text: str) -> str:
        """The code in a pasted text: the address where the browser ended, or the code alone. Raises as `code_in`."""
        text = text.strip().strip("'\"<>")
        query = dict(parse_qsl(urlsplit(text).query or text))
        if query.keys() & {"code", "error"}:
            return self.code_in(query)
        if not _is_code(text) or text == self.client_id:
            raise NoAnswerError
        return text


def _is_code(text: str) -> bool:
    """Whether a text can be a code: a word without a figure in it is an answer to another question."""
    return bool(_CODE.fullmatch(text)) and any(sign.isdigit() for sign in text)


@dataclass(frozen=True)
class Tokens:
    """The tokens for a code."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    ends_at: datetime

    def login(self) -> Login:
        """The login that allowed access. Raises a CommandError where Launchpad does not answer with it."""
        try:
            return _login_of(_headers(self.access_token))
        except requests.RequestException as error:
            raise CommandError(NO_ACCOUNTS.format(reason=_reason(error))) from error


def exchange(code: str, consent: Consent, credentials: Credentials) -> Tokens:
    """Exchanges the code for tokens.

    Raises a CommandError or an AirbyteTracedException, both with a message for a person.
    """
    form = {
        "grant_type": "authorization_code",
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "redirect_uri": consent.redirect_uri,
        "code": code,
    }
    try:
        answer = _request_tokens(form, CODE_REFUSED.format(redirect_uri=consent.redirect_uri))
    except (LaunchpadBusyError, UnreadableAnswer) as error:
        raise CommandError(LAUNCHPAD_UNAVAILABLE.format(reason=error)) from error
    if not answer.get("refresh_token"):
        raise CommandError(NO_REFRESH_TOKEN)
    ends_at = datetime.now(UTC) + timedelta(seconds=float(answer.get("expires_in") or 0))
    return Tokens(str(answer["access_token"]), str(answer["refresh_token"]), ends_at.replace(microsecond=0))


def require_launchpad() -> None:
    """Raises a CommandError if Launchpad does not answer: a person should learn of it before signing in."""
    in_force(LAUNCHPAD_URL)
    try:
        login_of(_headers("none"))
    except (requests.HTTPError, AirbyteTracedException):
        # It answered, with the expected 401.
        return
    except requests.RequestException as error:
        raise CommandError(OUT_OF_REACH.format(reason=_reason(error))) from error


@backoff.on_exception(backoff.expo, (LaunchpadBusyError, UnreadableAnswer), max_tries=_TRIES, logger=None)
def _request_tokens(form: Mapping[str, Any], refused: str) -> dict[str, Any]:
    return request_tokens(token_url(), form, user_agent(), refused)


@backoff.on_exception(backoff.expo, requests.RequestException, max_tries=_TRIES, logger=None)
def _login_of(headers: Mapping[str, str]) -> Login:
    return login_of(headers)


def _reason(error: requests.RequestException) -> str:
    if error.response is not None and not isinstance(error, UnreadableAnswer):
        return f"it answered with status {error.response.status_code}."
    return str(error)


def _headers(access_token: str) -> dict[str, str]:
    return request_headers(bearer(access_token), user_agent())
