"""Airbyte's verbs `spec`, `check`, `discover` and `read`: the CDK's entrypoint with our messages and a summary."""

from __future__ import annotations

import io
import logging
import signal
import sys
import time
from argparse import Namespace
from collections.abc import Iterable, Mapping
from itertools import chain
from types import FrameType
from typing import Any, cast

from airbyte_cdk.entrypoint import PRINT_BUFFER, AirbyteEntrypoint
from airbyte_cdk.exception_handler import init_uncaught_exception_handler
from airbyte_cdk.models import (
    AirbyteErrorTraceMessage,
    AirbyteMessage,
    AirbyteStreamStatus,
    ConfiguredAirbyteCatalog,
    ConnectorSpecification,
    FailureType,
    StreamDescriptor,
    TraceType,
    Type,
)
from airbyte_cdk.sources.streams.http.exceptions import BaseBackoffException
from airbyte_cdk.utils.print_buffer import PrintBuffer
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.config import require_valid
from source_basecamp.problems import ConnectorError, config_error
from source_basecamp.process import STOP_SIGNALS, StoppedError, exit_at_once, resend_signals
from source_basecamp.product import product_of
from source_basecamp.source import SourceBasecamp, manifest_to_check
from source_basecamp.stats import STATS

logger = logging.getLogger("airbyte")

_OF_NO_CATALOG = ("spec", "check")
"""The verbs for which not all streams are built, which takes most of a second."""

_WRITERS = (PrintBuffer.write.__code__, PrintBuffer.flush.__code__, logging.Handler.handle.__code__)

STOPPED = "Stopped by %s. Nothing is lost: the next sync goes on from the last state that was saved."

NO_STREAM = (
    "There is no stream {name}. Refresh the schema of the connection, or take the stream out of its catalog. The other "
    "streams are read all the same."
)

MAX_QUOTED = 5
MORE = "And {count:,} more such errors, each in the log."

_ANSWERS = tuple(f'{{"type":"{type}"' for type in ("SPEC", "CONNECTION_STATUS", "CATALOG"))
_GRAVEST_FIRST = (FailureType.system_error, FailureType.config_error, FailureType.transient_error)
_ENDED = (AirbyteStreamStatus.COMPLETE, AirbyteStreamStatus.INCOMPLETE)


def run_verb(args: list[str]) -> None:
    """Runs one verb. Exits with 1, after a TRACE message that says why, when it fails; with 128 + n on signal n."""
    init_uncaught_exception_handler(logger)
    _buffer_output()
    for handler in {*logging.getLogger().handlers, *logger.handlers}:
        handler.addFilter(without_stack_trace)
    stop = _Stop()
    for number in STOP_SIGNALS:
        signal.signal(number, stop)
    try:
        # A signal counts as handled only when the process ends.
        with resend_signals(until=lambda: False):
            _run(args, stop)
    except AirbyteTracedException as error:
        if error.failure_type == FailureType.system_error:
            raise
        _emit(error)
        sys.exit(1)
    except StoppedError as stopped:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        logger.warning(STOPPED, stopped.signal.name)
        exit_at_once(stopped.exit_code)


def _run(args: list[str], stop: _Stop) -> None:
    given = AirbyteEntrypoint.parse_args(args)
    entrypoint = BasecampEntrypoint(_source(given))
    with PRINT_BUFFER:
        for message in entrypoint.run(given):
            stop.answered |= message.startswith(_ANSWERS)
            # One write, so that messages of other threads do not land between a message and its line end.
            print(f"{message}\n", end="")
            stop.if_held_back()


