"""Opens an address in a browser."""

from __future__ import annotations

import os
import subprocess
import sys
import webbrowser

_IN_THE_TERMINAL = ("www-browser", "links", "elinks", "lynx", "w3m")


def has_browser() -> bool:
    """Whether a browser can be opened: one with a window on this screen, or the one in the variable BROWSER."""
    if os.environ.get("BROWSER"):
        return True
    if os.environ.get("SSH_CONNECTION") and not os.environ.get("DISPLAY"):
        # Over SSH, a Mac would open its browser on its own screen.
        return False
    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return False
    return getattr(found, "name", "") not in _IN_THE_TERMINAL


def open_browser(address: str) -> None:
    """Starts the browser in a process of its own, and does not wait for it.

    As a child in this terminal, it would write there, and Ctrl-C would end it.
    """
    nowhere = subprocess.DEVNULL
    # -I: never a webbrowser.py in the working directory.
    command = [sys.executable, "-I", "-m", "webbrowser", address]
    subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)  # noqa: S603
