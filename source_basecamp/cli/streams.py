"""`source-basecamp streams`: what can be read. Makes no request."""

from __future__ import annotations

import rich_click as click

from source_basecamp.cli.options import json_option
from source_basecamp.terminal import print_json, print_table


@click.command()
@json_option
def streams(as_json: bool) -> None:
    """What can be read: each stream with its sync mode, its key, and what it costs in requests.

    \b
    source-basecamp streams
    source-basecamp streams --json
    """
    from source_basecamp.catalog import all_streams  # noqa: PLC0415

    known = all_streams()
    if as_json:
        print_json(
            [
                {
                    "name": stream.name,
                    "description": stream.description,
                    "sync_mode": stream.sync_mode,
                    "cursor": stream.cursor,
                    "key": stream.key,
                    "requests": stream.cost,
                }
                for stream in known
            ]
        )
        return
    print_table(
        ("stream", "sync", "key", "requests"),
        [(stream.name, stream.sync_words, ", ".join(stream.key), stream.cost.replace("`", "")) for stream in known],
    )
