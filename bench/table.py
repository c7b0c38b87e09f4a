"""The benchmark's table: its rows, targets and layout."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Number = int | float

HEADINGS = ("", "ours", "plain", "least", "ratio", "target", "")
_RULES = {"at most": operator.le, "at least": operator.ge, "exactly": operator.eq}


@dataclass(frozen=True)
class Target:
    """The bound of a figure, such as `Target("at most", 1.02)`."""

    rule: str
    figure: Number

    def met_by(self, figure: Number) -> bool:
        return bool(_RULES[self.rule](figure, self.figure))

    def __str__(self) -> str:
        return f"{self.rule} {self.figure:,}"


@dataclass(frozen=True)
class Row:
    """One measurement: ours, the plain manifest's if it can do the same, and the least possible."""

    name: str
    ours: Number
    plain: Number | None
    least: Number | None = None
    ratio: Number | None = None
    target: Target | None = None

    @property
    def met(self) -> bool:
        """Whether the ratio, or without one our figure, meets the target."""
        return self.target is None or self.target.met_by(self.ours if self.ratio is None else self.ratio)

    def cells(self) -> list[str]:
        verdict = "" if self.target is None else "met" if self.met else "NOT MET"
        figures = [_written(figure) for figure in (self.ours, self.plain, self.least, self.ratio)]
        return [self.name, *figures, str(self.target or ""), verdict]


@dataclass(frozen=True)
class Section:
    """Rows that belong together."""

    title: str
    rows: Sequence[Row]


def over_least(name: str, ours: Number, plain: Number | None, least: Number, target: Target | None = None) -> Row:
    """A row whose ratio is our figure to the least possible."""
    return Row(name, ours, plain, least, ours / least, target)


def over_plain(name: str, ratio: float, target: Target | None = None) -> Row:
    """A row whose only figure is the ratio of ours to the plain manifest's."""
    return Row(name, ratio, 1, None, ratio, target)


def one_table(sections: Iterable[Section]) -> str:
    """All sections in one table."""
    rows: list[list[str]] = []
    for section in sections:
        rows.append([f"**{section.title}**", *[""] * (len(HEADINGS) - 1)])
        rows += [row.cells() for row in section.rows]
    return markdown(HEADINGS, rows)


def markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table that can be read as it is, too: columns padded, all but the first to the right."""
    table = [list(headings), *map(list, rows)]
    widths = [max(3, *(len(row[column]) for row in table)) for column in range(len(headings))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(_line(row, widths) for row in [table[0], rule, *table[1:]])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
    return f"| {' | '.join(cells)} |"


def _written(figure: Number | None) -> str:
    if figure is None:
        return ""
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:,.2f}"
