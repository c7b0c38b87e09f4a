"""Launchpad's protocol: consent, tokens, and which accounts a login can read (bc-api, "Authentication")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import requests
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.endpoints import LAUNCHPAD_URL, in_force
from source_basecamp.error_handler import LATER, USER_REMOVED
from source_basecamp.problems import config_error
from source_basecamp.product import BC3, CLASSIC
from source_basecamp.transport import BasecampAdapter, basecamp_session

_NAMES = {"bc3": "Basecamp 3, 4 or 5", "bcx": "Basecamp 2", "basecamp": "Basecamp Classic"}
"""What its users call a product, by Launchpad's word for it. Basecamp 3, 4 and 5 are one product to Launchpad."""
_EDITIONS = {"bc3": BC3, "basecamp": CLASSIC}
_SETTINGS = {BC3: "remove 'product', or set it to 'bc3'", CLASSIC: "set 'product' to 'classic'"}

PASSWORD_CHANGED = (
    "Launchpad refuses the refresh token because the password of the user who authorised this connection has changed "
    "since. Authorise the connection again and save the new refresh token."
)
WRONG_CLIENT = (
    "Launchpad refuses the client id or the client secret. Copy both again from your integration at "
    "https://launchpad.37signals.com/integrations."
)
TOKEN_REVOKED = (
    "Launchpad refuses the refresh token: it was revoked, or it was issued for another integration than this client "
    "id. Authorise the connection again and save the new refresh token."
)
LAUNCHPAD_UNAVAILABLE = f"Launchpad, which issues Basecamp's access tokens, could not be used: {{reason}} {LATER}"

_BLOCKED = (403, 407, 451)
"""What a proxy or a firewall answers with. Launchpad refuses with a reason, in JSON or in a known phrase."""


class LaunchpadBusyError(Exception):
    """An answer that is worth another try: 429, 5xx, one without a token, or one that is not Launchpad's own."""


@dataclass(frozen=True)
class LoginAccount:
    """An account as Launchpad's `authorization.json` lists it (bc-api, "Authentication")."""

    id: int
    name: str
    product: str
    """Launchpad's word for it."""
    href: str = ""
    """The address of its API."""

    def __str__(self) -> str:
        return f"{self.name} ({self.id}{f', {self.product_name}' if self.edition == CLASSIC else ''})"

    @property
    def edition(self) -> str | None:
        """The value of the option `product` that reads the account; None if none does."""
        return _EDITIONS.get(self.product)

    @property
    def readable(self) -> bool:
        """Whether the connector can read it, with the right `product`."""
        return self.edition is not None

    @property
    def product_name(self) -> str:
        """The product as its users call it; Launchpad's own word for one that is not a Basecamp."""
        return _NAMES.get(self.product, self.product)

    @property
    def setting(self) -> str:
        """What to do where `product` in the configuration is not the edition of this account, which can be read."""
        return _SETTINGS[str(self.edition)]

    @property
    def why_not(self) -> str | None:
        """Why the account cannot be read; None if it can."""
        return None if self.readable else f"not supported: {self.product_name} has another API"


@dataclass(frozen=True)
class Login:
    """Who authorised, and what belongs to them."""

    name: str
    email: str
    accounts: tuple[LoginAccount, ...]

    def __str__(self) -> str:
        return f"{self.name} ({self.email})"


def authorization_url(client_id: str, redirect_uri: str, state: str) -> str:
    """The page where a person allows an integration to read what they can see."""
    query = {"response_type": "code", "client_id": client_id, "redirect_uri": redirect_uri, "state": state}
    return f"{in_force(LAUNCHPAD_URL)}/authorization/new?{urlencode(query)}"


def token_url() -> str:
    """Where a code or a refresh token is exchanged for an access token."""
    return f"{in_force(LAUNCHPAD_URL)}/authorization/token"


def request_headers(authorization: Mapping[str, str], user_agent: str) -> dict[str, str]:
    """The headers of a request that the CDK does not send. `authorization` is the header of that name, or nothing."""
    return {**authorization, "User-Agent": user_agent, "Accept": "application/json"}


def bearer(access_token: str) -> dict[str, str]:
    """The `Authorization` header for an access token."""
    return {"Authorization": f"Bearer {access_token}"}


