"""The consent of a person, and the tokens that it is exchanged for."""

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
NO_ACCOUNTS = "Launchpad does not tell the accounts of this login: {reason} Run `source-basecamp login` again."
OUT_OF_REACH = "Launchpad, where you would sign in, cannot be reached from here: {reason}"
_TRIES = 3
_ERROR_CODE = re.compile(r"[a-z_]{1,60}")


class DeclinedError(CommandError):
    """The person said no."""


class WrongStateError(Exception):
    """The answer belongs to another question: to an earlier login, or to somebody who tries to plant an account."""


class NoAnswerError(Exception):
    """A text in which there is neither a code nor an error."""


@dataclass(frozen=True)
class Consent:
    """One question to a person. Its `state` comes back with the answer, and nobody else can know it."""

    client_id: str
    redirect_uri: str
    state: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def address(self) -> str:
        """Where the browser asks it."""
        return authorization_url(self.client_id, self.redirect_uri, self.state)

    def is_answered_by(self, query: Mapping[str, str]) -> bool:
        """Whether the parameters with which the browser came back belong to this question."""
        return hmac.compare_digest(query.get("state", "").encode(), self.state.encode())

    def code_in(self, query: Mapping[str, str]) -> str:
        """The code of a "yes". Raises a CommandError for a "no", WrongStateError or NoAnswerError."""
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
        """The code in what a person pasted: the address where the browser ended, or the code alone. Raises as above."""
        text = text.strip().strip("'\"<>")
        query = dict(parse_qsl(urlsplit(text).query or text))
        if query.keys() & {"code", "error"}:
            return self.code_in(query)
        if not text or re.search(r"[\s/?&]", text):
            raise NoAnswerError
        return text


@dataclass(frozen=True)
class Tokens:
    """What a code was exchanged for."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    ends_at: datetime

    def login(self) -> Login:
        """Who has allowed access. Raises a CommandError where Launchpad does not tell."""
        try:
            return _login_of(_headers(self.access_token))
        except requests.RequestException as error:
            raise CommandError(NO_ACCOUNTS.format(reason=_reason(error))) from error


def exchange(code: str, consent: Consent, credentials: Credentials) -> Tokens:
    """Raises an error with words for a person: a CommandError, or what the transport raises."""
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
    """Raises a CommandError if Launchpad does not answer: better now than when a person comes back from the browser."""
    in_force(LAUNCHPAD_URL)
    try:
        login_of(_headers("none"))
    except (requests.HTTPError, AirbyteTracedException):
        # It answered, if only to refuse that token.
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
