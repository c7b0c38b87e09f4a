"""Which accounts a login can reach, to say which one the configuration should have named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.endpoints import LAUNCHPAD_URL, in_force
from source_basecamp.errors import USER_REMOVED
from source_basecamp.transport import BasecampAdapter

_UNSUPPORTED = {"bcx": "Basecamp 2", "basecamp": "Basecamp Classic"}


@dataclass(frozen=True)
class LoginAccount:
    """An account as Launchpad's `authorization.json` lists it (bc-api, "Authentication")."""

    id: int
    name: str
    product: str

    @property
    def readable(self) -> bool:
        """Basecamp 3, 4 and 5 are one product to Launchpad."""
        return self.product == "bc3"

    @property
    def product_name(self) -> str:
        """The product as its users call it; Launchpad's own word for one that is not a Basecamp."""
        return "Basecamp 3, 4 or 5" if self.readable else _UNSUPPORTED.get(self.product, self.product)

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


def login_of(headers: Mapping[str, str]) -> Login:
    """The login whose `Authorization` header is given. Raises what the transport raises, and requests.HTTPError."""
    with requests.Session() as session:
        for scheme in ("https://", "http://"):
            session.mount(scheme, BasecampAdapter(expects=dict))
        response = session.get(f"{in_force(LAUNCHPAD_URL)}/authorization.json", headers=headers)
    if "Unknown Basecamp ID" in response.text:
        raise AirbyteTracedException(
            message=USER_REMOVED, internal_message=response.text, failure_type=FailureType.config_error
        )
    response.raise_for_status()
    answer = response.json()
    identity = answer.get("identity", {})
    names = (identity.get("first_name"), identity.get("last_name"))
    accounts = tuple(_account(entry) for entry in answer.get("accounts", []))
    return Login(" ".join(name for name in names if name), str(identity.get("email_address")), accounts)


def accounts_of_login(headers: Mapping[str, str]) -> list[LoginAccount]:
    """Every account of the login whose `Authorization` header is given; raises as `login_of`."""
    return list(login_of(headers).accounts)


def explain(account_id: Any, headers: Mapping[str, str]) -> str | None:
    """Why this login cannot read the account, and which it can; None if Launchpad does not tell."""
    try:
        return why_unreadable(account_id, accounts_of_login(headers))
    except (requests.RequestException, AirbyteTracedException, KeyError, TypeError, ValueError):
        return None


def why_unreadable(account_id: Any, accounts: Sequence[LoginAccount]) -> str | None:
    """Why a login with these accounts cannot read the one of that id, and which it can; None if it can."""
    named = find_account(account_id, accounts)
    if named is None:
        return (
            f"Account {account_id} is not among the accounts of the login that authorised this connection. "
            f"{_readable(accounts)} "
            f"Correct 'account_id', or authorise the connection as a user of account {account_id}."
        )
    if not named.readable:
        return (
            f"Account {account_id} ({named.name}) is a {named.product_name} account, which has another API. "
            f"This connector reads Basecamp 3, 4 and 5. {_readable(accounts)}"
        )
    return None


def find_account(account_id: Any, accounts: Sequence[LoginAccount]) -> LoginAccount | None:
    """The account of that id. Each product counts for itself: one that can be read goes first."""
    named = [account for account in accounts if account.id == account_id]
    return next((account for account in named if account.readable), next(iter(named), None))


def _account(entry: Mapping[str, Any]) -> LoginAccount:
    return LoginAccount(int(entry["id"]), str(entry["name"]), str(entry["product"]))


def _readable(accounts: Sequence[LoginAccount]) -> str:
    names = ", ".join(f"{account.name} ({account.id})" for account in accounts if account.readable)
    return f"It can read: {names}." if names else "It has no account that this connector can read."
