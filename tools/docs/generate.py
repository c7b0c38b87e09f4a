"""Writes docs/reference.md, docs/commands.md, parts of other pages, and what `streams` says.

`make docs` does it, and a test fails when they are stale.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from source_basecamp.catalog import StreamInfo, all_streams, resolved_manifest
from source_basecamp.cli.streams import LISTED
from tools.docs import ROOT, commands
from tools.docs.classic import CLASSIC_PAGE, classic_page
from tools.docs.page import PAGE, page
from tools.docs.readme import README, readme
from tools.docs.tables import fields, table, type_words
from tools.docs.warehouse import TABLES_PAGE, tables_page, with_classic_tables

TARGET = ROOT / "docs" / "reference.md"


def main() -> None:
    TARGET.write_text(reference())
    PAGE.write_text(page())
    commands.PAGE.write_text(commands.commands())
    README.write_text(readme())
    TABLES_PAGE.write_text(tables_page())
    CLASSIC_PAGE.write_text(with_classic_tables(classic_page()))
    for product, path in LISTED.items():
        path.write_text(listed(product))


def listed(product: str) -> str:
    """All streams of a product, as `source-basecamp streams --json` prints them."""
    streams = [
        {
            "name": stream.name,
            "description": stream.description,
            "sync_mode": stream.sync_mode,
            "cursor": stream.cursor,
            "key": stream.key,
            "requests": stream.cost,
        }
        for stream in all_streams(product)
    ]
    return json.dumps(streams, indent=2, ensure_ascii=False) + "\n"


def reference() -> str:
    """The whole page, as Markdown."""
    streams = all_streams()
    sections = [
        "<!-- Written by `make docs` from manifest.yaml and source_basecamp/schemas. Do not edit. -->\n# Reference",
        "## Options\n\n" + _options(resolved_manifest()["spec"]["connection_specification"]),
        "## Streams\n\nEach holds what the user who authorised the connection can see; [how they hang "
        "together](tables.md#how-they-hang-together).\n\n" + _streams(streams),
        "## Fields",
        *(f"### {stream.name}\n\n" + fields(stream.schema) for stream in streams),
    ]
    return "\n\n".join(sections) + "\n"


def _options(spec: Mapping[str, Any]) -> str:
    rows = []
    for name, option in spec["properties"].items():
        if not option.get("airbyte_hidden"):
            need = "required" if name in spec["required"] else f"default {option.get('default', 'none')}"
            rows.append((f"`{name}`", type_words(option), need, option["description"]))
    return table(("key", "type", "", "what it does"), rows)


def _streams(streams: list[StreamInfo]) -> str:
    rows = []
    for stream in streams:
        key = ", ".join(f"`{part}`" for part in stream.key)
        rows.append((f"[{stream.name}](#{stream.name})", stream.description, key, stream.sync_words, stream.cost))
    return table(("stream", "what it holds", "key", "sync", "requests"), rows)


if __name__ == "__main__":
    main()
