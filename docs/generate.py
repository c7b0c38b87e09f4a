"""Writes docs/reference.md from the manifest, the schemas and the spec: `make docs`. A test fails when it is stale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from airbyte_cdk.sources.declarative.schema import JsonFileSchemaLoader

from source_basecamp import SourceBasecamp

TARGET = Path(__file__).with_name("reference.md")
# What it takes to build streams; nothing is asked with it.
_CONFIG = {"account_id": 1, "client_id": "-", "client_secret": "-", "client_refresh_token_2": "-"}

Stream = Mapping[str, Any]


def main() -> None:
    TARGET.write_text(reference())


def reference() -> str:
    """The whole page, as Markdown."""
    manifest = SourceBasecamp(config=_CONFIG).resolved_manifest
    streams = manifest["streams"]
    sections = [
        "<!-- Written by `make docs` from manifest.yaml and source_basecamp/schemas. Do not edit. -->\n# Reference",
        "## Options\n\n" + _options(manifest["spec"]["connection_specification"]),
        "## Streams\n\nEach holds what the user who authorised the connection can see.\n\n" + _streams(streams),
        "## How they hang together\n\n" + _diagram(streams),
        "## Fields",
        *(f"### {stream['name']}\n\n" + _fields(_schema(stream)) for stream in streams),
    ]
    return "\n\n".join(sections) + "\n"


def _options(spec: Mapping[str, Any]) -> str:
    rows = []
    for name, option in spec["properties"].items():
        if not option.get("airbyte_hidden"):
            need = "required" if name in spec["required"] else f"default {option.get('default', 'none')}"
            rows.append((f"`{name}`", _type(option), need, option["description"]))
    return _table(("key", "type", "", "what it does"), rows)


def _streams(streams: list[Stream]) -> str:
    rows = []
    for stream in streams:
        cursor = stream.get("incremental_sync", {}).get("cursor_field")
        mode = f"incremental by `{cursor}`" if cursor else "full refresh"
        rows.append(
            (
                f"[{stream['name']}](#{stream['name']})",
                _schema(stream)["description"],
                _key(stream),
                mode,
                _cost(stream),
            )
        )
    return _table(("stream", "what it holds", "key", "sync", "requests"), rows)


def _key(stream: Stream) -> str:
    key = stream["primary_key"]
    return ", ".join(f"`{part}`" for part in ([key] if isinstance(key, str) else key))


def _cost(stream: Stream) -> str:
    """What a sync asks for, by how the stream is declared. A page has 15, 30, 50, then 100 records."""
    retriever = stream["retriever"]
    router = retriever.get("partition_router", {})
    if "record_expander" in retriever["record_selector"]["extractor"] and "parent_stream_configs" not in router:
        return "none: made of `projects`"
    if "parent_stream_configs" in router:
        shared = retriever["requester"].get("shared_cache", stream["name"])
        parent = router["parent_stream_configs"][0]["partition_field"].removesuffix("_id").replace("_", " ")
        return f"none: made of `{shared}`" if _is_second(stream, shared) else f"one or more for each {parent}"
    if "step" in stream.get("incremental_sync", {}):
        return "one for each year; one when nothing changed"
    if stream.get("incremental_sync"):
        return "one for each page that changed" + (", at least one for each status" if router else "")
    if retriever["requester"].get("answers_with") == "object":
        return "one"
    return "one for each page" + (" and status" if router else "")


def _is_second(stream: Stream, shared: str) -> bool:
    """Whether another stream of that name has already read what this one is made of."""
    return stream["name"] != shared


def _diagram(streams: list[Stream]) -> str:
    names = {stream["name"] for stream in streams}
    lines = ["```mermaid", "erDiagram"]
    for stream in streams:
        properties = _schema(stream)["properties"]
        key = stream["primary_key"]
        fields = [f"        int {part} PK" for part in ([key] if isinstance(key, str) else key)]
        lines += [f"    {stream['name']} {{", *fields, "    }"]
        lines += [
            f"    {parent} ||--o{{ {stream['name']} : {field}"
            for parent, field in _parents(properties, names, stream["name"])
        ]
    return "\n".join([*lines, "```"])


def _parents(properties: Mapping[str, Any], names: set[str], stream: str) -> Iterator[tuple[str, str]]:
    if "bucket" in properties and stream != "projects":
        yield "projects", '"bucket.id"'
    for field in properties:
        parent = {"project_id": "projects", "todoset_id": "project_tools", "card_table_id": "card_tables"}.get(field)
        if parent in names:
            yield str(parent), field
    for field in ("creator", "person", "booster"):
        if field in properties and "people" in names:
            yield "people", f'"{field}.id"'


def _fields(schema: Mapping[str, Any]) -> str:
    rows = [(f"`{name}`", _type(field), field.get("description", "")) for name, field in schema["properties"].items()]
    return _table(("field", "type", "meaning"), rows)


def _type(field: Mapping[str, Any]) -> str:
    kinds = [kind for kind in ([field["type"]] if isinstance(field["type"], str) else field["type"]) if kind != "null"]
    kind = str(field.get("format", kinds[0]))
    if kind == "array":
        return f"list of {_type(field.get('items', {'type': 'any'}))}"
    if kind == "object" and field.get("properties"):
        return f"object: {', '.join(field['properties'])}"
    return kind


def _schema(stream: Stream) -> Mapping[str, Any]:
    path = stream["schema_loader"]["file_path"]
    return JsonFileSchemaLoader(config={}, parameters={}, file_path=path).get_json_schema()


def _table(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [headings, ("---",) * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    main()
