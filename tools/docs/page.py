"""The parts of docs/basecamp.md that are written by `make docs`: between a marker that names them and its end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from source_basecamp.catalog import all_streams, resolved_manifest
from tools.changelog import CHANGELOG, releases
from tools.docs import ROOT
from tools.docs.tables import table, type_words

PAGE = ROOT / "docs" / "basecamp.md"


def page() -> str:
    """The whole page, its written parts as they should be today."""
    text = PAGE.read_text()
    for name, content in {"streams": _streams(), "fields": _fields(), "changelog": _changelog()}.items():
        text = filled(text, name, content)
    return text


def filled(text: str, name: str, content: str, command: str = "make docs") -> str:
    """`text` with `content` between the markers of `name`. Raises ValueError where they are not there once."""
    begin, end = f"<!-- {name}: written by `{command}` -->", f"<!-- /{name} -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"the page has to hold {begin} and {end} once each")
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n\n{content}\n\n{end}{rest.partition(end)[2]}"


def _streams() -> str:
    rows = [
        (
            f"[{stream.name}](reference.md#{stream.name})",
            stream.description,
            ", ".join(f"`{part}`" for part in stream.key),
            f"yes, by `{stream.cursor}`" if stream.cursor else "no",
        )
        for stream in all_streams()
    ]
    return table(("stream", "what it holds", "primary key", "incremental"), rows)


def _fields() -> str:
    spec: Mapping[str, Any] = resolved_manifest()["spec"]["connection_specification"]
    shown = {name: field for name, field in spec["properties"].items() if not field.get("airbyte_hidden")}
    rows = [
        (
            field["title"],
            f"`{name}`",
            type_words(field) + (", secret" if field.get("airbyte_secret") else ""),
            "yes" if name in spec["required"] else "no",
            str(field.get("default", "")),
        )
        for name, field in sorted(shown.items(), key=lambda item: (item[1]["order"], item[0]))
    ]
    return table(("field", "key", "type", "required", "default"), rows)


def _changelog() -> str:
    """A row for each version of CHANGELOG.md, newest first as there."""
    rows = [
        (release.version, release.date, " ".join(re.sub(r"^- ", "", release.notes, flags=re.MULTILINE).split()))
        for release in releases(CHANGELOG.read_text())
    ]
    return table(("version", "date", "what changed"), rows)
