"""The `source-basecamp` command: Airbyte's verbs and people's verbs.

Each half is imported only when it is wanted: neither pays for the other's libraries.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

AIRBYTE_VERBS = ("spec", "check", "discover", "read")
"""The Airbyte protocol's; the rest of the verbs are for people."""


def run(args: list[str] | None = None) -> None:
    """Runs one verb. Exits with 0, 1 when it failed, 2 when it was called wrongly, 128 + n on signal n.

    Without `args` this is the process's main function: it takes them from the command line, and a failure ends the
    process, whatever its threads still wait for.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    if args is None:
        _run_process(sys.argv[1:])
    else:
        _run_half(args)


def _run_half(args: list[str]) -> None:
    if args and args[0] in AIRBYTE_VERBS:
        from source_basecamp.airbyte_verbs import run_verb as run_half  # noqa: PLC0415
    else:
        from source_basecamp.cli import main as run_half  # noqa: PLC0415
    run_half(args)


def _run_process(args: list[str]) -> None:
    try:
        _run_half(args)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who has read so far reads no more, as in `source-basecamp read | head`: there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())  # type: ignore[union-attr]
        _end(128 + signal.SIGPIPE)
    except SystemExit as end:
        if not end.code:
            raise
        _end(end.code if isinstance(end.code, int) else 1)
    except Exception as error:
        sys.excepthook(type(error), error, error.__traceback__)
        _end(1)


def _end(code: int) -> NoReturn:
    """Ends the process, without waiting for its threads as `sys.exit` would.

    A thread that reads hands its records on by a queue that holds so many. Once nobody takes them, it waits for ever.
    """
    logging.shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _leave(number: int, frame: FrameType | None) -> None:
    """Until the verb takes over, which takes a second of imports, there is nothing to save or to say."""
    os._exit(128 + number)
