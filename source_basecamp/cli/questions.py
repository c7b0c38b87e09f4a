"""Questions to a person at a terminal. Where none is there, words that say how to answer beforehand."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

import rich_click as click
from click.exceptions import Abort

from source_basecamp.cli.errors import VerbError

NOBODY = "There is no terminal to ask at for {subject}. {remedy}"
UNANSWERED = "No answer was given for {subject}. {remedy}"

_Answer = TypeVar("_Answer")


def can_ask() -> bool:
    """Whether a person can be asked: standard input is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def ask(text: str, subject: str, remedy: str, *, hidden: bool = False, kept: str = "") -> str:
    """One line, stripped. `kept` is the answer of a person who only presses Enter; it is not shown.

    Raises a VerbError where nobody can be asked or the input ends: `subject` is what was asked for, `remedy` how to
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


def confirm(text: str, subject: str, remedy: str) -> bool:
    """Yes or no; Enter is no. Raises as `ask`."""
    return _asked(lambda: bool(click.confirm(text, default=False, err=True)), subject, remedy)


def choose(text: str, most: int, default: int | None, subject: str, remedy: str) -> int:
    """A number from 1 to `most`. Raises as `ask`."""
    numbers = click.IntRange(1, most)
    return _asked(lambda: int(click.prompt(text, type=numbers, default=default, err=True)), subject, remedy)


def _not_blank(text: str) -> str:
    if not text.strip():
        raise click.UsageError("There is nothing in that.")
    return text.strip()


def _asked(question: Callable[[], _Answer], subject: str, remedy: str) -> _Answer:
    if not can_ask():
        raise VerbError(NOBODY.format(subject=subject, remedy=remedy))
    try:
        return question()
    except Abort as error:
        raise VerbError(UNANSWERED.format(subject=subject, remedy=remedy)) from error
