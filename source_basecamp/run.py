"""The `source-basecamp` command: Airbyte's verbs `spec`, `check`, `discover` and `read`."""

from __future__ import annotations

import logging
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from airbyte_cdk.entrypoint import PRINT_BUFFER, AirbyteEntrypoint
from airbyte_cdk.exception_handler import init_uncaught_exception_handler
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.entrypoint import BasecampEntrypoint, without_stack_trace
from source_basecamp.source import SourceBasecamp

logger = logging.getLogger("airbyte")

STOPPED = "Stopped by %s. Nothing is lost: the next sync goes on from the last state that was saved."


def run(args: list[str] | None = None) -> None:
    """Runs one verb. Exits with 1, after a TRACE message that says why, when it fails; with 128 + n on signal n."""
    init_uncaught_exception_handler(logger)
    for handler in {*logging.getLogger().handlers, *logger.handlers}:
        handler.addFilter(without_stack_trace)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    args = sys.argv[1:] if args is None else args
    try:
        _run(args)
    except AirbyteTracedException as error:
        if error.failure_type == FailureType.system_error:
            raise
        _emit(error)
        sys.exit(1)
    except _StoppedError as stopped:
        logger.warning(STOPPED, stopped.signal.name)
        sys.stdout.flush()
        # Not sys.exit: that would wait for every thread to finish its pages first.
        os._exit(128 + stopped.signal)


def _run(args: list[str]) -> None:
    entrypoint = BasecampEntrypoint(_source(args))
    with PRINT_BUFFER:
        for message in entrypoint.run(entrypoint.parse_args(args)):
            # One write, so that messages of other threads do not land between a message and its line end.
            print(f"{message}\n", end="")


def _source(args: list[str]) -> SourceBasecamp:
    config = AirbyteEntrypoint.extract_config(args)
    catalog = AirbyteEntrypoint.extract_catalog(args)
    state = AirbyteEntrypoint.extract_state(args)
    return SourceBasecamp(
        catalog=SourceBasecamp.read_catalog(catalog) if catalog else None,
        config=SourceBasecamp.read_config(config) if config else None,
        state=SourceBasecamp.read_state(state) if state else None,
        config_path=config,
    )


def _emit(error: AirbyteTracedException) -> None:
    message = error.as_sanitized_airbyte_message()
    if message.trace and message.trace.error:
        message.trace.error.stack_trace = None
    print(AirbyteEntrypoint.airbyte_message_to_string(message))


class _StoppedError(BaseException):
    """A signal asked this process to end. No Exception, so that no retry takes it for a failed request."""

    def __init__(self, number: int) -> None:
        self.signal = signal.Signals(number)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise _StoppedError(number)
