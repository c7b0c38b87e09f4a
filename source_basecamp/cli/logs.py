"""Where the CDK's log goes while a verb for people runs: nowhere, or, with BASECAMP_DEBUG, to standard error."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def debugging() -> bool:
    """Whether the details are wanted, and not only the words."""
    return bool(os.environ.get("BASECAMP_DEBUG"))


@contextmanager
def log_kept_apart() -> Iterator[None]:
    """Importing the CDK makes every log line a JSON message on standard output, where people want their results."""
    disabled, output = logging.root.manager.disable, sys.__stdout__
    if debugging():
        # The CDK writes its log there, and nothing else here does.
        sys.__stdout__ = sys.__stderr__  # type: ignore[misc]
    else:
        logging.disable()
    try:
        yield
    finally:
        logging.disable(disabled)
        sys.__stdout__ = output  # type: ignore[misc]
