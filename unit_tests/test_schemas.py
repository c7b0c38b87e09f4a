"""Laws every stream schema keeps, and the agreement of the schemas with the SDK's generated types."""

from __future__ import annotations

import re
import types as python_types
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from airbyte_cdk.sources.declarative.schema import JsonFileSchemaLoader
from basecamp.generated import types as sdk
from jsonschema import Draft7Validator

import source_basecamp
from source_basecamp.catalog import all_streams
from source_basecamp.product import CLASSIC

SCHEMAS = Path(source_basecamp.__file__).parent / "schemas"
OF_CLASSIC = f"{CLASSIC}/"
STREAMS = sorted(file.stem for file in SCHEMAS.glob("*.json"))
CLASSIC_STREAMS = sorted(OF_CLASSIC + file.stem for file in (SCHEMAS / CLASSIC).glob("*.json"))
CATALOG = {stream.name: stream for stream in all_streams()}
CATALOG |= {OF_CLASSIC + stream.name: stream for stream in all_streams(CLASSIC)}
FEWEST_WORDS = 4
KEYWORDS = {"type", "format", "airbyte_type", "description", "additionalProperties", "properties", "items"}
NEVER_NULL = {"id", "status", "updated_at", "project_id", "card_table_id", "todoset_id"}
DATE_OR_TIME = {"starts_at", "ends_at"}  # a plain date on all-day events, hence without a format
A_NAME = "time_zone_id"  # Classic's, such as "Eastern Time (US & Canada)"
SENTENCE = re.compile(r"[A-Z][^\n]*[^.\s]\.")

