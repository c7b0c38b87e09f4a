"""XML as Classic sends it: no two elements need to be written alike.

How an element is written follows from the seed, its record and its name, so that one account always reads the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr
from zlib import crc32

from sandbox.account.records import Record
from sandbox.classic.elements import Element, Many, Scalar

_DECLARATIONS = ('<?xml version="1.0" encoding="UTF-8"?>\n', '<?xml version="1.0"?>\n', "", "<?xml version='1.0' ?>")
_GAPS = ("\n  ", "", "\n\n\t", " ")
"""Between elements."""
_LISTS: tuple[dict[str, str], ...] = ({"type": "array"}, {}, {"array": "true"})
_TYPES: Mapping[Scalar, tuple[str, ...]] = {
    "text": ("", "", "", "", "string"),
    "integer": ("integer", "integer", ""),
    "boolean": ("boolean", "boolean", ""),
    "float": ("float", "", "decimal"),
    "date": ("date", "date", ""),
    "datetime": ("datetime", "datetime", ""),
    "unbounded": ("float", ""),
}
_MIDNIGHT = "T00:00:00Z"
# What an XML reader would take for the end of a line.
_RETURN = {"\r": "&#13;"}
_NAMED = {'"': "&quot;", "'": "&apos;", "’": "&#x2019;", **_RETURN}


class ClassicXml:
    """Writes the documents of one site."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def one(self, element: Element, record: Record, path: str) -> bytes:
        """A document of one record."""
        chance = self._chance(path)
        return self._document(chance, self._object(element, record, _GAPS[chance // 7 % len(_GAPS)]))

    def many(
        self,
        root: str,
        element: Element,
        records: Iterable[Record],
        path: str,
        attributes: Mapping[str, str] | None = None,
    ) -> bytes:
        """A document that lists records; of none, of one, or of many."""
        chance = self._chance(path)
        gap = _GAPS[chance // 7 % len(_GAPS)]
        inside = [self._object(element, record, gap) for record in records]
        return self._document(chance, self._list(root, inside, chance, gap, attributes or {}))

    def _document(self, chance: int, root: str) -> bytes:
        return (_DECLARATIONS[chance % len(_DECLARATIONS)] + root).encode()

    def _chance(self, *key: object) -> int:
        return crc32(repr((self._seed, *key)).encode()) >> 3

    def _list(self, tag: str, inside: list[str], chance: int, gap: str, attributes: Mapping[str, str]) -> str:
        given = {**_LISTS[chance // 31 % len(_LISTS)], **attributes}
        if not inside and chance % 2:
            return _tagged(tag, given, None)
        return _tagged(tag, given, gap + gap.join(inside) + gap)

    def _object(self, element: Element, record: Record, gap: str) -> str:
        key = record.get("id", "")
        parts = [
            self._field(element, name, record[name], self._chance(element.tag, key, name), gap)
            for name in element.fields
            if name not in element.unsent
        ]
        return _tagged(element.tag, {}, gap + gap.join(filter(None, parts)) + gap)

    def _field(self, element: Element, name: str, value: Any, chance: int, gap: str) -> str:
        tag, kind = name.replace("_", "-"), element.fields[name]
        if isinstance(kind, Element):
            return _nothing(tag, "text", chance) if value is None else self._object(kind, value, gap)
        if isinstance(kind, Many):
            inside = [
                self._object(kind.of, each, gap)
                if isinstance(kind.of, Element)
                else _value(kind.tag, kind.of, each, chance + n)
                for n, each in enumerate(value)
            ]
            return self._list(tag, inside, chance, gap, {})
        if value is None:
            return "" if name in element.optional and chance % 3 else _nothing(tag, kind, chance // 3)
        return _value(tag, kind, value, chance)


def _value(tag: str, kind: Scalar, value: Any, chance: int) -> str:
    type = _TYPES[kind][chance % len(_TYPES[kind])]
    match kind:
        case "text":
            return _tagged(tag, _typed(type), None if value == "" and chance % 2 else _text(value, chance // 5))
        case "boolean":
            text = "true" if value else "false"
        case "float":
            # 2.0 hours are 2.0 or 2.
            text = repr(value).removesuffix(".0") if chance // 3 % 2 else repr(value)
        case "datetime" if value.endswith(_MIDNIGHT) and chance // 3 % 2:
            # A day alone, under either name.
            return _tagged(tag, _typed("date" if type and chance // 7 % 4 else type), value.removesuffix(_MIDNIGHT))
        case _:
            text = str(value)
    return _tagged(tag, _typed(type), text)


def _nothing(tag: str, kind: Scalar, chance: int) -> str:
    """An element without a value. A text is then null by its attribute, or it would be an empty text."""
    type = _TYPES[kind][chance % len(_TYPES[kind])]
    # Without an attribute, all others may be null by being empty.
    nil = kind == "text" or chance // 5 % 3 > 0
    return _tagged(tag, {**_typed(type), **({"nil": "true"} if nil else {})}, None if chance // 17 % 2 else "")


def _typed(type: str) -> dict[str, str]:
    return {"type": type} if type else {}


def _text(text: str, chance: int) -> str:
    """A text with its characters as they are, as numbers, under their names, or in a CDATA section."""
    match chance % 5:
        case 1:
            return escape(text, _RETURN).encode("ascii", "xmlcharrefreplace").decode()
        case 2:
            return escape(text, _NAMED)
        case 3 if text and "\r" not in text and "]]>" not in text:
            return f"<![CDATA[{text}]]>"
    return escape(text, _RETURN)


def _tagged(tag: str, attributes: Mapping[str, str], inside: str | None) -> str:
    """An element; of None one without an end tag."""
    opened = "".join([tag, *(f" {name}={quoteattr(value)}" for name, value in attributes.items())])
    return f"<{opened}/>" if inside is None else f"<{opened}>{inside}</{tag}>"
