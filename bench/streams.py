"""The requests of each stream when it is synced alone."""

from __future__ import annotations

from bench import floor
from bench.catalog import STREAMS
from bench.measured import OURS, Measured, connectors
from sandbox import AccountSize, Sandbox

HEADINGS = ("stream", "records", "first sync", "least", "second sync", "least")


def cells(size: AccountSize) -> list[list[str]]:
    """For each stream its records, and the requests of two syncs of it alone beside the fewest that there can be."""
    with connectors(Sandbox(size, rate_limit=False), OURS) as (ours,):
        return [_cells(ours, stream) for stream in STREAMS]


def whole(size: AccountSize) -> str:
    """All of them in one sync."""
    with connectors(Sandbox(size, rate_limit=False), OURS) as (ours,):
        run = ours.sync(STREAMS)
    return f"All in one sync: {run.total:,} records, {run.requests:,} requests, {run.megabytes:.0f} MB at the peak."


def _cells(ours: Measured, stream: str) -> list[str]:
    first = ours.sync([stream])
    second = ours.sync([stream], first.state)
    account = ours.sandbox.account
    least = [_written(count(account, stream)) for count in (floor.first, floor.again)]
    return [stream, f"{first.total:,}", f"{first.requests:,}", least[0], f"{second.requests:,}", least[1]]


def _written(requests: int | None) -> str:
    return "-" if requests is None else f"{requests:,}"
