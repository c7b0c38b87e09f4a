"""Runs the connector in this process and yields its messages."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from airbyte_cdk.models import (
    AirbyteMessage,
    AirbyteStateMessageSerializer,
    ConfiguredAirbyteCatalog,
    ConfiguredAirbyteCatalogSerializer,
)
from airbyte_cdk.sources.streams.call_rate import AbstractAPIBudget
from airbyte_cdk.sources.streams.http.http_client import ENV_REQUEST_CACHE_PATH
from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

from source_basecamp.cdk import budget_of
from source_basecamp.connection import Connection, tokens_kept_by
from source_basecamp.protocol import BasecampEntrypoint
from source_basecamp.source import SourceBasecamp
from source_basecamp.warehouse.tables import Table


class Reader:
    """Reads the account by a connection. `folder` is for the connector's cache of responses."""

    def __init__(self, connection: Connection, folder: Path) -> None:
        self._connection, self._folder = connection, folder
        self._source: SourceBasecamp | None = None

    @property
    def budget(self) -> AbstractAPIBudget | None:
        """What holds requests back, for those that are made after `read`."""
        return budget_of(self._source) if self._source else None

    def read(self, tables: Iterable[Table], states: Mapping[str, Any]) -> Iterator[AirbyteMessage]:
        """Yields the messages of a sync of the streams of `tables`, from their saved `states`.

        All after the first belong to the same sync. Raises an AirbyteTracedException at the end if a stream failed.
        """
        catalog = _catalog(tables)
        saved = [AirbyteStateMessageSerializer.load({"type": "STREAM", "stream": state}) for state in states.values()]
        source = SourceBasecamp(catalog=catalog, config=self._connection.config, state=saved)
        source.goes_on, self._source = self._source is not None, source
        entrypoint = BasecampEntrypoint(source)
        os.environ[ENV_REQUEST_CACHE_PATH] = str(self._folder)
        spec = source.spec(entrypoint.logger)
        config = source.configure(self._connection.config, str(self._folder))
        yield from entrypoint.read(spec, config, catalog, saved)


@contextmanager
def kept_tokens_and_warnings(connection: Connection, warn: Callable[[str], None]) -> Iterator[None]:
    """For the time of `read`: saves refreshed tokens in the configuration file, and calls `warn` with log warnings."""
    root = logging.getLogger()
    usual, root.handlers = root.handlers, [_Warnings(warn)]
    disabled, root.manager.disable = root.manager.disable, logging.NOTSET
    try:
        with tokens_kept_by(connection.keeping(warn)):
            yield
    finally:
        root.handlers = usual
        root.manager.disable = disabled


class _Warnings(logging.Handler):
    """Calls `warn` with the connector's warnings. Its errors are messages."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._warn = warn

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING and record.name.startswith("airbyte"):
            self._warn(filter_secrets(record.getMessage()))


def _catalog(tables: Iterable[Table]) -> ConfiguredAirbyteCatalog:
    return ConfiguredAirbyteCatalogSerializer.load({"streams": [_configured(table) for table in tables]})


def _configured(table: Table) -> dict[str, Any]:
    mode = "incremental" if table.incremental else "full_refresh"
    return {
        "stream": {"name": table.name, "json_schema": {}, "supported_sync_modes": ["full_refresh", "incremental"]},
        "sync_mode": mode,
        "destination_sync_mode": "append_dedup" if table.incremental else "overwrite",
    }
