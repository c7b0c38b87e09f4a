"""The parts of docs/classic.md that are written by `make docs`: the streams of Classic and their fields."""

from __future__ import annotations

from source_basecamp.catalog import all_streams
from source_basecamp.product import CLASSIC
from tools.docs import ROOT
from tools.docs.page import filled
from tools.docs.tables import fields, table

CLASSIC_PAGE = ROOT / "docs" / "classic.md"


def classic_page() -> str:
    """The whole page, its written parts as they should be today."""
    text = CLASSIC_PAGE.read_text()
    for name, content in {"streams": _streams(), "fields": _fields()}.items():
        text = filled(text, name, content)
    return text


def _streams() -> str:
    rows = [
        (
            f"[{stream.name}](#{stream.name})",
            stream.description,
            ", ".join(f"`{part}`" for part in stream.key),
            stream.cost,
        )
        for stream in all_streams(CLASSIC)
    ]
    return table(("stream", "what it holds", "key", "requests"), rows)


def _fields() -> str:
    return "\n\n".join(f"### {stream.name}\n\n{fields(stream.schema)}" for stream in all_streams(CLASSIC))
