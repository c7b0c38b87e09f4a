"""The `source-basecamp` command: Airbyte's verbs `spec`, `check`, `discover` and `read`."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from typing import Any

from airbyte_cdk.entrypoint import PRINT_BUFFER, AirbyteEntrypoint
from airbyte_cdk.exception_handler import init_uncaught_exception_handler
from airbyte_cdk.models import ConnectorSpecification

from source_basecamp.config import require_valid
from source_basecamp.source import SourceBasecamp

logger = logging.getLogger("airbyte")


class BasecampEntrypoint(AirbyteEntrypoint):
    """The CDK's entrypoint, whose first word about a bad configuration is ours and not the JSON schema's."""

    @staticmethod
    def validate_connection(source_spec: ConnectorSpecification, config: Mapping[str, Any]) -> None:
        require_valid(config)
        AirbyteEntrypoint.validate_connection(source_spec, config)


def run(args: list[str] | None = None) -> None:
    """Runs one verb. Exits with 1, after a TRACE message that says why, when it fails."""
    init_uncaught_exception_handler(logger)
    args = sys.argv[1:] if args is None else args
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
