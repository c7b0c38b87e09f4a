"""The parents that a stream is asked for one by one, where they are read from listings that can fail each by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.partition_routers import SubstreamPartitionRouter
from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record, StreamSlice, StreamState
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.problems import transient_error

MAX_FAILURES = 3
"""Listings that fail one after another, after which no other is asked: each takes more than a minute to fail."""

Generate = Callable[[], Iterable[Partition]]


@dataclass
class ParentFailures:
    """The listings of parents that failed so far."""

    messages: list[str] = field(default_factory=list)
    in_a_row: int = 0

    def add(self, error: AirbyteTracedException) -> None:
        """Raises the error again where it is not the fault of one listing."""
        self.in_a_row += 1
        if error.failure_type != FailureType.transient_error or self.in_a_row >= MAX_FAILURES:
            raise error
        self.messages.append(str(error.message))


class ParentPartition(Partition):
    """A listing of parents. One that fails has no more parents, and is noted."""

    def __init__(self, partition: Partition, failures: ParentFailures) -> None:
        self._partition, self._failures = partition, failures

    def read(self) -> Iterable[Record]:
        try:
            yield from self._partition.read()
            self._failures.in_a_row = 0
        except AirbyteTracedException as error:
            self._failures.add(error)

    def to_slice(self) -> Optional[Mapping[str, Any]]:
        return self._partition.to_slice()

    def stream_name(self) -> str:
        return self._partition.stream_name()

    def __hash__(self) -> int:
        return hash(self._partition)


@dataclass
class PatientPartitionRouter(SubstreamPartitionRouter):
    """Partitions a stream by the parents of all listings that answer, and then fails if one of them did not."""

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        super().__post_init__(parameters)
        self._failures = ParentFailures()
        for parent in self.parent_stream_configs:
            stream: Any = parent.stream
            stream.generate_partitions = self._patiently(stream.generate_partitions)

    def _patiently(self, generate: Generate) -> Generate:
        def generate_patiently() -> Iterator[Partition]:
            return (ParentPartition(partition, self._failures) for partition in generate())

        return generate_patiently

    def stream_slices(self) -> Iterable[StreamSlice]:
        self._failures.messages.clear()
        yield from super().stream_slices()
        if self._failures.messages:
            raise transient_error(" ".join(self._failures.messages))


@dataclass
class ChangedPartitionRouter(SubstreamPartitionRouter):
    """Partitions a stream by the parents that have changed since the last sync; its state has those of their feeds.

    The CDK holds the last partition back until it has the next one. Where a listing fails, in whatever way, that
    partition is never read, and a state that knows its parent would hide it from the next sync: it gets the state of
    before.
    """

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        super().__post_init__(parameters)
        self._failed = False

    def stream_slices(self) -> Iterable[StreamSlice]:
        self._before = self._now = super().get_stream_state()
        try:
            yield from super().stream_slices()
        except Exception:
            self._failed = True
            raise

    def get_stream_state(self) -> Optional[Mapping[str, StreamState]]:
        """What the state knows of parents. The CDK asks for each partition that it takes, and at the end."""
        if self._failed:
            return self._before
        self._before, self._now = self._now, super().get_stream_state()
        return self._now

    def feeds(self) -> Mapping[str, Any]:
        """By the name of a parent, under which the state has its own: the router of its feed."""
        found = {}
        for parent in self.parent_stream_configs:
            stream: Any = parent.stream
            found[stream.name] = stream.get_partition_router()
        return found
