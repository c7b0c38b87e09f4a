"""Which account of a login is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from source_basecamp.accounts import Login, LoginAccount
from source_basecamp.cli.errors import VerbError
from source_basecamp.cli.questions import choose
from source_basecamp.cli.screen import ERRORS, print_table

NONE_USABLE = (
    "This login has no account that can be read: source-basecamp reads Basecamp 3, 4 and 5. Sign in at "
    "https://launchpad.37signals.com as a user of such an account, and run `source-basecamp login` again."
)
NOT_USABLE = (
    "Account {wanted} is not among the accounts of this login that can be read: {usable}. Run `source-basecamp login` "
    "again with one of these as --account, or sign in as a user of account {wanted}."
)
_REMEDY = "Run `source-basecamp login` again, and name one with --account: {usable}."


def choose_account(
    login: Login, wanted: int | None, present: Any, before_asking: Callable[[list[LoginAccount]], None]
) -> LoginAccount:
    """The account `wanted`, or the only one that can be read, or the one that a person chooses.

    `present` is the id of the account that was read until now, the one to choose by Enter. Raises a VerbError where
    there is none, or nobody to ask.
    """
    usable = [account for account in login.accounts if account.readable]
    if not usable or len(login.accounts) > 1:
        _show(login, usable)
    if not usable:
        raise VerbError(NONE_USABLE)
    names = ", ".join(f"{account.name} ({account.id})" for account in usable)
    if wanted is not None:
        named = next((account for account in usable if account.id == wanted), None)
        if named is None:
            raise VerbError(NOT_USABLE.format(wanted=wanted, usable=names))
        return named
    if len(usable) == 1:
        return usable[0]
    before_asking(usable)
    before = next((number for number, account in enumerate(usable, 1) if str(account.id) == str(present)), None)
    number = choose("Account to read", len(usable), before, "the account to read", _REMEDY.format(usable=names))
    return usable[number - 1]


def _show(login: Login, usable: list[LoginAccount]) -> None:
    rows = [(str(number), each.name, each.id, each.product_name) for number, each in enumerate(usable, 1)]
    rows += [("-", each.name, each.id, str(each.why_not)) for each in login.accounts if not each.readable]
    print_table(("", "account", "id", "product"), rows, right=("", "id"), screen=ERRORS)
