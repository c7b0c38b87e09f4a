"""What a person is told when a command fails: one line that says what to do."""

from __future__ import annotations

import traceback
from typing import Any

import click.exceptions
import rich_click

from source_basecamp.cli.logs import debugging
from source_basecamp.process import CommandError, StoppedError, exit_at_once
from source_basecamp.terminal import ERRORS, plain

UNEXPECTED = (
    "Something went wrong in source-basecamp itself: {error}. Run it again with BASECAMP_DEBUG=1 in the environment "
    "for the details, and report them."
)
STOPPED = "Stopped by {signal}."
ABANDONED = "Nothing was done: a question was left without an answer."
MISUSED = "{what} See `{command} --help`."


class PeopleGroup(rich_click.RichGroup):
    """Prints the message of every error, and no stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except StoppedError as stopped:
            notes = getattr(stopped, "__notes__", [])
            say_error(" ".join([STOPPED.format(signal=stopped.signal.name), *notes]))
            exit_at_once(stopped.exit_code)
        except Exception as error:
            say_error(message_of(error))
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


def message_of(error: Exception) -> str:
    """The message of an error for a person. With BASECAMP_DEBUG, prints the stack trace of one that is not ours."""
    if isinstance(error, CommandError):
        return str(error)
    if debugging():
        traceback.print_exception(error)
    # AirbyteTracedException, whose import takes a second.
    if getattr(error, "failure_type", None) is not None and getattr(error, "message", None):
        return str(error.message)  # type: ignore[attr-defined]
    return UNEXPECTED.format(error=f"{type(error).__name__}: {error}")
