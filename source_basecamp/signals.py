"""Signals that are heard even where the main thread sleeps."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_PAUSE = 0.5
"""Seconds."""


@contextmanager
def insisting(heard: Callable[[], bool]) -> Iterator[None]:
    """Sends a signal that came, and has a handler, to the main thread again and again, until it was heard.

    Python answers signals in the main thread, when that next runs: one that comes just before it begins to wait, or in
    another thread, is answered when the wait is over. And what a handler raises in a finalizer is lost.
    """
    told, tell = os.pipe()
    os.set_blocking(tell, False)
    over = threading.Event()
    # What is written there is written at once, whatever the main thread does.
    before = signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    arguments = (told, threading.get_ident(), heard, over)
    threading.Thread(target=_insist, args=arguments, name="signals", daemon=True).start()
    try:
        yield
    finally:
        over.set()
        signal.set_wakeup_fd(before)
        os.close(tell)


def _insist(told: int, main: int, heard: Callable[[], bool], over: threading.Event) -> None:
    with open(told, "rb", buffering=0) as numbers:
        # Each signal sent again is told again: a loop that ends when nobody handles it any more.
        while number := numbers.read(1):
            if not over.wait(_PAUSE) and not heard():
                signal.pthread_kill(main, number[0])
