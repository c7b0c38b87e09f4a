"""How a verb for people ends when it cannot go on: one line that says what to do, and an exit code."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import Any, NoReturn

import click.exceptions
import rich_click

from source_basecamp.cli.logs import debugging
from source_basecamp.cli.screen import ERRORS, plain

UNEXPECTED = (
    "Something went wrong in source-basecamp itself: {error}. Run it again with BASECAMP_DEBUG=1 in the environment "
    "for the details, and report them."
)
STOPPED = "Stopped by {signal}."
ABANDONED = "Nothing was done: a question was left without an answer."
MISUSED = "{what} See `{command} --help`."


class StoppedError(BaseException):
    """A signal asked this process to end. No Exception, so that no retry takes it for a failed request.

    Its notes (`add_note`) say to a person what became of the work.
    """

    def __init__(self, number: int) -> None:
        self.signal = signal.Signals(number)


class VerbError(Exception):
    """Ends a verb with exit code 1. Its text says what happened, to what, and what to do next."""


class PeopleGroup(rich_click.RichGroup):
    """Says every error in words, and what nobody foresaw without a stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except StoppedError as stopped:
            notes = getattr(stopped, "__notes__", [])
            say_error(" ".join([STOPPED.format(signal=stopped.signal.name), *notes]))
            leave(stopped)
        except Exception as error:
            say_error(words(error))
            ctx.exit(1)


def say_error(message: str) -> None:
    """To standard error, whole and unfolded: a message may hold an address or a command to copy."""
    ERRORS.print("Error:", style="bold red", end=" ")
    ERRORS.print(plain(message), soft_wrap=True)


def say_misuse(error: click.ClickException) -> None:
    """That a verb was called wrongly, and where it is said how to call it."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "source-basecamp"
    what = error.format_message()
    say_error(MISUSED.format(what=what if what.endswith((".", "?")) else f"{what}.", command=command))


def leave(stopped: StoppedError) -> NoReturn:
    """Ends the process at once; not by SystemExit, which would wait for every thread to finish its pages."""
    sys.stdout.flush()
    os._exit(128 + stopped.signal)


def words(error: Exception) -> str:
    """What a person is told of an error."""
    if isinstance(error, VerbError):
        return str(error)
    if debugging():
        traceback.print_exception(error)
    # AirbyteTracedException, whose import takes a second.
    if getattr(error, "failure_type", None) is not None and getattr(error, "message", None):
        return str(error.message)  # type: ignore[attr-defined]
    return UNEXPECTED.format(error=f"{type(error).__name__}: {error}")
