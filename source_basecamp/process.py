"""How a process of `source-basecamp` ends: by an error, by wrong usage, by a signal, or at once.

Exit codes: 0 done, 1 failed, 2 called wrongly, 128 + n stopped by signal n. Imports nothing of the CDK, which takes a
second to load.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_HANGUP = () if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN else (signal.SIGHUP,)
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, *_HANGUP)
"""What asks a process to end: Ctrl-C, Airbyte's, Docker's and Kubernetes' stop, a closed terminal unless by `nohup`."""

CLOSED_PIPE = 128 + signal.SIGPIPE
"""The exit code where nobody reads the output to its end, as of other programs."""

_PAUSE = 0.5
"""Seconds."""


class CommandError(Exception):
    """Ends a command with exit code 1. Its text says what happened, to what, and what to do next."""


class MisuseError(Exception):
    """Ends a command with exit code 2: it was called wrongly. Its text says what to write instead."""


class StoppedError(BaseException):
    """A signal asked this process to end. Not an Exception, so that no retry takes it for a failed request.

    Its notes (`add_note`) tell a person what became of the work.
    """

    def __init__(self, number: int) -> None:
        self.signal = signal.Signals(number)

    @property
    def exit_code(self) -> int:
        return 128 + self.signal


def exit_at_once(code: int) -> NoReturn:
    """Ends the process without `sys.exit`, which would wait for every thread to finish its pages."""
    sys.stdout.flush()
    os._exit(code)


def exit_in_order(code: int) -> NoReturn:
    """Ends the process after its log and its exit functions, but without waiting for its threads.

    A thread that reads hands its records on by a bounded queue. Once nobody takes them, it waits for ever.
    """
    logging.shutdown()
    # Not public: `sys.exit` runs them only after it has waited for the threads.
    atexit._run_exitfuncs()
    sys.stderr.flush()
    exit_at_once(code)


def discard_output() -> None:
    """Sends standard output nowhere, once nobody reads it any more: what is still to be written would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())  # type: ignore[union-attr]


def exit_on_stop_signals() -> None:
    """Lets stop signals end the process. For the second of imports before a command handles them itself."""
    for number in STOP_SIGNALS:
        signal.signal(number, _exit)


def _exit(number: int, frame: FrameType | None) -> None:
    os._exit(128 + number)


@contextmanager
def resend_signals(until: Callable[[], bool]) -> Iterator[None]:
    """Re-sends a signal that came to the main thread, until `until()` says that it was handled.

    Python handles signals in the main thread, when that next runs: one that comes just before it begins to wait, or in
    another thread, would be handled when the wait is over. And what a handler raises in a finalizer is lost.
    """
    usual_hook, sys.unraisablehook = sys.unraisablehook, _without_stops
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    over = threading.Event()
    # Python writes each signal's number into this pipe at once, whatever the main thread does.
    before = signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    arguments = (told, threading.get_ident(), until, over)
    threading.Thread(target=_resend, args=arguments, name="signals", daemon=True).start()
    try:
        yield
    finally:
        over.set()
        signal.set_wakeup_fd(before)
        os.close(tell)
        sys.unraisablehook = usual_hook


def _without_stops(lost: sys.UnraisableHookArgs) -> None:
    """Says nothing of a stop that was raised in a finalizer: the signal comes again."""
    if not isinstance(lost.exc_value, StoppedError):
        sys.__unraisablehook__(lost)


def _resend(told: int, main: int, until: Callable[[], bool], over: threading.Event) -> None:
    with open(told, "rb", buffering=0) as numbers:
        # A re-sent signal is written into the pipe again: the loop ends when none is left to be handled.
        while number := numbers.read(1):
            if not over.wait(_PAUSE) and not until():
                signal.pthread_kill(main, number[0])
