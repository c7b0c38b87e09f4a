"""The errors that the connector raises itself. Their messages are for users, and are shown as they are.

The three kinds are Airbyte's (`FailureType`): what the user can mend, what passes by itself, and what to report.
"""

from __future__ import annotations

from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException


class ConnectorError(AirbyteTracedException):
    """Raised by this connector, not by the CDK. `internal` is for the log; without it, the message."""

    def __init__(self, message: str, kind: FailureType, internal: str = "") -> None:
        super().__init__(message=message, internal_message=internal or message, failure_type=kind)


def config_error(message: str, internal: str = "") -> ConnectorError:
    """The user can mend it: configuration, permissions, consent."""
    return ConnectorError(message, FailureType.config_error, internal)


def transient_error(message: str, internal: str = "") -> ConnectorError:
    """The network's fault or Basecamp's; a later sync may succeed."""
    return ConnectorError(message, FailureType.transient_error, internal)


def system_error(message: str, internal: str = "") -> ConnectorError:
    """The connector's own fault, or an answer that it does not know; to be reported."""
    return ConnectorError(message, FailureType.system_error, internal)