def _buffer_output() -> None:
    """Undoes PYTHONUNBUFFERED: without a buffer, a signal in the middle of a long write drops the rest of it."""
    if isinstance(getattr(sys.__stdout__, "buffer", None), io.RawIOBase):
        # Where the CDK prints all messages.
        sys.__stdout__ = open(1, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115


def _source(given: Namespace) -> SourceBasecamp:
    path, catalog, state = (getattr(given, name, None) for name in ("config", "catalog", "state"))
    config = SourceBasecamp.read_config(path) if path else None
    return SourceBasecamp(
        catalog=SourceBasecamp.read_catalog(catalog) if catalog else None,
        config=config,
        state=SourceBasecamp.read_state(state) if state else None,
        config_path=path,
        source_config=manifest_to_check(product_of(config or {})) if given.command in _OF_NO_CATALOG else None,
    )


def _emit(error: AirbyteTracedException) -> None:
    message = error.as_sanitized_airbyte_message()
    if message.trace and message.trace.error:
        message.trace.error.stack_trace = None
    print(AirbyteEntrypoint.airbyte_message_to_string(message))


class _Stop:
    """Raises StoppedError on a signal; while a line is written only after it, so that output never ends mid-line.

    Writing a line takes as long as nobody reads the output.
    """

    def __init__(self) -> None:
        self.answered = False
        """Whether the one answer of a verb is given: who has read it may stop the process, which then exits with 0."""
        self._held_back: int | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        # `if_held_back` follows a message. Nothing may follow a log line for long: `resend_signals` helps.
        self._held_back = number
        if not _is_writing(frame):
            self.if_held_back()

    def if_held_back(self) -> None:
        """Raises StoppedError for a signal that came while a message was written."""
        if self._held_back is None:
            return
        if self.answered:
            exit_at_once(0)
        raise StoppedError(self._held_back)


def _is_writing(frame: FrameType | None) -> bool:
    while frame and frame.f_code not in _WRITERS:
        frame = frame.f_back
    return frame is not None


class BasecampEntrypoint(AirbyteEntrypoint):
    """Runs the verbs. Checks the configuration by `require_valid` before the JSON schema, for better messages."""

    @staticmethod
    def validate_connection(source_spec: ConnectorSpecification, config: Mapping[str, Any]) -> None:
        require_valid(config)
        AirbyteEntrypoint.validate_connection(source_spec, config)

    def read(
        self, source_spec: ConnectorSpecification, config: Any, catalog: Any, state: list[Any]
    ) -> Iterable[AirbyteMessage]:
        """As the CDK's. Logs the figures of each stream that ends, and of the sync at its end."""
        began, emitted = time.monotonic(), 0
        failures: list[AirbyteErrorTraceMessage] = []
        try:
            for message in chain(self._missing(catalog), super().read(source_spec, config, catalog, state)):
                if error := _stream_error(message):
                    if error in failures:
                        # Of another partition of its stream.
                        continue
                    failures.append(error)
                emitted += message.type == Type.RECORD
                yield message
                _log_stream(message)
        except AirbyteTracedException as error:
            # The CDK's summary quotes every request, and calls everything a config_error.
            raise (_summary(failures) if failures else error) from error
        else:
            if failures:
                raise _summary(failures)
        finally:
            _log_sync(emitted, time.monotonic() - began)

    def _missing(self, catalog: ConfiguredAirbyteCatalog) -> Iterable[AirbyteMessage]:
        """An error for each configured stream that there is not. The CDK calls it INCOMPLETE without a word."""
        known = {stream["name"] for stream in cast(SourceBasecamp, self.source).resolved_manifest["streams"]}
        for name in (configured.stream.name for configured in catalog.streams):
            if name not in known:
                error = config_error(NO_STREAM.format(name=repr(name)))
                yield error.as_airbyte_message(stream_descriptor=StreamDescriptor(name=name))


def without_stack_trace(record: logging.LogRecord) -> bool:
    """A logging filter: takes the stack trace off an error whose message explains it, and logs each error once.

    An error that refuses a stream ends all its partitions.
    """
    error = record.exc_info[1] if record.exc_info else None
    if error and vars(error).setdefault("logged_by", record) is not record:
        return False
    explained = isinstance(error, AirbyteTracedException) and error.failure_type != FailureType.system_error
    if explained or isinstance(error, BaseBackoffException):
        record.exc_info = None
        record.exc_text = None
    return True


def _stream_error(message: AirbyteMessage) -> AirbyteErrorTraceMessage | None:
    """The error in a message, or None. Only a system_error keeps its stack trace: the others are not ours to mend."""
    if message.trace is None or message.trace.type != TraceType.ERROR or message.trace.error is None:
        return None
    if message.trace.error.failure_type != FailureType.system_error:
        message.trace.error.stack_trace = None
    return message.trace.error


def _summary(failures: list[AirbyteErrorTraceMessage]) -> ConnectorError:
    kind = next(kind for kind in _GRAVEST_FIRST if any(failure.failure_type == kind for failure in failures))
    messages = list(dict.fromkeys(str(failure.message) for failure in failures if failure.failure_type == kind))
    if len(messages) > MAX_QUOTED:
        messages[MAX_QUOTED:] = [MORE.format(count=len(messages) - MAX_QUOTED)]
    return ConnectorError(" ".join(messages), kind, f"{len(failures)} errors ended streams")


def _log_stream(message: AirbyteMessage) -> None:
    status = message.trace.stream_status if message.trace else None
    if status is None or status.status not in _ENDED:
        return
    stream = status.stream_descriptor.name
    for listing, account in STATS.of(stream):
        name = f"{stream}, {listing}" if listing else stream
        logger.info("%s: %s.", name, account)
        if not account.adds_up:
            logger.warning("%s: Basecamp counts %s records but listed %s.", name, account.counted, account.read)


def _log_sync(emitted: int, seconds: float) -> None:
    if STATS.halves:
        logger.info("Half a character, such as of an emoji cut in two, became U+FFFD: %s times.", f"{STATS.halves:,}")
    logger.info(
        "Sync: %s records emitted, %s requests (%s refused by the rate limit), %.1f s waited, %s skipped, in %.1f s.",
        # Not from STATS, which count what was read of parents too.
        f"{emitted:,}",
        f"{STATS.requests:,}",
        f"{STATS.refused:,}",
        STATS.total("waited"),
        STATS.skipped,
        seconds,
    )
