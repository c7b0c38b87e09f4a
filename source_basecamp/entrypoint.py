"""The CDK's entrypoint, made readable: whose words come first, what an error shows, and what a log says at the end."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.models import (
    AirbyteErrorTraceMessage,
    AirbyteMessage,
    AirbyteStreamStatus,
    ConnectorSpecification,
    FailureType,
    TraceType,
    Type,
)
from airbyte_cdk.sources.streams.http.exceptions import BaseBackoffException
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.config import require_valid
from source_basecamp.ledger import LEDGER

logger = logging.getLogger("airbyte")

_GRAVEST_FIRST = (FailureType.system_error, FailureType.config_error, FailureType.transient_error)
_ENDED = (AirbyteStreamStatus.COMPLETE, AirbyteStreamStatus.INCOMPLETE)


class BasecampEntrypoint(AirbyteEntrypoint):
    """Runs the verbs. Its first word about a bad configuration is ours and not the JSON schema's."""

    @staticmethod
    def validate_connection(source_spec: ConnectorSpecification, config: Mapping[str, Any]) -> None:
        require_valid(config)
        AirbyteEntrypoint.validate_connection(source_spec, config)

    def read(
        self, source_spec: ConnectorSpecification, config: Any, catalog: Any, state: list[Any]
    ) -> Iterable[AirbyteMessage]:
        """As the CDK's; each stream ends with a line of figures, and so does the sync."""
        LEDGER.clear()
        began, emitted = time.monotonic(), 0
        failures: list[AirbyteErrorTraceMessage] = []
        try:
            for message in super().read(source_spec, config, catalog, state):
                if error := _stream_error(message):
                    failures.append(error)
                emitted += message.type == Type.RECORD
                yield message
                _say_figures(message)
        except AirbyteTracedException as error:
            # The CDK's own summary quotes every request, and calls everything a config_error.
            raise (_summary(failures) if failures else error) from error
        finally:
            _say_total(emitted, time.monotonic() - began)


def without_stack_trace(record: logging.LogRecord) -> bool:
    """A logging filter: an error that is explained needs no stack trace beside the explanation."""
    error = record.exc_info[1] if record.exc_info else None
    explained = isinstance(error, AirbyteTracedException) and error.failure_type != FailureType.system_error
    if explained or isinstance(error, BaseBackoffException):
        record.exc_info = None
        record.exc_text = None
    return True


def _stream_error(message: AirbyteMessage) -> AirbyteErrorTraceMessage | None:
    """The error that a message reports, freed of the stack trace where it is not ours to mend."""
    if message.trace is None or message.trace.type != TraceType.ERROR or message.trace.error is None:
        return None
    if message.trace.error.failure_type != FailureType.system_error:
        message.trace.error.stack_trace = None
    return message.trace.error


def _summary(failures: list[AirbyteErrorTraceMessage]) -> AirbyteTracedException:
    kind = next(kind for kind in _GRAVEST_FIRST if any(failure.failure_type == kind for failure in failures))
    words = dict.fromkeys(failure.message for failure in failures if failure.failure_type == kind)
    return AirbyteTracedException(
        message=" ".join(words), internal_message=f"{len(failures)} errors ended streams", failure_type=kind
    )


def _say_figures(message: AirbyteMessage) -> None:
    status = message.trace.stream_status if message.trace else None
    if status is None or status.status not in _ENDED:
        return
    stream = status.stream_descriptor.name
    for listing, account in LEDGER.of(stream):
        name = f"{stream}, {listing}" if listing else stream
        logger.info("%s: %s.", name, account)
        if not account.adds_up:
            logger.warning("%s: Basecamp counts %s records but listed %s.", name, account.counted, account.read)


def _say_total(emitted: int, seconds: float) -> None:
    logger.info(
        "Sync: %s records emitted, %s requests (%s refused by the rate limit), %.1f s waited, %s skipped, in %.1f s.",
        # Not the ledger's: it holds what was read of parents too.
        f"{emitted:,}",
        f"{LEDGER.requests:,}",
        f"{LEDGER.refused:,}",
        LEDGER.total("waited"),
        LEDGER.skipped,
        seconds,
    )
