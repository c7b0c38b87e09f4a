"""Opens an address in the person's browser, without the terminal noticing."""

from __future__ import annotations

import os
import subprocess
import sys
import webbrowser

_IN_THE_TERMINAL = ("www-browser", "links", "elinks", "lynx", "w3m")


def has_browser() -> bool:
    """Whether there is a browser to open: one with a window that is seen, or what the variable BROWSER names."""
    if os.environ.get("BROWSER"):
        return True
    if os.environ.get("SSH_CONNECTION") and not os.environ.get("DISPLAY"):
        # A Mac has a browser then, too, but on a screen that is elsewhere.
        return False
    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return False
    return getattr(found, "name", "") not in _IN_THE_TERMINAL


def open_browser(address: str) -> None:
    """Starts the browser, and does not wait for it.

    In a process of its own: a browser that is started here would write into this terminal, get its Ctrl-C, and keep
    this process waiting.
    """
    nowhere = subprocess.DEVNULL
    # -I: not a webbrowser.py of the folder that this is run in.
    command = [sys.executable, "-I", "-m", "webbrowser", address]
    subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)  # noqa: S603
