"""Which accounts of a login can be read, by which `product`, and what is said of the others."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import AccountSize, Sandbox
from source_basecamp.launchpad import LoginAccount, explain, find_account, login_of, request_headers, why_unreadable

NEW = LoginAccount(5, "Honcho", "bc3", "https://3.basecampapi.com/5")
CLASSIC = LoginAccount(6, "Enormicom", "basecamp", "https://enormicom.basecamphq.com")
SECOND = LoginAccount(7, "Old & Co", "bcx", "https://basecamp.com/7/api/v1")
OTHER = LoginAccount(8, "Rolodex", "highrise", "https://rolodex.highrisehq.com")
ALL = (OTHER, SECOND, NEW, CLASSIC)
CAN_READ = "It can read: Honcho (5), Enormicom (6, Basecamp Classic)."
READS = "This connector reads Basecamp 3, 4 and 5, and Basecamp Classic."


@pytest.mark.parametrize(
    ("account", "edition", "product_name", "why_not"),
    [
        (NEW, "bc3", "Basecamp 3, 4 or 5", None),
        (CLASSIC, "classic", "Basecamp Classic", None),
        (SECOND, None, "Basecamp 2", "not supported: Basecamp 2 has another API"),
        (OTHER, None, "highrise", "not supported: highrise has another API"),
    ],
    ids=lambda value: getattr(value, "product", ""),
)
def test_an_account_tells_its_edition(
    account: LoginAccount, edition: str | None, product_name: str, why_not: str | None
) -> None:
    assert (account.edition, account.product_name, account.why_not) == (edition, product_name, why_not)
    assert account.readable == (edition is not None)


@pytest.mark.parametrize(
    ("account_id", "product", "why"),
    [
        (5, "bc3", None),
        (6, "classic", None),
        (6, "bc3", "Account 6 (Enormicom) is a Basecamp Classic account: set 'product' to 'classic'."),
        (5, "classic", "Account 5 (Honcho) is a Basecamp 3, 4 or 5 account: remove 'product', or set it to 'bc3'."),
        (7, "bc3", f"Account 7 (Old & Co) is a Basecamp 2 account, which has another API. {READS} {CAN_READ}"),
        (7, "classic", f"Account 7 (Old & Co) is a Basecamp 2 account, which has another API. {READS} {CAN_READ}"),
        (
            9,
            "classic",
            f"Account 9 is not among the accounts of the login that authorised this connection. {CAN_READ} "
            "Correct 'account_id', or authorise the connection as a user of account 9.",
        ),
    ],
)
def test_why_an_account_cannot_be_read_names_what_to_set(account_id: int, product: str, why: str | None) -> None:
    assert why_unreadable(account_id, ALL, product) == why


@pytest.mark.parametrize("product", ["bc3", "classic"])
def test_of_accounts_with_one_id_the_one_of_the_product_goes_first_and_then_a_readable_one(product: str) -> None:
    second, new, classic = (LoginAccount(5, product, product, "") for product in ("bcx", "bc3", "basecamp"))
    own, other = (new, classic) if product == "bc3" else (classic, new)
    assert find_account(5, (second, other, own), product) is own
    assert find_account(5, (second, other), product) is other
    assert find_account(5, (second,), product) is second
    assert find_account(6, (second, other, own), product) is None


def test_an_account_has_the_address_that_launchpad_tells_and_none_where_it_tells_none() -> None:
    with Sandbox(AccountSize(projects=1), rate_limit=False) as sandbox, pytest.MonkeyPatch.context() as patch:
        entries: list[dict[str, Any]] = [
            {"product": "basecamp", "id": 6, "name": "Enormicom", "href": "https://enormicom.basecamphq.com"},
            {"product": "bc3", "id": 5, "name": "Honcho"},
        ]
        sandbox.tokens.accounts = entries
        for name, value in sandbox.env.items():
            patch.setenv(name, value)
        headers = request_headers({"Authorization": f"Bearer {sandbox.tokens.issue()}"}, "test")
        accounts = login_of(headers).accounts
        assert [account.href for account in accounts] == ["https://enormicom.basecamphq.com", ""]
        assert explain(6, headers, "classic") is None
        assert explain(6, headers, "bc3") == why_unreadable(6, accounts, "bc3")
