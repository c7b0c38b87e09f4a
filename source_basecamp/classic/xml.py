"""The XML of an answer, as the schemas declare it.

The elements' own types come and go, so a field's type is that of the schema; Classic's word counts for fields that no
schema declares. The CDK's XML decoder makes an object of a list of one, and loses what is null.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from airbyte_cdk.sources.declarative.schema import JsonFileSchemaLoader

from source_basecamp.body import Body

_DECLARED_DOCUMENT = re.compile(rb"(?:\xef\xbb\xbf)?(?>\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
"""Basecamp sends none. With it, entities could be declared that grow without end.

In time that grows with the content only: what one part of the pattern has taken, no other tries.
"""

_WIDE = b"\0"
"""In a text of more than one byte a character, where nothing would be found by its bytes."""

LARGEST_RECORD = 500_000
"""Elements in one record, of some 100 bytes of memory each. A message with a thousand files has 20,000."""

_FOREIGN = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f]|&#(?:(\d{1,9})|x([\da-fA-F]{1,8}));")
"""What is no character of XML, such as a control character: as a byte, or by its number, as all are (groups 1, 2)."""

_CHUNK = 1 << 20
"""Bytes. A tag that goes on for megabytes is read from its beginning with each chunk: `iterparse` takes 16 kB."""

_NO_RECORDS = "nil-classes"
"""What Rails calls a list that is empty."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_UNDECLARED: Mapping[str, Any] = {}


@cache
def schema_of(stream: str) -> Mapping[str, Any]:
    """The schema of a stream of Classic, shared shapes resolved."""
    path = f"./source_basecamp/schemas/classic/{stream}.json"
    return dict(JsonFileSchemaLoader(config={}, parameters={}, file_path=path).get_json_schema())


def parsed(content: bytes, root: str, stream: str, single: bool) -> Body:
    """Parses an answer whose root element is `root`: a record of the stream with `single`, else a list of them.

    Raises a ValueError if it is anything else.
    """
    if _WIDE in content or _DECLARED_DOCUMENT.match(content):
        raise ValueError("it declares a document type, or is not of single bytes")
    schema = schema_of(stream)
    try:
        try:
            return _parsed(content, root, schema, single)
        except ElementTree.ParseError:
            if (mended := _FOREIGN.sub(_character, content)) == content:
                raise
            return _parsed(mended, root, schema, single)
    except (ElementTree.ParseError, LookupError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _character(found: re.Match[bytes]) -> bytes:
    """What was found, or U+FFFD for what is no character of XML: a text that was pasted would take all others along."""
    number = int(found[1]) if found[1] else int(found[2] or b"0", 16)
    is_character = number in (9, 10, 13) or 32 <= number < 0xD800 or 0xE000 <= number < 0xFFFE
    return found[0] if is_character or 1 << 16 <= number <= 0x10FFFF else "\N{REPLACEMENT CHARACTER}".encode()


def _parsed(content: bytes, root: str, schema: Mapping[str, Any], single: bool) -> Body:
    events = _events(content)
    _, top = next(events)
    # Before its children are let go, and these with them.
    attributes = dict(top.attrib)
    records = list(_records(top, events, schema, single))
    if top.tag != root and (single or records or top.tag != _NO_RECORDS):
        raise ValueError(f"it holds {top.tag}")
    if not single and (records or not (top.text or "").strip()):
        return Body(records, attributes=attributes)
    if single and len(top):
        return Body(_record(top, schema))
    raise ValueError("it holds no record")


def _events(content: bytes) -> Iterator[tuple[str, Element]]:
    """Each start and end of an element."""
    # Safe without document types, and with a bound on what is kept of it at once.
    parser: Any = ElementTree.XMLPullParser(events=("start", "end"))
    for start in range(0, len(content), _CHUNK):
        parser.feed(content[start : start + _CHUNK])
        yield from parser.read_events()
    parser.close()
    yield from parser.read_events()


def _records(
    top: Element, events: Iterator[tuple[str, Element]], schema: Mapping[str, Any], single: bool
) -> Iterator[dict[str, Any]]:
    """The children of the root, each of which is let go once it is read; none with `single`, where they are fields."""
    depth = elements = 0
    for event, element in events:
        depth += 1 if event == "start" else -1
        elements += event == "start"
        if elements > LARGEST_RECORD:
            raise ValueError("a record has elements without end")
        if event == "end" and depth == 0 and element is not top and not single:
            yield _record(element, schema)
            top.clear()
            elements = 0


def _record(element: Element, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an element. One that no schema declares and that comes again is a list."""
    fields = schema.get("properties", _UNDECLARED)
    found: dict[str, list[Any]] = {}
    for child in element:
        name = child.tag.replace("-", "_")
        found.setdefault(name, []).append(_value(child, fields.get(name, _UNDECLARED)))
    return {name: values if values[1:] and name not in fields else values[-1] for name, values in found.items()}


def _value(element: Element, schema: Mapping[str, Any]) -> Any:
    types = schema.get("type") or _own_type(element)
    if element.get("nil") == "true":
        return None
    if "array" in types:
        return [_value(child, schema.get("items", _UNDECLARED)) for child in element]
    if "object" in types:
        return _record(element, schema)
    text = "".join(element.itertext()) if len(element) else element.text or ""
    if "string" not in types:
        return _number(text.strip(), types)
    return _moment(text.strip(), schema["format"]) if "format" in schema else text


def _own_type(element: Element) -> str:
    """The JSON type of an element that no schema declares."""
    if element.get("type") == "array":
        return "array"
    if len(element):
        return "object"
    return {"integer": "integer", "float": "number", "boolean": "boolean"}.get(element.get("type", ""), "string")


def _moment(text: str, format: str) -> str | None:
    """A day or a moment as the schema has it, whichever came; None for an empty element."""
    if format == "date":
        day = _DAY.match(text)
        return day[0] if day else text or None
    return f"{text}T00:00:00Z" if _DAY.fullmatch(text) else text or None


def _number(text: str, types: Any) -> Any:
    """The number or the truth in a text; the text itself where it holds none, so that nothing is lost."""
    if not text:
        return None
    if "boolean" in types:
        return _BOOLEANS.get(text.lower(), text)
    if "_" in text:
        # Python reads 1_000 as a number.
        return text
    try:
        return int(text) if "integer" in types else _finite(text)
    except ValueError:
        return text


def _finite(text: str) -> float:
    number = float(text)
    if number - number != 0:
        raise ValueError("JSON has no such number")
    return number
