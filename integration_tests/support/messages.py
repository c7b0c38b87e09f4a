"""What can be wrong with a configuration, a login or the network, and what a person reads of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from integration_tests.support.connector import Connector
from integration_tests.support.ports import CLOSED
from sandbox import Fault, Sandbox

Arrange = Callable[[Connector, pytest.MonkeyPatch], None]

OTHER = 222
LATER = "Nothing is lost: try again later."
NETWORK = f"If it stays so, check this machine's network, name resolution and proxy. {LATER}"
UNAVAILABLE = f"Basecamp is unavailable (status {{status}} for {{path}}). {LATER}"
FOREIGN = (
    "{url} answered with something that is not Basecamp's data ({what}). A proxy or a network login page may stand in "
    "between."
)
FORBIDDEN = (
    "Basecamp does not let this login read {path}. Authorise the connection as a user who can see it in Basecamp, or "
    "deselect the stream."
)
REDIRECTED = (
    "{url} redirected a request to {target}, which this connector does not follow, so that its token stays with "
    "Basecamp. If a proxy or a network login page does this, let Basecamp's hosts pass."
)
UNUSABLE = "Launchpad, which issues Basecamp's access tokens, could not be used: "


def configured(**config: Any) -> Arrange:
    return lambda connector, _: connector.config.update(config)


def answering(path: str, status: int, body: str) -> Arrange:
    fault = Fault(path, status=status, body=body, times=None)
    return lambda connector, _: connector.sandbox.faults.add(fault)


def with_accounts(*others: Mapping[str, Any], own: bool = True) -> Arrange:
    """The configured account is `OTHER`; the login's are its own, unless `own` is false, and `others`."""

    def arrange(connector: Connector, _: pytest.MonkeyPatch) -> None:
        connector.config["account_id"] = OTHER
        tokens = connector.sandbox.tokens
        tokens.accounts = [*(tokens.accounts if own else []), *map(dict, others)]

    return arrange


def account(product: str, id: int = OTHER, name: str = "Old & Co") -> Mapping[str, Any]:
    return {
        "product": product,
        "id": id,
        "name": name,
        "href": "https://example.com",
        "app_href": "https://example.com",
    }


def environment(**variables: str) -> Arrange:
    def arrange(connector: Connector, monkeypatch: pytest.MonkeyPatch) -> None:
        host = connector.sandbox.url.removeprefix("http://")
        env = connector.sandbox.env | {name: value.format(sandbox=host) for name, value in variables.items()}
        monkeypatch.setattr(Sandbox, "env", property(lambda _: env))

    return arrange


def inactive(connector: Connector, _: pytest.MonkeyPatch) -> None:
    connector.sandbox.switches.inactive = True


def revoked(connector: Connector, _: pytest.MonkeyPatch) -> None:
    connector.sandbox.tokens.revoke_refresh_token()


@dataclass(frozen=True)
class MessageCase:
    """`{sandbox}` and `{account}` stand for the sandbox's; `[system]` for the operating system's own words."""

    name: str
    arrange: Arrange
    says: str
    failure_type: str = "config_error"


WRONG_CLIENT = (
    "Launchpad refuses the client id or the client secret. Copy both again from your integration at "
    "https://launchpad.37signals.com/integrations."
)
REVOKED = (
    "Launchpad refuses the refresh token: it was revoked, or it was issued for another integration than this client "
    "id. Authorise the connection again and save the new refresh token."
)
TOKEN_REFUSED = (
    "Basecamp refuses the access token. Authorise the connection again, as a user who belongs to account {account}."
)
INACTIVE = (
    "The Basecamp account {account} is inactive: its trial or subscription has ended, or it was cancelled. Reactivate "
    "it in Basecamp, or remove this connection."
)
USER_REMOVED = (
    "Basecamp knows no account for the user who authorised this connection (any more). Have the user added to the "
    "account again, or authorise the connection as another user."
)
NOT_AMONG = "Account 222 is not among the accounts of the login that authorised this connection. "
CORRECT = "Correct 'account_id', or authorise the connection as a user of account 222."

