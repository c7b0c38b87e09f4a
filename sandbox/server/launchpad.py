"""Launchpad: the tokens, and whose they are."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl

from sandbox.server.answers import Answer, json_answer
from sandbox.server.consent import PERSON, Registration

TWO_WEEKS = 1_209_600
_LEGACY_GRANTS = {"refresh": "refresh_token", "web_server": "authorization_code"}


class IssuedTokens:
    """The registered app, its refresh token and the access tokens that were issued."""

    def __init__(self, seed: int, *, rotate: bool = False) -> None:
        # They follow from the seed, so that a configuration file still works after a restart of the sandbox.
        self.client_id = hashlib.sha1(f"client-id-{seed}".encode()).hexdigest()
        self.app = Registration(self.client_id)
        self.client_secret = hashlib.sha1(f"client-secret-{seed}".encode()).hexdigest()
        self.refresh_token = f"refresh-{hashlib.sha1(f'refresh-{seed}'.encode()).hexdigest()}"
        self.rotate = rotate
        """Whether every refresh replaces the refresh token with a new one."""
        self.lifetime: float = TWO_WEEKS
        """Seconds, for tokens issued from now on."""
        self.accounts: list[dict[str, Any]] = []
        """What `authorization.json` lists; tests may replace it."""
        self._expiry: dict[str, float] = {}

    def issue(self) -> str:
        """A fresh access token."""
        token = f"access-{secrets.token_hex(20)}"
        self._expiry = {**self._expiry, token: monotonic() + self.lifetime}
        return token

    def set_lifetime(self, seconds: float) -> None:
        """Set how long tokens that are issued from now on are accepted."""
        self.lifetime = seconds

    def expire_all(self) -> None:
        """Accept none of the access tokens that were issued so far."""
        self._expiry = {}

    def revoke_refresh_token(self) -> None:
        """Replace the refresh token; the one in the connector's configuration is no longer accepted."""
        self.refresh_token = f"refresh-{secrets.token_hex(20)}"

    def seconds_left(self, token: str) -> float:
        """How long an access token will still be accepted; 0 for an unknown one."""
        return max(self._expiry.get(token, 0.0) - monotonic(), 0.0)

    def accepts(self, authorization: str) -> bool:
        """Whether an Authorization header has a valid access token."""
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and self.seconds_left(token) > 0

    def exchange(self, body: bytes) -> Answer:
        """`POST /authorization/token`: tokens for a code or a refresh token, sent as a form."""
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        grant = form.get("grant_type") or _LEGACY_GRANTS.get(form.get("type", ""))
        if grant not in _LEGACY_GRANTS.values():
            return _refuse(400, "unsupported_grant_type", "Only authorization_code and refresh_token are supported.")
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return _refuse(401, "invalid_client", "Client authentication failed.")
        if grant == "authorization_code":
            if not self.app.redeem(form.get("code", ""), form.get("redirect_uri", "")):
                return _refuse(400, "invalid_grant", "The code is invalid, expired or used before.")
        elif form.get("refresh_token") != self.refresh_token:
            return _refuse(400, "invalid_grant", "The refresh token is invalid, expired or revoked.")
        elif self.rotate:
            self.revoke_refresh_token()
        answer = {
            "access_token": self.issue(),
            "refresh_token": self.refresh_token,
            "expires_in": int(self.lifetime),
        }
        return json_answer(answer)

    def authorization(self, authorization: str) -> Answer:
        """`GET /authorization.json`: who consented, and the accounts that this person has."""
        seconds = self.seconds_left(authorization.partition(" ")[2])
        expires_at = datetime.now(UTC) + timedelta(seconds=seconds)
        return json_answer(
            {
                "expires_at": f"{expires_at:%Y-%m-%dT%H:%M:%S.000Z}",
                "identity": {"id": 9_999_999, **PERSON},
                "accounts": self.accounts,
            }
        )


def _refuse(status: int, error: str, description: str) -> Answer:
    return json_answer({"error": error, "error_description": description}, status)
