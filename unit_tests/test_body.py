"""An answer that is JSON is read as the schemas declare it, whatever else Basecamp makes of a text or a number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

import source_basecamp
from source_basecamp.body import PEOPLE, Body, parsed

SCHEMAS = Path(source_basecamp.__file__).parent / "schemas"
HALF, OTHER_HALF, NOT_KNOWN = r"\ud83d", r"\ude00", "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("text", "read", "halves"),
    [
        (HALF, NOT_KNOWN, 1),
        (OTHER_HALF, NOT_KNOWN, 1),
        (HALF.upper().replace("U", "u"), NOT_KNOWN, 1),
        (f"a{HALF}b{HALF}{OTHER_HALF}c", f"a{NOT_KNOWN}b😀c", 1),
        (f"{HALF}{HALF}{OTHER_HALF}", f"{NOT_KNOWN}😀", 1),
        (f"{OTHER_HALF}{HALF}", NOT_KNOWN * 2, 2),
        (rf"\\{HALF[1:]} {HALF}", rf"\{HALF[1:]} {NOT_KNOWN}", 1),
        (rf"{HALF}\n{HALF}\\", f"{NOT_KNOWN}\n{NOT_KNOWN}\\", 2),
    ],
)
def test_half_a_character_is_replaced_and_nothing_beside_it(text: str, read: str, halves: int) -> None:
    assert parsed(f'[{{"title": "{text}", "{text}": 1}}]'.encode()) == Body([{"title": read, read: 1}], 2 * halves)


@pytest.mark.parametrize(
    "text", ["", "[", '["\\ud83d"', '["\\ud83d]', '"\\u12"', "[NaN]", '["\\ud83d", NaN]', "<html>"]
)
def test_what_is_no_json_stays_no_json(text: str) -> None:
    with pytest.raises(orjson.JSONDecodeError):
        parsed(text.encode())


@pytest.mark.parametrize("number", [2**63, 2**64, 10**18, 10**19, 10**60, -(2**63), -(2**63) - 1, -(10**40), 0])
def test_an_integer_of_any_size_is_exact(number: int) -> None:
    assert parsed(f'[{{"size": {number}, "ratio": 1.5, "text": "{number}"}}]'.encode()).value == [
        {"size": number, "ratio": 1.5, "text": str(number)}
    ]


def test_half_a_character_beside_a_long_number_is_replaced() -> None:
    assert parsed(f'["{HALF}", {10**30}]'.encode()) == Body([NOT_KNOWN, 10**30], 1)


@pytest.mark.parametrize("place", sorted(PEOPLE))
@pytest.mark.parametrize(
    ("written", "read"),
    [
        (7, {"id": 7}),
        ("7", {"id": 7}),
        ("007", {"id": 7}),
        ("basecamp", {"id": None, "system_label": "basecamp"}),
        ("", {"id": None, "system_label": ""}),
        ("७", {"id": None, "system_label": "७"}),
        (None, {"id": None}),
    ],
)
def test_the_id_of_a_person_is_a_number_wherever_a_person_stands(place: str, written: Any, read: Any) -> None:
    body = {"id": 1, "completion": {place: {"id": written}}, place: [{"id": written, "name": "Ann"}]}
    expected = {"id": 1, "completion": {place: read}, place: [{**read, "name": "Ann"}]}
    for separators in ((",", ":"), (", ", ": ")):
        assert parsed(json.dumps([body], separators=separators).encode()).value == [expected]


def test_a_person_without_a_place_is_told_by_its_kind() -> None:
    person = {"id": "7", "personable_type": "User"}
    assert parsed(orjson.dumps([person, {"seen_by": {"x": person}}])).value == [
        {**person, "id": 7},
        {"seen_by": {"x": {**person, "id": 7}}},
    ]


def test_the_id_of_what_is_no_person_stays() -> None:
    body = [{"id": "7", "attachment": {"id": "a-b"}, "people": {"team": {"id": "x"}}}]
    assert parsed(orjson.dumps(body)).value == body


def test_the_places_of_people_are_those_of_the_schemas() -> None:
    declared = {name for path in SCHEMAS.rglob("*.json") for name in places(json.loads(path.read_text()))}
    assert declared == PEOPLE


def places(node: Any, field: str = "") -> Iterator[str]:
    """The fields of a schema whose value, or each element of it, is a person."""
    for name, child in node.items() if isinstance(node, dict) else ():
        inner = name if field == "properties" else ""
        shape = child.get("items", child) if isinstance(child, dict) else {}
        if inner and is_person(shape):
            yield inner
        yield from places(child, name)


def is_person(shape: dict[str, Any]) -> bool:
    properties = shape.get("properties", {})
    whole = (shape.get("$ref"), properties.get("$ref"))
    return bool({"person.json", "person.json#/properties"}.intersection(whole)) or (
        properties.get("id", {}).get("$ref") == "person.json#/properties/id"
    )
