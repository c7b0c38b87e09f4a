"""Airbyte's verbs: `spec`, `check`, `discover` and `read`, by the CDK's entrypoint."""

from __future__ import annotations

import io
import logging
import os
import signal
import sys
from types import FrameType

from airbyte_cdk.entrypoint import PRINT_BUFFER, AirbyteEntrypoint
from airbyte_cdk.exception_handler import init_uncaught_exception_handler
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.print_buffer import PrintBuffer
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.entrypoint import BasecampEntrypoint, without_stack_trace
from source_basecamp.signals import insisting
from source_basecamp.source import SourceBasecamp

logger = logging.getLogger("airbyte")

_STOPS = (signal.SIGINT, signal.SIGTERM)
_WRITERS = (PrintBuffer.write.__code__, PrintBuffer.flush.__code__, logging.Handler.handle.__code__)

STOPPED = "Stopped by %s. Nothing is lost: the next sync goes on from the last state that was saved."


def run_verb(args: list[str]) -> None:
    """Runs one verb. Exits with 1, after a TRACE message that says why, when it fails; with 128 + n on signal n."""
    init_uncaught_exception_handler(logger)
    _buffer_output()
    for handler in {*logging.getLogger().handlers, *logger.handlers}:
        handler.addFilter(without_stack_trace)
    stop = _Stop()
    for number in _STOPS:
        signal.signal(number, stop)
    try:
        # Heard is only what ends the process.
        with insisting(heard=lambda: False):
            _run(args, stop)
    except AirbyteTracedException as error:
        if error.failure_type == FailureType.system_error:
            raise
        _emit(error)
        sys.exit(1)
    except _StoppedError as stopped:
        for number in _STOPS:
            signal.signal(number, signal.SIG_IGN)
        logger.warning(STOPPED, stopped.signal.name)
        sys.stdout.flush()
        # Not sys.exit: that would wait for every thread to finish its pages first.
        os._exit(128 + stopped.signal)


def _run(args: list[str], stop: _Stop) -> None:
    entrypoint = BasecampEntrypoint(_source(args))
    with PRINT_BUFFER:
        for message in entrypoint.run(entrypoint.parse_args(args)):
            # One write, so that messages of other threads do not land between a message and its line end.
            print(f"{message}\n", end="")
            stop.if_held_back()


def _buffer_output() -> None:
    """Undoes PYTHONUNBUFFERED: without a buffer, a signal in the middle of a long write drops the rest of it."""
    if isinstance(getattr(sys.__stdout__, "buffer", None), io.RawIOBase):
        # Where the CDK prints all messages.
        sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115


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


class _Stop:
    """Answers a signal, at once if it can: not in the middle of a line, of which half would be out then.

    A process stands in the middle of a line for as long as nobody reads its output.
    """

    def __init__(self) -> None:
        self._held_back: int | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        # A message is followed by `if_held_back`. A log line may be followed by nothing for long: `insisting` helps.
        self._held_back = number
        if not _is_writing(frame):
            raise _StoppedError(number)

    def if_held_back(self) -> None:
        """Answers a signal that came while a message was printed."""
        if self._held_back is not None:
            raise _StoppedError(self._held_back)


def _is_writing(frame: FrameType | None) -> bool:
    while frame and frame.f_code not in _WRITERS:
        frame = frame.f_back
    return frame is not None
