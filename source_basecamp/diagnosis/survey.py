"""The connector, made to look instead of to read: its own streams, one page of each listing, and little patience."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Optional

import requests
from airbyte_cdk.sources.declarative.partition_routers.substream_partition_router import ParentStreamConfig
from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import ConnectionDefinition, Record, StreamSlice
from airbyte_cdk.utils.constants import ENV_REQUEST_CACHE_PATH

from source_basecamp.answers import parsed
from source_basecamp.errors import BasecampErrorHandler
from source_basecamp.ledger import LEDGER
from source_basecamp.pagination import LinkPagination
from source_basecamp.source import SourceBasecamp

PROJECTS = "projects"


@dataclass
class FirstPage(LinkPagination):
    """Enters into the ledger what the first page tells of a listing, and asks for no other."""

    def next_page_token(
        self,
        response: requests.Response,
        last_page_size: int,
        last_record: Optional[Record],
        last_page_token_value: Optional[Any],
        page_size_override: Optional[int] = None,
        stream_slice: Optional[StreamSlice] = None,
    ) -> Optional[Any]:
        body = parsed(response)
        read = len(body) if isinstance(body, list) else 1
        told = response.headers.get("X-Total-Count", "")
        whole = None if response.headers.get("Link") else read
        status = (stream_slice.partition if stream_slice else {}).get("status", "")
        LEDGER.end(getattr(response, "stream", ""), status, read, int(told) if told.isdigit() else whole)
        return None


@dataclass
class OneRetry(BasecampErrorHandler):
    """The same words for everything, sooner."""

    @property
    def max_retries(self) -> Optional[int]:
        return 1


class Survey(SourceBasecamp):
    """The streams as a sync has them. Of the listings only the projects' is read to its end: others are asked by it."""

    @cached_property
    def by_name(self) -> Mapping[str, AbstractStream]:
        found = {stream.name: stream for stream in self.streams(self._config)}
        for stream in found.values():
            _ask_few_parents(stream)
        return found

    @cached_property
    def project_ids(self) -> set[int]:
        """The ids of all projects to be read, in every status. Raises an AirbyteTracedException where that fails."""
        return {record["id"] for partition in self.partitions(PROJECTS) for record in partition.read()}

    def partitions(self, stream: str) -> list[Partition]:
        """What a sync asks for one by one: statuses, projects, tools, windows of dates."""
        return list(self.by_name[stream].generate_partitions())

    def _read_and_parse_yaml_file(self, path_to_yaml_file: str) -> ConnectionDefinition:
        manifest = dict(super()._read_and_parse_yaml_file(path_to_yaml_file))
        shared = manifest["definitions"]
        whole = {**shared["list_paginator"], "pagination_strategy": {**shared["list_paginator"]["pagination_strategy"]}}
        shared["projects"]["retriever"]["paginator"] = whole
        for paginator in ("list_paginator", "feed_paginator"):
            shared[paginator]["pagination_strategy"]["class_name"] = f"{__name__}.{FirstPage.__name__}"
        shared["requester"]["error_handler"]["class_name"] = f"{__name__}.{OneRetry.__name__}"
        return manifest


@contextmanager
def cached_answers() -> Iterator[None]:
    """Streams that are made of the same answers share them for as long as this lasts, as they do in a sync."""
    before = os.environ.get(ENV_REQUEST_CACHE_PATH)
    with tempfile.TemporaryDirectory() as folder:
        os.environ[ENV_REQUEST_CACHE_PATH] = folder
        try:
            yield
        finally:
            del os.environ[ENV_REQUEST_CACHE_PATH]
            if before is not None:
                os.environ[ENV_REQUEST_CACHE_PATH] = before


class _FirstPartition:
    """A parent stream that is itself asked for one by one, cut to the first."""

    def __init__(self, stream: AbstractStream) -> None:
        self._stream = stream

    def generate_partitions(self) -> Iterator[Partition]:
        return islice(iter(self._stream.generate_partitions()), 1)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _ask_few_parents(stream: AbstractStream) -> None:
    for parent in _parents(stream):
        if _parents(parent.stream):
            parent.stream = _FirstPartition(parent.stream)  # type: ignore[assignment]


def _parents(stream: Any) -> list[ParentStreamConfig]:
    # The CDK has no public way from a stream to what partitions it.
    slicer = stream._stream_partition_generator._stream_slicer
    return list(getattr(slicer, "parent_stream_configs", ()))
