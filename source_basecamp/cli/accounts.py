"""`source-basecamp accounts`: the Basecamp accounts of the login in a configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from source_basecamp.cli.options import config_option, json_option
from source_basecamp.terminal import SCREEN, print_json, print_table

if TYPE_CHECKING:
    from source_basecamp.launchpad import LoginAccount

NO_ACCOUNT = "This login belongs to no Basecamp account."


@click.command()
@config_option
@json_option
def accounts(config: Path, as_json: bool) -> None:
    """The accounts of your login: id, name, product, and whether they can be read.

    \b
    source-basecamp accounts
    source-basecamp accounts --config work.json --json
    """
    from source_basecamp.connection import Connection  # noqa: PLC0415
    from source_basecamp.launchpad import find_account  # noqa: PLC0415
    from source_basecamp.product import product_of  # noqa: PLC0415

    connection = Connection(config)
    found = connection.login().accounts
    product = product_of(connection.config)
    configured = find_account(connection.config["account_id"], found, product)
    if as_json:
        print_json([_as_json(account, account is configured) for account in found])
    elif found:
        rows = [_row(account, account is configured, product) for account in found]
        print_table(("id", "name", "product", "usable"), rows, right=("id",))
    else:
        SCREEN.print(NO_ACCOUNT)


def _as_json(account: LoginAccount, configured: bool) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "product": account.product_name,
        "usable": account.readable,
        "why_not": account.why_not,
        "in_config": configured,
    }


def _row(account: LoginAccount, configured: bool, product: str) -> tuple[str, ...]:
    return str(account.id), account.name, account.product_name, account.why_not or _yes(account, configured, product)


def _yes(account: LoginAccount, configured: bool, product: str) -> str:
    if not configured:
        return "yes"
    remedy = "" if account.edition == product else f": {account.setting}"
    return f"yes, the one in your configuration{remedy}"
