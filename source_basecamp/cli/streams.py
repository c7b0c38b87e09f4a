"""`source-basecamp streams`: what can be read. Makes no request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import rich_click as click

from source_basecamp.cli.options import json_option
from source_basecamp.product import BC3, CLASSIC
from source_basecamp.terminal import print_json, print_table

_PACKAGE = Path(__file__).parent.parent
LISTED = {BC3: _PACKAGE / "streams.json", CLASSIC: _PACKAGE / "streams_classic.json"}
"""What `streams` says, by product. `make docs` writes it: the CDK, which reads manifests, takes two seconds to load."""


@click.command()
@click.option(
    "--product",
    type=click.Choice(list(LISTED)),
    default=BC3,
    show_default=True,
    help="Which Basecamp: bc3 for Basecamp 3, 4 and 5, classic for Basecamp Classic.",
)
@json_option
def streams(product: str, as_json: bool) -> None:
    """What can be read: each stream with its sync mode, its key, and what it costs in requests.

    \b
    source-basecamp streams
    source-basecamp streams --product classic
    source-basecamp streams --json
    """
    known: list[dict[str, Any]] = orjson.loads(LISTED[product].read_bytes())
    if as_json:
        print_json(known)
        return
    print_table(("stream", "sync", "key", "requests"), [_row(stream) for stream in known])


def _row(stream: dict[str, Any]) -> tuple[str, ...]:
    cursor = stream["cursor"]
    sync = f"incremental by {cursor}" if cursor else "full refresh"
    return stream["name"], sync, ", ".join(stream["key"]), stream["requests"].replace("`", "")
