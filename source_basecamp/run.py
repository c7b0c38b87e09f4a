"""The `source-basecamp` command: Airbyte's verbs and people's commands.

Each half is imported only when it is wanted: neither pays for the other's libraries.
"""

from __future__ import annotations

import sys

from source_basecamp.process import CLOSED_PIPE, discard_output, exit_in_order, exit_on_stop_signals
from source_basecamp.usage import VERBS, asks_for_help, help_of

ANSWERED_AT_ONCE = (["spec"], ["check"], ["discover"])
"""Who has read the one answer of these may end the process: it ends by itself, without the interpreter's clean-up."""


def run(args: list[str] | None = None) -> None:
    """Runs one command. Exits with 0, 1 when it failed, 2 when it was called wrongly, 128 + n on signal n.

    Without `args` this is the process's main function: it takes them from the command line, and a failure ends the
    process, whatever its threads still wait for.
    """
    exit_on_stop_signals()
    if args is None:
        _run_process(sys.argv[1:])
    else:
        _run_half(args)


def _run_half(args: list[str]) -> None:
    if args and args[0] in VERBS:
        if asks_for_help(args):
            sys.stdout.write(help_of(args[0]))
            return
        from source_basecamp.protocol import run_verb as run_half  # noqa: PLC0415
    else:
        from source_basecamp.cli import main as run_half  # noqa: PLC0415
    run_half(args)


def _run_process(args: list[str]) -> None:
    try:
        code = _exit_code(args)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader closed the pipe, as in `source-basecamp read | head`: there is nobody to tell.
        discard_output()
        exit_in_order(CLOSED_PIPE)
    except Exception as error:
        sys.excepthook(type(error), error, error.__traceback__)
        exit_in_order(1)
    if code or args[:1] in ANSWERED_AT_ONCE:
        exit_in_order(code)


def _exit_code(args: list[str]) -> int:
    try:
        _run_half(args)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0
