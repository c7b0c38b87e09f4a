"""Output and questions: tables and colour on a terminal, plain lines elsewhere, JSON for `--json`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

import orjson
import rich_click as click
from click.exceptions import Abort
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from source_basecamp.process import CommandError

NO_TERMINAL = "Without a terminal, {subject} cannot be asked for. {remedy}"
UNANSWERED = "No answer was given for {subject}. {remedy}"

_WIDTH_WITHOUT_TERMINAL = 200
_LONGEST_WORD, _LONGEST_NAME = 12, 24
"""Cells; a longer word, such as an address, or a longer name in the first column may be broken."""

_Answer = TypeVar("_Answer")


class Screen(Console):
    """rich's, except that a closed pipe is an error as elsewhere."""

    def on_broken_pipe(self) -> NoReturn:
        # rich would exit with 1. Called while the BrokenPipeError is handled.
        raise  # noqa: PLE0704


def _console(stderr: bool) -> Console:
    terminal = (sys.stderr if stderr else sys.stdout).isatty()
    return Screen(stderr=stderr, width=None if terminal else _WIDTH_WITHOUT_TERMINAL, highlight=False, emoji=False)


SCREEN = _console(stderr=False)
"""Results."""

ERRORS = _console(stderr=True)
"""Errors, progress and questions, so that results can be piped."""


def counted(count: int, one: str, many: str = "") -> str:
    """`1 to-do`, `2 to-dos`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def plain(text: str) -> Text:
    """A text without markup or control characters: a name from Basecamp may contain rich's markup or escape codes."""
    return Text("".join(sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in text))


def print_table(
    headings: Sequence[str], rows: Iterable[Sequence[Any]], right: Iterable[str] = (), screen: Console = SCREEN
) -> None:
    """Prints a table without lines, the columns named in `right` flush right.

    A cell is a rich Text, or anything that `str` takes. On a terminal, cells are folded to its width; elsewhere each
    row is one line of any length.
    """
    texts = [[cell if isinstance(cell, Text) else plain(str(cell)) for cell in row] for row in rows]
    justified = ["right" if heading in right else "left" for heading in headings]
    if screen.is_terminal:
        widths, gap = _fitted([[Text(heading) for heading in headings], *texts], justified, screen.width)
        table = Table(box=None, padding=(0, gap, 0, 0), pad_edge=False, header_style="bold")
        for heading, justify, width in zip(headings, justified, widths, strict=True):
            table.add_column(heading, justify=justify, overflow="fold", width=width)  # type: ignore[arg-type]
        for row in texts:
            table.add_row(*row)
        screen.print(table)
    else:
        _print_lines(screen, [[Text(heading) for heading in headings], *texts], justified)


def _fitted(rows: list[list[Text]], justified: list[str], width: int) -> tuple[list[int], int]:
    """The widths of a table's columns, and the blanks between them, so that it fits.

    Where there is room, no number and no word is broken, but headings of numbers in two.
    """
    columns = list(zip(*rows, strict=True))
    widths = [max(cell_len(cell.plain) for cell in column) for column in columns]
    gap = 2 if sum(widths) + 2 * (len(columns) - 1) <= width else 1
    excess = sum(widths) + gap * (len(columns) - 1) - width
    words = [_LONGEST_NAME] + [_LONGEST_WORD] * len(columns)
    least = [
        _least(*column, longest=None if justify == "right" else word)
        for column, justify, word in zip(columns, justified, words, strict=False)
    ]
    slack = {number: wide - need for number, (wide, need) in enumerate(zip(widths, least, strict=True))}
    for number in sorted(slack, key=lambda number: -slack[number]):
        taken = max(0, min(excess, slack[number]))
        widths[number] -= taken
        excess -= taken
    return widths, gap


def _least(heading: Text, *cells: Text, longest: int | None) -> int:
    if longest is None:
        return max((cell_len(heading.plain) + 1) // 2, *(cell_len(cell.plain) for cell in cells), 0)
    words = [cell_len(word) for cell in (heading, *cells) for word in cell.plain.split()]
    return min(max(words, default=0), longest)


def print_json(answer: Any) -> None:
    """Prints one JSON document to standard output."""
    sys.stdout.write(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode() + "\n")


@contextmanager
def output_discarded() -> Iterator[None]:
    """Discards what libraries print to standard output, from Python or C. With BASECAMP_DEBUG, it goes to stderr."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
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
    """Whether standard input is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def ask(text: str, subject: str, remedy: str, *, hidden: bool = False, kept: str = "") -> str:
    """Asks for one line, and returns it stripped. `kept` is the answer to a mere Enter; it is not shown.

    Raises a CommandError without a terminal and at the end of the input. Its message names the `subject` that was
    asked for, and as a `remedy` another way to give it.
    """
    return _answer_to(
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
    """Asks for a password without showing it, at a terminal. Returns it as typed."""
    return str(click.prompt(text, hide_input=True, err=True))


def confirm(text: str, subject: str, remedy: str) -> bool:
    """Asks for yes or no; Enter is no. Raises as `ask`."""
    return _answer_to(lambda: bool(click.confirm(text, default=False, err=True)), subject, remedy)


def choose(text: str, most: int, default: int | None, subject: str, remedy: str) -> int:
    """Asks for a number from 1 to `most`. Raises as `ask`."""
    numbers = click.IntRange(1, most)
    return _answer_to(lambda: int(click.prompt(text, type=numbers, default=default, err=True)), subject, remedy)


def _not_blank(text: str) -> str:
    if not text.strip():
        raise click.UsageError("Enter a value.")
    return text.strip()


def _answer_to(question: Callable[[], _Answer], subject: str, remedy: str) -> _Answer:
    if not can_ask():
        raise CommandError(NO_TERMINAL.format(subject=subject, remedy=remedy))
    try:
        return question()
    except Abort as error:
        raise CommandError(UNANSWERED.format(subject=subject, remedy=remedy)) from error
