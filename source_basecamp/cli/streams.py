"""`source-basecamp streams`: what can be read. Makes no request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import rich_click as click

from source_basecamp.cli.options import json_option
from source_basecamp.terminal import print_json, print_table

LISTED = Path(__file__).parent.parent / "streams.json"
"""What `streams` says, written by `make docs`: the CDK, which reads the manifest, takes two seconds to load."""


@click.command()
@json_option
def streams(as_json: bool) -> None:
    """What can be read: each stream with its sync mode, its key, and what it costs in requests.

    \b
    source-basecamp streams
    source-basecamp streams --json
    """
    known: list[dict[str, Any]] = orjson.loads(LISTED.read_bytes())
    if as_json:
        print_json(known)
        return
    print_table(("stream", "sync", "key", "requests"), [_row(stream) for stream in known])


def _row(stream: dict[str, Any]) -> tuple[str, ...]:
    cursor = stream["cursor"]
    sync = f"incremental by {cursor}" if cursor else "full refresh"
    return stream["name"], sync, ", ".join(stream["key"]), stream["requests"].replace("`", "")