CASES = [
    MessageCase("a wrong client id", configured(client_id="wrong"), WRONG_CLIENT),
    MessageCase("a wrong client secret", configured(client_secret="wrong"), WRONG_CLIENT),
    MessageCase(
        "a revoked refresh token",
        revoked,
        REVOKED,
    ),
    MessageCase(
        "a changed password",
        answering("/authorization/token", 400, '{"error": "authorization_expired: user rekeyed its deadbolt"}'),
        "Launchpad refuses the refresh token because the password of the user who authorised this connection has "
        "changed since. Authorise the connection again and save the new refresh token.",
    ),
    MessageCase("a removed user", answering(r"\.json", 401, "Unknown Basecamp ID"), USER_REMOVED),
    MessageCase("a removed user, by 404", answering(r"\.json", 404, '{"error": "Unknown Basecamp ID"}'), USER_REMOVED),
    MessageCase("a removed user's token", answering("/authorization/token", 401, "Unknown Basecamp ID"), USER_REMOVED),
    MessageCase(
        "a Basecamp 2 account",
        with_accounts(account("bcx")),
        "Account 222 (Old & Co) is a Basecamp 2 account, which has another API. This connector reads Basecamp 3, 4 "
        "and 5, and Basecamp Classic. It can read: Honcho Design ({account}).",
    ),
    MessageCase(
        "a Basecamp Classic account without 'product'",
        with_accounts(account("basecamp")),
        "Account 222 (Old & Co) is a Basecamp Classic account: set 'product' to 'classic'.",
    ),
    MessageCase(
        "a Basecamp 2 account and no other",
        with_accounts(account("bcx"), own=False),
        "Account 222 (Old & Co) is a Basecamp 2 account, which has another API. This connector reads Basecamp 3, 4 "
        "and 5, and Basecamp Classic. It has no account that this connector can read.",
    ),
    MessageCase(
        "an account of others",
        with_accounts(account("bcx", 444), account("basecamp", 333, "Enormicom")),
        f"{NOT_AMONG}It can read: Honcho Design ({{account}}), Enormicom (333, Basecamp Classic). {CORRECT}",
    ),
    MessageCase(
        "an account, and a login without any",
        with_accounts(own=False),
        f"{NOT_AMONG}It has no account that this connector can read. {CORRECT}",
    ),
    MessageCase(
        "an inactive account",
        inactive,
        INACTIVE,
    ),
    MessageCase(
        "Launchpad does not listen",
        environment(BASECAMP_LAUNCHPAD_URL=f"http://{CLOSED}"),
        f"{UNUSABLE}No complete answer from http://{CLOSED}: Failed to establish a new connection: [system]. {NETWORK}",
        "transient_error",
    ),
    MessageCase(
        "Launchpad is down",
        answering("/authorization/token", 503, "<html>"),
        f"{UNUSABLE}it answered with status 503. {LATER}",
        "transient_error",
    ),
    MessageCase(
        "Basecamp does not listen",
        environment(BASECAMP_BASE_URL=f"http://{CLOSED}"),
        f"No complete answer from http://{CLOSED}: Failed to establish a new connection: [system]. {NETWORK}",
        "transient_error",
    ),
    MessageCase(
        "Basecamp's name is unknown",
        environment(BASECAMP_BASE_URL="https://nowhere.invalid"),
        f"No complete answer from nowhere.invalid: Failed to resolve 'nowhere.invalid' ([system]). {NETWORK}",
        "transient_error",
    ),
    MessageCase(
        "no TLS",
        environment(BASECAMP_BASE_URL="https://{sandbox}"),
        f"No complete answer from {{sandbox}}: no secure connection, [system]. {NETWORK}",
        "transient_error",
    ),
    MessageCase(
        "the proxy does not listen",
        environment(BASECAMP_BASE_URL="https://nowhere.invalid", HTTPS_PROXY=f"http://{CLOSED}"),
        "No complete answer from nowhere.invalid: the proxy could not be used, Failed to establish a new connection: "
        f"[system]. {NETWORK}",
        "transient_error",
    ),
    MessageCase(
        "the proxy refuses",
        environment(BASECAMP_BASE_URL="https://nowhere.invalid", HTTPS_PROXY="http://{sandbox}"),
        "No complete answer from nowhere.invalid: the proxy could not be used, Tunnel connection failed: 400 Bad "
        f"Request. {NETWORK}",
        "transient_error",
    ),
]


def without_system_words(message: str) -> str:
    return re.sub(r"\[(Errno|SSL)[^\]]*\] [A-Za-z ]+", "[system]", message)


def says(case: MessageCase, connector: Connector) -> str:
    return case.says.format(
        sandbox=connector.sandbox.url.removeprefix("http://"), account=connector.sandbox.account.account_id
    )