SDK_NAMES = {
    "client_responses": "ClientApprovalResponse",
    "external_links": "Recording",  # the SDK has no type of its own for a Door
    "project_tools": "DockItem",  # a Tool is what other endpoints answer with
    "events": "FeedEvent",
    "schedule_details": "Schedule",
    "steps": "Subtask",
}
"""What the SDK calls a record, where it is not the stream's name or the end of it."""
SINGULAR = {"people": "person"}
NOT_DECLARED = {
    "Card.completed_at": "never sent by Basecamp, which reports completion.created_at",
    "Card.completer": "never sent by Basecamp, which reports completion.creator",
    "Subtask.completed_at": "never sent by Basecamp, which reports completion.created_at",
    "Subtask.completer": "never sent by Basecamp, which reports completion.creator",
}
JSON_TYPES: dict[Any, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


class Property(NamedTuple):
    """One property of a schema: where it stands, its name and its own schema."""

    path: str
    name: str
    schema: dict[str, Any]


@cache
def load(stream: str) -> dict[str, Any]:
    path = f"./source_basecamp/schemas/{stream}.json"
    return dict(JsonFileSchemaLoader(config={}, parameters={}, file_path=path).get_json_schema())


def nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schema itself and every schema inside it."""
    yield schema
    for child in [*schema.get("properties", {}).values(), *filter(None, [schema.get("items")])]:
        yield from nodes(child)


def properties(schema: dict[str, Any], path: str = "") -> Iterator[Property]:
    """Every property at every depth; the items of an array stand at the path of the array."""
    for name, child in schema.get("properties", {}).items():
        yield Property(f"{path}{name}", name, child)
        yield from properties(child, f"{path}{name}.")
    if "items" in schema:
        yield from properties(schema["items"], path)


def sdk_type(stream: str) -> Any:
    """The SDK's type of a stream's records: of `inbox_forwards` it is `Forward`, as there is no `InboxForward`."""
    *words, last = stream.split("_")
    words.append(SINGULAR.get(last) or re.sub("ies$", "y", last).removesuffix("s"))
    names = ["".join(map(str.title, words[start:])) for start in range(len(words))]
    found = [getattr(sdk, name) for name in [SDK_NAMES.get(stream, ""), *names] if hasattr(sdk, name)]
    assert found, f"say in SDK_NAMES what the SDK calls the records of {stream}"
    return found[0]


def json_types(schema: dict[str, Any]) -> set[str]:
    declared = schema["type"]
    return {declared} if isinstance(declared, str) else set(declared)


def offenders(stream: str, *, allowed: Any) -> list[str]:
    return [found.path for found in properties(load(stream)) if not allowed(found)]


def every_stream(test: Any) -> Any:
    return pytest.mark.parametrize("stream", STREAMS + CLASSIC_STREAMS)(test)


def test_every_stream_has_a_schema_and_every_schema_a_stream() -> None:
    assert sorted(CATALOG) == sorted(STREAMS + CLASSIC_STREAMS)


@every_stream
def test_the_cdk_loader_resolves_every_reference(stream: str) -> None:
    assert "$ref" not in str(load(stream))


@every_stream
def test_a_schema_is_an_object_of_draft_07(stream: str) -> None:
    schema = load(stream)
    Draft7Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert schema["type"] == "object"


@every_stream
def test_a_schema_uses_only_keywords_that_every_destination_understands(stream: str) -> None:
    used = {keyword for node in nodes(load(stream)) for keyword in node}
    assert used <= KEYWORDS | {"$schema"}


@every_stream
def test_every_property_is_described_by_a_sentence(stream: str) -> None:
    def allowed(found: Property) -> bool:
        text = found.schema.get("description", "")
        return bool(SENTENCE.fullmatch(text)) and len(text.split()) >= FEWEST_WORDS

    assert offenders(stream, allowed=allowed) == []


@every_stream
def test_every_object_lists_properties_and_lets_unknown_fields_pass(stream: str) -> None:
    objects = [node for node in nodes(load(stream)) if "object" in json_types(node)]
    assert all(node["additionalProperties"] is True and node["properties"] for node in objects)


@every_stream
def test_every_array_says_what_it_holds(stream: str) -> None:
    arrays = [node for node in nodes(load(stream)) if "array" in json_types(node)]
    assert all(node["items"] for node in arrays)


@every_stream
def test_ids_and_counts_are_integers(stream: str) -> None:
    def allowed(found: Property) -> bool:
        counted = re.search(r"(^|_)(id|count)$", found.name)
        return counted is None or found.name == A_NAME or json_types(found.schema) - {"null"} == {"integer"}

    assert offenders(stream, allowed=allowed) == []


@every_stream
def test_times_and_dates_carry_their_format(stream: str) -> None:
    def allowed(found: Property) -> bool:
        # Classic's days are times as well, as its answers have both.
        has_time = found.name.endswith("_at") or stream.startswith(OF_CLASSIC)
        time = "date-time" if has_time else "date"
        dated = found.name.endswith(("_at", "_on", "_date")) and found.name not in DATE_OR_TIME
        return not dated or found.schema.get("format") == time

    assert offenders(stream, allowed=allowed) == []


@every_stream
def test_a_time_and_only_a_time_carries_the_airbyte_type(stream: str) -> None:
    def allowed(found: Property) -> bool:
        wanted = "timestamp_with_timezone" if found.schema.get("format") == "date-time" else None
        return found.schema.get("airbyte_type") == wanted

    assert offenders(stream, allowed=allowed) == []


@every_stream
def test_only_the_fields_every_record_has_refuse_null(stream: str) -> None:
    def allowed(found: Property) -> bool:
        return "null" in json_types(found.schema) or found.path in NEVER_NULL

    assert offenders(stream, allowed=allowed) == []
    assert {load(stream)["properties"][field]["type"] for field in CATALOG[stream].key} == {"integer"}


def disagreements(schema: dict[str, Any], hint: Any, path: str) -> Iterator[str]:
    """Where a schema lacks a key of an SDK type or gives it another JSON type, at every depth."""
    union = get_origin(hint) in (Union, python_types.UnionType)
    options = [option for option in (get_args(hint) if union else (hint,)) if option is not type(None)]
    wanted = "number" if set(options) == {int, float} else json_type(options[0])
    if json_types(schema) - {"null"} != {wanted}:
        yield f"{path} is {schema['type']}, not {wanted}"
    elif wanted == "array":
        yield from disagreements(schema["items"], get_args(options[0])[0], path)
    elif is_typeddict(options[0]):
        for key, child in get_type_hints(options[0]).items():
            if f"{options[0].__name__}.{key}" in NOT_DECLARED:
                continue
            if key not in schema["properties"]:
                yield f"{path}.{key} is not declared"
            else:
                yield from disagreements(schema["properties"][key], child, f"{path}.{key}")


def json_type(hint: Any) -> str:
    if get_origin(hint) is list:
        return "array"
    return JSON_TYPES.get(hint, "object")


@pytest.mark.parametrize("stream", STREAMS)
def test_a_schema_declares_every_field_the_sdk_knows(stream: str) -> None:
    assert list(disagreements(load(stream), sdk_type(stream), stream)) == []


@pytest.mark.parametrize("key", NOT_DECLARED)
def test_an_exception_names_a_key_the_sdk_still_has(key: str) -> None:
    name, _, field = key.partition(".")
    assert field in get_type_hints(getattr(sdk, name))
