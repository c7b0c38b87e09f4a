"""The commands for people, on rich-click: a module each. Airbyte's verbs are in `protocol.py`.

A command imports the packages below this one when it runs, not before: `--help` does not wait for them.
"""

from __future__ import annotations

import signal
import sys
import weakref
from types import FrameType
from typing import NoReturn

import rich_click as click

from source_basecamp.cli.accounts import accounts
from source_basecamp.cli.doctor import doctor
from source_basecamp.cli.error_output import UNANSWERED, CommandGroup, print_error, print_misuse
from source_basecamp.cli.login import login
from source_basecamp.cli.logs import redirected_log
from source_basecamp.cli.report import report
from source_basecamp.cli.streams import streams
from source_basecamp.cli.sync import sync
from source_basecamp.process import STOP_SIGNALS, StoppedError, resend_signals

_EPILOG = """
Airbyte runs the verbs spec, check, discover and read: see source-basecamp read --help.

Exit codes: 0 done, 1 failed (the message says what to do), 2 called wrongly, 128 + n stopped by signal n.
"""
_HELP = {"theme": "slim", "text_paragraph_linebreaks": "\n\n", "padding_helptext_first_line": (0, 0, 1, 0)}
_SETTINGS = {"help_option_names": ["-h", "--help"], "rich_help_config": _HELP}


@click.group(cls=CommandGroup, epilog=_EPILOG, context_settings=_SETTINGS)
@click.version_option(package_name="airbyte-source-basecamp", message="%(prog)s %(version)s")
def basecamp() -> None:
    """Brings a Basecamp account (Basecamp 3, 4 and 5, or Classic) into tables.

    \b
    source-basecamp login
    source-basecamp doctor
    source-basecamp sync --to duckdb:basecamp.duckdb
    source-basecamp report --from duckdb:basecamp.duckdb
    """


for _command in (login, accounts, doctor, streams, sync, report):
    basecamp.add_command(_command)


def main(args: list[str]) -> NoReturn:
    """Runs one command for people and exits."""
    stop = _Stop()
    for number in STOP_SIGNALS:
        signal.signal(number, stop)
    try:
        with redirected_log(), resend_signals(until=stop.is_under_way):
            code = basecamp.main(args, prog_name="source-basecamp", standalone_mode=False)
    except click.ClickException as error:
        print_misuse(error)
        code = error.exit_code
    except click.Abort:
        # The input ended at a question.
        print_error(UNANSWERED)
        code = 1
    sys.exit(code)


class _Stop:
    """Raises StoppedError on a signal."""

    def __init__(self) -> None:
        self._raised: weakref.ref[StoppedError] | None = None

    def __call__(self, number: int, frame: FrameType | None) -> NoReturn:
        raise self._noted(StoppedError(number))

    def is_under_way(self) -> bool:
        """Whether the error still ends things. Nothing refers to it any more where it was lost.

        Python loses what a signal's handler raises in a finalizer, and in `input` before that waits for a line.
        """
        return self._raised is not None and self._raised() is not None

    def _noted(self, error: StoppedError) -> StoppedError:
        # Not in `__call__`: the error's stack trace would refer to the error.
        self._raised = weakref.ref(error)
        return error
