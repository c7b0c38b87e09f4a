"""Which accounts a login can reach, to say which one the configuration should have named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.endpoints import LAUNCHPAD_URL, in_force
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


def accounts_of_login(headers: Mapping[str, str]) -> list[LoginAccount]:
    """Every account of the login whose `Authorization` header is given. Raises what the transport raises."""
    with requests.Session() as session:
        for scheme in ("https://", "http://"):
            session.mount(scheme, BasecampAdapter(expects=dict))
        response = session.get(f"{in_force(LAUNCHPAD_URL)}/authorization.json", headers=headers)
    response.raise_for_status()
    return [_account(entry) for entry in response.json().get("accounts", [])]


def explain(account_id: Any, headers: Mapping[str, str]) -> str | None:
    """Why this login cannot read the account, and which it can; None if Launchpad does not tell."""
    try:
        accounts = accounts_of_login(headers)
    except (requests.RequestException, AirbyteTracedException, KeyError, TypeError, ValueError):
        return None
    named = next((account for account in accounts if account.id == account_id), None)
    if named is None:
        return (
            f"Account {account_id} is not among the accounts of the login that authorised this connection. "
            f"{_readable(accounts)} "
            f"Correct 'account_id', or authorise the connection as a user of account {account_id}."
        )
    if named.product in _UNSUPPORTED:
        return (
            f"Account {account_id} ({named.name}) is a {_UNSUPPORTED[named.product]} account, which has another API. "
            f"This connector reads Basecamp 3, 4 and 5. {_readable(accounts)}"
        )
    return None


def _account(entry: Mapping[str, Any]) -> LoginAccount:
    return LoginAccount(int(entry["id"]), str(entry["name"]), str(entry["product"]))


def _readable(accounts: list[LoginAccount]) -> str:
    names = ", ".join(f"{account.name} ({account.id})" for account in accounts if account.readable)
    return f"It can read: {names}." if names else "It has no account that this connector can read."
