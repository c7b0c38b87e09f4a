"""Where the CDK's log goes while a command for people runs: nowhere, or with BASECAMP_DEBUG to standard error."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def debugging() -> bool:
    """Whether BASECAMP_DEBUG is set."""
    return bool(os.environ.get("BASECAMP_DEBUG"))


@contextmanager
def redirected_log() -> Iterator[None]:
    """Keeps log lines off standard output, which the CDK would write there as JSON messages."""
    disabled, output = logging.root.manager.disable, sys.__stdout__
    if debugging():
        # The CDK writes its log to `sys.__stdout__`; nothing else here does.
        sys.__stdout__ = sys.__stderr__  # type: ignore[misc]
    else:
        logging.disable()
    try:
        yield
    finally:
        logging.disable(disabled)
        sys.__stdout__ = output  # type: ignore[misc]
