"""The answer of a browser on another machine: the person copies its address and pastes it."""

from __future__ import annotations

import os
import queue
import threading

import pendulum

from source_basecamp.login.oauth import Consent, NoAnswerError, WrongStateError
from source_basecamp.process import CommandError
from source_basecamp.terminal import ERRORS, ask, can_ask

INSTRUCTIONS = (
    "Open this address in a browser, on any machine, and allow access:\n\n{address}\n\n"
    "The browser then ends at an address that begins with {redirect_uri}, and may say that it cannot be reached. "
    "That is expected: copy the whole address."
)
QUESTION = "Paste it here"
NO_CODE = "There is no code in that. Copy the whole address where the browser ends, which has `code=` in it."
WRONG_STATE = (
    "That address belongs to another login. Open the address above, allow access there, and paste the one where the "
    "browser ends then."
)
NOTHING_PASTED = "No address was pasted{time}, so nothing was connected. Run it again, and paste one."
_STDIN = 0


def pasted_code(consent: Consent, seconds: float) -> str:
    """The code in an address that a person pastes; asks again until there is one.

    Reads lines of standard input where that is not a terminal. Raises a CommandError if access was refused, at the end
    of the input, and without a terminal after `seconds`.
    """
    ERRORS.print(
        INSTRUCTIONS.format(address=consent.address, redirect_uri=consent.redirect_uri), soft_wrap=True, markup=False
    )
    while True:
        try:
            return consent.code_in_text(_line(seconds))
        except WrongStateError:
            ERRORS.print(WRONG_STATE, soft_wrap=True, markup=False)
        except NoAnswerError:
            ERRORS.print(NO_CODE, soft_wrap=True, markup=False)


def _line(seconds: float) -> str:
    if can_ask():
        return ask(QUESTION, "the address where the browser ended", "Run `source-basecamp login --no-browser` again.")
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=lambda: lines.put(_line_of_input()), daemon=True).start()
    try:
        line = lines.get(timeout=seconds)
    except queue.Empty as error:
        time = f" in {pendulum.duration(seconds=seconds).in_words()}"
        raise CommandError(NOTHING_PASTED.format(time=time)) from error
    if not line:
        raise CommandError(NOTHING_PASTED.format(time=""))
    return line


def _line_of_input() -> str:
    """One line, read without `sys.stdin`: its lock, held by a waiting thread, would block the end of the process."""
    line = b""
    try:
        while (byte := os.read(_STDIN, 1)) and byte != b"\n":
            line += byte
        return line.decode("utf-8", "replace") + ("\n" if byte else "")
    except OSError:
        return ""
