"""What people see: tables and colour on a terminal, plain lines elsewhere, JSON where asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDTH_OF_NO_TERMINAL = 200


def _console(stderr: bool) -> Console:
    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Console(stderr=stderr, width=None if terminal else _WIDTH_OF_NO_TERMINAL, highlight=False, emoji=False)


SCREEN = _console(stderr=False)
"""Results."""

ERRORS = _console(stderr=True)
"""Errors, progress and questions, so that results can be piped on."""


def plain(text: str) -> Text:
    """A text as it is, for a console: names that people gave may look like markup, or hold commands to a terminal."""
    return Text("".join(sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in text))


def print_table(
    headings: Sequence[str], rows: Iterable[Sequence[Any]], right: Iterable[str] = (), screen: Console = SCREEN
) -> None:
    """A table without lines; the columns named in `right` hold figures. Cells are anything with words, or rich texts.

    Folded to the width of a terminal; elsewhere a record is a line, however long.
    """
    texts = [[cell if isinstance(cell, Text) else plain(str(cell)) for cell in row] for row in rows]
    justified = ["right" if heading in right else "left" for heading in headings]
    if screen.is_terminal:
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
        for heading, justify in zip(headings, justified, strict=True):
            table.add_column(heading, justify=justify, overflow="fold")  # type: ignore[arg-type]
        for row in texts:
            table.add_row(*row)
        screen.print(table)
    else:
        _print_lines(screen, [[Text(heading) for heading in headings], *texts], justified)


def print_json(answer: Any) -> None:
    """One JSON document on standard output, for `--json`."""
    sys.stdout.write(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode() + "\n")


@contextmanager
def nothing_printed() -> Iterator[None]:
    """Keeps standard output free of what libraries print, in Python or not, so that it holds our results only."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    # With details asked for, it may be one of them.
    os.dup2(2 if os.environ.get("BASECAMP_DEBUG") else nowhere, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _print_lines(screen: Console, rows: list[list[Text]], justified: list[str]) -> None:
    widths = [max(cell_len(cell.plain) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = []
        for cell, width, justify in zip(row, widths, justified, strict=True):
            blank = " " * (width - cell_len(cell.plain))
            cells.append(blank + cell.plain if justify == "right" else cell.plain + blank)
        screen.out("  ".join(cells).rstrip(), highlight=False)
