"""What a report is made of: sections with a key figure, a chart and a table each, in words and numbers of the page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

SHOWN = 12
"""Rows of a table: the worst, or the nearest. The page says how many more there are."""

_LONGEST, _NAMES = 160, 90
"""Characters of a text, and of a list of people."""


class Rows(Protocol):
    """Where the rows come from: the views of one sync, as `warehouse.reading` reads them."""

    @property
    def ask(self) -> Callable[[str], list[tuple[Any, ...]]]: ...
    @property
    def views(self) -> Collection[str]: ...
    @property
    def lacking(self) -> Mapping[str, Sequence[str]]: ...
    @property
    def account(self) -> str: ...
    @property
    def synced_at(self) -> datetime: ...
    @property
    def oldest(self) -> datetime: ...
    @property
    def now(self) -> datetime: ...
    @property
    def today(self) -> date: ...
    @property
    def zone(self) -> str: ...


@dataclass(frozen=True)
class Cell:
    text: str
    link: str = ""
    note: str = ""
    """A second line, smaller."""
    bars: tuple[float, ...] = ()
    """Lengths in percent, the first in the accent's colour."""


@dataclass(frozen=True)
class Column:
    heading: str
    classes: str = ""
    """Of the style sheet: `number` is flush right, `date` on one line, `spare` left out on a phone."""


@dataclass(frozen=True)
class Table:
    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]
    more: int = 0
    """Rows that are not shown."""
    folded: bool = False
    """Whether it is the numbers of a chart, for whoever wants them."""


@dataclass(frozen=True)
class Chart:
    title: str
    said: str
    """What it shows, for whoever does not see it."""
    note: str
    """How it is to be read, where that is not plain."""
    wide: str
    narrow: str
    """SVG."""


@dataclass(frozen=True)
class Section:
    id: str
    title: str
    lead: str
    figure: tuple[str, str, str] | None = None
    """The key figure, what it is, and what goes with it."""
    chart: Chart | None = None
    table: Table | None = None


def number(value: Any, places: int = 0) -> str:
    return f"{value or 0:,.{places}f}"


def day(value: date | None) -> str:
    return f"{value.day} {value:%b %Y}" if value else ""


def cut(text: Any, longest: int = _LONGEST) -> str:
    """A text on one line without control characters, and not longer than fits into a table."""
    clean = "".join(sign if sign.isprintable() or sign in "\u200c\u200d" else " " for sign in str(text or ""))
    words = " ".join(clean.split())
    return words if len(words) <= longest else f"{words[: longest - 1].rstrip()}…"


def names(people: Any) -> str:
    """A list of names, cut at a comma where it is too long."""
    listed = cut(people, 10 * _LONGEST)
    return listed if len(listed) <= _NAMES else f"{listed[:_NAMES].rpartition(', ')[0] or listed[:_NAMES]}, …"


def link(url: Any) -> str:
    """An address that a click may open; nothing for any other scheme, such as javascript."""
    return str(url) if str(url or "").startswith(("https://", "http://")) else ""


def titled(title: Any, url: Any, project: Any) -> Cell:
    """A title that leads to Basecamp, and the project below it."""
    return Cell(cut(title) or "(no title)", link(url), cut(project))
