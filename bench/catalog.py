"""The streams that are measured, and the catalog that asks a connector for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from source_basecamp.catalog import all_streams
from source_basecamp.product import BC3

FIVE = ("projects", "schedules", "schedule_entries", "todos", "messages")
"""The streams of Airbyte's published connector; the plain manifest has the same."""


def names(product: str) -> tuple[str, ...]:
    """The streams that a sync of a product reads unless told otherwise."""
    return tuple(stream.name for stream in all_streams(product) if not stream.on_request)


STREAMS = names(BC3)


def configured_catalog(streams: Iterable[str], product: str = BC3) -> Mapping[str, Any]:
    """A catalog of the named streams, each read incrementally if it can be."""
    incremental = {stream.name: stream.cursor is not None for stream in all_streams(product)}
    return {"streams": [_configured(stream, incremental[stream]) for stream in streams]}


def _configured(stream: str, incremental: bool) -> Mapping[str, Any]:
    modes = ["full_refresh", "incremental"] if incremental else ["full_refresh"]
    return {
        "stream": {"name": stream, "json_schema": {}, "supported_sync_modes": modes},
        "sync_mode": modes[-1],
        "destination_sync_mode": "append_dedup" if incremental else "overwrite",
    }
