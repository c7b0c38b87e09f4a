"""What the generated pages share: tables, and names for JSON schema types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [headings, ("---",) * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def type_words(field: Mapping[str, Any]) -> str:
    """The type that a schema declares, null left out: `integer`, `date-time`, `list of string`, `object: id, name`."""
    kinds = [kind for kind in ([field["type"]] if isinstance(field["type"], str) else field["type"]) if kind != "null"]
    kind = str(field.get("format", kinds[0]))
    if kind == "array":
        return f"list of {type_words(field.get('items', {'type': 'any'}))}"
    if kind == "object" and field.get("properties"):
        return f"object: {', '.join(field['properties'])}"
    return kind


def fields(schema: Mapping[str, Any]) -> str:
    """A row for each field of a schema."""
    rows = [
        (f"`{name}`", type_words(field), field.get("description", "")) for name, field in schema["properties"].items()
    ]
    return table(("field", "type", "meaning"), rows)