def request_tokens(endpoint: str, form: Mapping[str, Any], user_agent: str, refused: str) -> dict[str, Any]:
    """Launchpad's answer to one request for tokens, with an `access_token` in it.

    Raises LaunchpadBusyError or UnreadableAnswer where another try may help, and a config_error where Launchpad
    refuses; `refused` is the message if it is the refresh token or the code that it refuses.
    """
    with basecamp_session(BasecampAdapter(dict)) as session:
        response = session.post(endpoint, data=form, headers=request_headers({}, user_agent))
    if response.ok and response.json().get("access_token"):
        return dict(response.json())
    if response.ok:
        raise LaunchpadBusyError("its answer holds no access token.")
    blocked = response.status_code in _BLOCKED and not _is_json(response)
    if blocked or response.status_code == 429 or response.status_code >= 500:
        raise LaunchpadBusyError(f"it answered with status {response.status_code}.")
    raise config_error(_refusal(response, refused), f"Launchpad: {response.status_code}")


def _is_json(response: requests.Response) -> bool:
    try:
        return isinstance(response.json(), dict)
    except requests.JSONDecodeError:
        return False


def _refusal(response: requests.Response, refused: str) -> str:
    text = response.text.lower()
    if "deadbolt" in text or "authorization_expired" in text:
        return PASSWORD_CHANGED
    if "unknown basecamp id" in text:
        return USER_REMOVED
    if response.status_code == 401 or "invalid_client" in text or "unauthorized_client" in text:
        return WRONG_CLIENT
    return refused


def login_of(headers: Mapping[str, str]) -> Login:
    """The login that the `Authorization` header in `headers` belongs to.

    Raises what the transport raises, requests.HTTPError, and a config_error for a user without any account.
    """
    with basecamp_session(BasecampAdapter(dict)) as session:
        response = session.get(f"{in_force(LAUNCHPAD_URL)}/authorization.json", headers=headers)
    if "Unknown Basecamp ID" in response.text:
        raise config_error(USER_REMOVED, response.text)
    response.raise_for_status()
    answer = response.json()
    identity = answer.get("identity", {})
    names = (identity.get("first_name"), identity.get("last_name"))
    accounts = tuple(_account(entry) for entry in answer.get("accounts", []))
    return Login(" ".join(name for name in names if name), str(identity.get("email_address")), accounts)


def explain(account_id: Any, headers: Mapping[str, str], product: str) -> str | None:
    """Why this login cannot read the account, and which it can; None if Launchpad does not tell."""
    try:
        return why_unreadable(account_id, login_of(headers).accounts, product)
    except (requests.RequestException, AirbyteTracedException, KeyError, TypeError, ValueError):
        return None


def why_unreadable(account_id: Any, accounts: Sequence[LoginAccount], product: str) -> str | None:
    """Why a login with these accounts cannot read the one of that id and product, and what to do; None if it can."""
    named = find_account(account_id, accounts, product)
    if named is None:
        return (
            f"Account {account_id} is not among the accounts of the login that authorised this connection. "
            f"{_readable(accounts)} "
            f"Correct 'account_id', or authorise the connection as a user of account {account_id}."
        )
    if not named.readable:
        return (
            f"Account {account_id} ({named.name}) is a {named.product_name} account, which has another API. "
            f"This connector reads Basecamp 3, 4 and 5, and Basecamp Classic. {_readable(accounts)}"
        )
    if named.edition != product:
        return f"Account {account_id} ({named.name}) is a {named.product_name} account: {named.setting}."
    return None


def find_account(account_id: Any, accounts: Sequence[LoginAccount], product: str) -> LoginAccount | None:
    """The account of that id. Each product counts for itself: `product` goes first, then one that can be read."""
    named = (account for account in accounts if account.id == account_id)
    return min(named, key=lambda account: (account.edition != product, not account.readable), default=None)


def _account(entry: Mapping[str, Any]) -> LoginAccount:
    href = str(entry.get("href") or "")
    return LoginAccount(int(entry["id"]), str(entry["name"]), str(entry["product"]), href)


def _readable(accounts: Sequence[LoginAccount]) -> str:
    names = ", ".join(str(account) for account in accounts if account.readable)
    return f"It can read: {names}." if names else "It has no account that this connector can read."
