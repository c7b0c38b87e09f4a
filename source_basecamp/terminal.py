"""A person at a terminal: tables and colour there, plain lines elsewhere, JSON where asked for, and questions."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import orjson
import rich_click as click
from click.exceptions import Abort
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from source_basecamp.process import CommandError

NOBODY = "There is no terminal to ask at for {subject}. {remedy}"
UNANSWERED = "No answer was given for {subject}. {remedy}"

_WIDTH_OF_NO_TERMINAL = 200

_Answer = TypeVar("_Answer")


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


def can_ask() -> bool:
    """Whether a person can be asked: standard input is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def ask(text: str, subject: str, remedy: str, *, hidden: bool = False, kept: str = "") -> str:
    """One line, stripped. `kept` is the answer of a person who only presses Enter; it is not shown.

    Raises a CommandError where nobody can be asked or the input ends: `subject` is what was asked for, `remedy` how to
    tell it in another way.
    """
    return _asked(
        lambda: str(
            click.prompt(
                f"{text} [Enter keeps the present one]" if kept else text,
                default=kept or None,
                show_default=False,
                hide_input=hidden,
                value_proc=_not_blank,
                err=True,
            )
        ),
        subject,
        remedy,
    )


def ask_password(text: str) -> str:
    """A password, as it was typed and without showing it. Only at a terminal."""
    return str(click.prompt(text, hide_input=True, err=True))


def confirm(text: str, subject: str, remedy: str) -> bool:
    """Yes or no; Enter is no. Raises as `ask`."""
    return _asked(lambda: bool(click.confirm(text, default=False, err=True)), subject, remedy)


def choose(text: str, most: int, default: int | None, subject: str, remedy: str) -> int:
    """A number from 1 to `most`. Raises as `ask`."""
    numbers = click.IntRange(1, most)
    return _asked(lambda: int(click.prompt(text, type=numbers, default=default, err=True)), subject, remedy)


def _not_blank(text: str) -> str:
    if not text.strip():
        raise click.UsageError("Enter a value.")
    return text.strip()


def _asked(question: Callable[[], _Answer], subject: str, remedy: str) -> _Answer:
    if not can_ask():
        raise CommandError(NOBODY.format(subject=subject, remedy=remedy))
    try:
        return question()
    except Abort as error:
        raise CommandError(UNANSWERED.format(subject=subject, remedy=remedy)) from error
