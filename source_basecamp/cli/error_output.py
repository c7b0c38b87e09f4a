"""The message of a command that fails: one line on standard error, with what to do next."""

from __future__ import annotations

import traceback
from typing import Any

import click.exceptions
import rich_click

from source_basecamp.cli.logs import debugging
from source_basecamp.process import CLOSED_PIPE, CommandError, StoppedError, discard_output, exit_at_once
from source_basecamp.terminal import ERRORS, plain

UNEXPECTED = (
    "Unexpected error: {error}. Run it again with BASECAMP_DEBUG=1 in the environment for the details, and report them."
)
STOPPED = "Stopped by {signal}."
UNANSWERED = "Nothing was done: a question was not answered."
MISUSED = "{what} See `{command} --help`."


class CommandGroup(rich_click.RichGroup):
    """The commands; prints the message of every error, without its stack trace."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except BrokenPipeError:
            # click itself would exit with 1.
            discard_output()
            ctx.exit(CLOSED_PIPE)
        except StoppedError as stopped:
            notes = getattr(stopped, "__notes__", [])
            print_error(" ".join([STOPPED.format(signal=stopped.signal.name), *notes]))
            exit_at_once(stopped.exit_code)
        except Exception as error:
            print_error(message_of(error))
            ctx.exit(1)


def print_error(message: str) -> None:
    """Prints to standard error, without line breaks: a message may hold an address or a command to copy."""
    ERRORS.print("Error:", style="bold red", end=" ")
    ERRORS.print(plain(message), soft_wrap=True)


def print_misuse(error: click.ClickException) -> None:
    """Prints how a command was called wrongly, and which `--help` explains it."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "source-basecamp"
    what = error.format_message()
    print_error(MISUSED.format(what=what if what.endswith((".", "?")) else f"{what}.", command=command))


def message_of(error: Exception) -> str:
    """The message of an error. With BASECAMP_DEBUG, also prints the stack trace, unless it is a CommandError."""
    if isinstance(error, CommandError):
        return str(error)
    if debugging():
        traceback.print_exception(error)
    # An AirbyteTracedException; importing its class takes a second.
    if getattr(error, "failure_type", None) is not None and getattr(error, "message", None):
        return str(error.message)  # type: ignore[attr-defined]
    return UNEXPECTED.format(error=f"{type(error).__name__}: {error}")
