"""`source-basecamp login`: asks for consent, and writes a configuration that `read` takes as it is."""

from __future__ import annotations

import shlex
from pathlib import Path

import rich_click as click

from source_basecamp.cli.options import config_option, json_option
from source_basecamp.process import StoppedError
from source_basecamp.terminal import SCREEN, plain, print_json

PORT = 8487
"""In the redirect URI of the integration. Not assigned by IANA, and below the ports that systems assign at random."""

NOTHING_WRITTEN = "Nothing was connected, and {path} is as it was. Run `source-basecamp login` again when you like."
CONNECTED = "Connected: {account} ({id})."
WRITTEN = "The configuration is in {path}. It holds secrets: only you can read it. Keep it out of version control."
NEXT = "Try it:  source-basecamp doctor{config}\nThen:    source-basecamp sync{config} --to duckdb:basecamp.duckdb"


@click.command()
@config_option
@click.option("--account", type=click.IntRange(min=1), metavar="ID", help="Connect this account, without a question.")
@click.option(
    "--no-browser",
    is_flag=True,
    help="Print the address, and ask for the one where the browser ends: for SSH, containers.",
)
@click.option(
    "--client-secret-file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Read the client secret from a file. Default: BASECAMP_CLIENT_SECRET, or a question.",
)
@click.option("--yes", is_flag=True, help="Replace the login in an existing configuration, without a question.")
@click.option(
    "--port",
    type=click.IntRange(1024, 65_535),
    metavar="PORT",
    default=PORT,
    show_default=True,
    help="Receive the browser's answer at this port. The redirect URI of your integration has to have the same.",
)
@click.option(
    "--timeout",
    type=click.IntRange(min=1),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help="Wait this long for the browser's answer.",
)
@json_option
def login(
    config: Path,
    account: int | None,
    no_browser: bool,
    client_secret_file: Path | None,
    yes: bool,
    port: int,
    timeout: int,
    as_json: bool,
) -> None:
    """Connects a Basecamp account: asks for consent in your browser, and writes the configuration.

    It needs an integration of yours, registered at https://launchpad.37signals.com/integrations with the redirect
    URI http://localhost:8487/callback. Its client ID and client secret are asked for, unless BASECAMP_CLIENT_ID and
    BASECAMP_CLIENT_SECRET are in the environment.

    \b
    source-basecamp login
    source-basecamp login --config work.json --account 1234567
    source-basecamp login --no-browser
    """
    from source_basecamp.login.new_config import NewConfig  # noqa: PLC0415

    file = NewConfig(config, yes)
    try:
        from source_basecamp.login.flow import LoginOptions, connect  # noqa: PLC0415

        connected = connect(file, LoginOptions(account, not no_browser, port, timeout, client_secret_file))
    except StoppedError as stopped:
        if not file.written:
            stopped.add_note(NOTHING_WRITTEN.format(path=config))
        raise
    if as_json:
        print_json({"account_id": connected.id, "account_name": connected.name, "config": str(config)})
        return
    option = "" if config == Path("config.json") else f" --config {shlex.quote(str(config))}"
    for text in (
        CONNECTED.format(account=connected.name, id=connected.id),
        WRITTEN.format(path=config),
        NEXT.format(config=option),
    ):
        SCREEN.print(plain(text), soft_wrap=True)
