"""The source as `doctor` uses it: first pages only, one retry."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from airbyte_cdk.sources.streams.concurrent.abstract_stream import AbstractStream
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import StreamSlice
from airbyte_cdk.utils.constants import ENV_REQUEST_CACHE_PATH

from source_basecamp import source
from source_basecamp.cdk import parents_of
from source_basecamp.classic.pagination import NumberedPages
from source_basecamp.exchange import Exchange
from source_basecamp.feeds import KIND
from source_basecamp.pagination import LinkPagination, PageToken, listing_name
from source_basecamp.product import BC3, CLASSIC, product_of
from source_basecamp.source import SourceBasecamp
from source_basecamp.stats import STATS

PROJECTS = "projects"


@dataclass
class FirstPage(LinkPagination):
    """Requests the first page only, and takes the listing's count from it."""

    def next_page(
        self, exchange: Exchange, token: PageToken | None, emitted: int, part: StreamSlice
    ) -> PageToken | None:
        read = len(exchange.records)
        whole = None if exchange.response.headers.get("Link") else read
        total = whole if exchange.total is None else exchange.total
        STATS.end(exchange.stream, listing_name(part), read, total)
        return None


@dataclass
class FirstClassicPage(NumberedPages):
    """The same for Classic. A list without pages has a `page_size` of 0. Projects are counted by status."""

    page_size: int = 0

    def next_page(
        self, exchange: Exchange, token: PageToken | None, emitted: int, part: StreamSlice
    ) -> PageToken | None:
        read = len(exchange.records)
        goes_on = "continued-at" in exchange.attributes or 0 < self.page_size <= read
        said = exchange.response.headers.get("X-Records") or exchange.attributes.get("count", "")
        total = int(said) if said.isdecimal() else None if goes_on else read
        if exchange.stream == PROJECTS:
            for status, count in Counter(str(record.get("status")) for record in exchange.records).items():
                STATS.end(PROJECTS, status, count, count)
        else:
            STATS.end(exchange.stream, listing_name(part), read, total)
        return None


class Survey(SourceBasecamp):
    """The streams of a sync. Only `projects` is read completely, since child streams iterate over it."""

    @cached_property
    def by_name(self) -> Mapping[str, AbstractStream]:
        found = {stream.name: stream for stream in self.streams(self.config)}
        for stream in found.values():
            _keep_first_partition_of_parents(stream)
        return found

    @cached_property
    def project_ids(self) -> set[int]:
        """The ids of all projects to be read, in every status. Raises an AirbyteTracedException if that fails."""
        return {record["id"] for partition in self.partitions(PROJECTS) for record in partition.read()}

    def partitions(self, stream: str) -> list[Partition]:
        """The partitions of a stream: statuses, projects, tools, or windows of dates."""
        if stream not in self._partitions:
            # A stream makes them once.
            self._partitions[stream] = list(self.by_name[stream].generate_partitions())
        return self._partitions[stream]

    @cached_property
    def _partitions(self) -> dict[str, list[Partition]]:
        return {}


def survey_of(config: Mapping[str, Any]) -> Survey:
    """A survey of the account of a configuration."""
    return Survey(config=config, source_config=_MANIFESTS[product_of(config)]())


def _manifest() -> dict[str, Any]:
    declared = source.manifest(BC3)
    shared = declared["definitions"]
    whole = {**shared["list_paginator"], "pagination_strategy": {**shared["list_paginator"]["pagination_strategy"]}}
    shared["projects"]["retriever"]["paginator"] = whole
    for paginator in ("list_paginator", "feed_paginator", "event_paginator"):
        shared[paginator]["pagination_strategy"]["class_name"] = f"{__name__}.{FirstPage.__name__}"
    for requester in ("requester", "event_requester"):
        shared[requester]["error_handler"]["retries"] = 1
    return declared


def _classic_manifest() -> dict[str, Any]:
    declared = source.manifest(CLASSIC)
    shared = declared["definitions"]
    first_page = {"type": "CustomPaginationStrategy", "class_name": f"{__name__}.{FirstClassicPage.__name__}"}
    for strategy in _strategies(declared):
        strategy["class_name"] = first_page["class_name"]
    # Lists without pages, for their counts.
    shared["list"]["retriever"]["paginator"] = {**shared["paginator"], "pagination_strategy": first_page}
    shared["requester"]["error_handler"]["retries"] = 1
    return declared


_MANIFESTS = {BC3: _manifest, CLASSIC: _classic_manifest}


def _strategies(node: Any) -> Iterator[dict[str, Any]]:
    """The ways of paging that a part of a manifest declares."""
    if isinstance(node, dict) and node.get("type") == "CustomPaginationStrategy":
        yield node
    elif isinstance(node, dict | list):
        for inner in node.values() if isinstance(node, dict) else node:
            yield from _strategies(inner)


@contextmanager
def cached_responses() -> Iterator[None]:
    """Caches responses in the `with` block, so that streams made of the same responses share them, as in a sync."""
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
    """A parent stream that has parents itself, cut to its first partition, or to the first of each kind of projects."""

    def __init__(self, stream: AbstractStream, each_kind: bool) -> None:
        self._stream, self._each_kind = stream, each_kind

    def generate_partitions(self) -> Iterator[Partition]:
        partitions = iter(self._stream.generate_partitions())
        if not self._each_kind:
            return islice(partitions, 1)
        firsts: dict[Any, Partition] = {}
        for partition in partitions:
            firsts.setdefault((partition.to_slice() or {}).get(KIND), partition)
        return iter(firsts.values())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _keep_first_partition_of_parents(stream: AbstractStream) -> None:
    for parent in parents_of(stream):
        if parents_of(parent.stream):
            _keep_first_partition_of_parents(parent.stream)
            # Whose records are all asked, each of them by itself: most of them may be in archived projects.
            parent.stream = _FirstPartition(parent.stream, parent.incremental_dependency)  # type: ignore[assignment]
