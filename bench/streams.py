"""What each of the streams asks for on its own."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from bench import floor
from bench.measured import OURS, connectors
from integration_tests.support.connector import STREAMS, InProcess, Message
from integration_tests.support.patches import changed_manifest, without_budget
from sandbox import AccountSize, Sandbox

HEADINGS = ("stream", "records", "first sync", "least", "second sync", "least")


def cells(size: AccountSize) -> list[list[str]]:
    """For each stream its records, and the requests of two syncs of it alone beside the fewest that there can be."""
    sandbox = Sandbox(size, rate_limit=False)
    with sandbox, TemporaryDirectory() as folder, changed_manifest(without_budget):
        connector = InProcess(sandbox, Path(folder))
        return [_cells(connector, stream) for stream in STREAMS]


def whole(size: AccountSize) -> str:
    """All of them in one sync."""
    with connectors(Sandbox(size, rate_limit=False), OURS) as (ours,):
        run = ours.sync(STREAMS)
    return f"All in one sync: {run.total:,} records, {run.requests:,} requests, {run.megabytes:.0f} MB at the peak."


def _cells(connector: InProcess, stream: str) -> list[str]:
    records, first, state = _sync(connector, stream)
    _, second, _ = _sync(connector, stream, state)
    account = connector.sandbox.account
    least = [_written(count(account, stream)) for count in (floor.first, floor.again)]
    return [stream, f"{records:,}", f"{first:,}", least[0], f"{second:,}", least[1]]


def _sync(connector: InProcess, stream: str, state: list[Message] | None = None) -> tuple[int, int, list[Message]]:
    """`(records, requests, state)`."""
    connector.sandbox.log.clear()
    output = connector.read([stream], state)
    if output.exit_code:
        raise RuntimeError(f"{stream} failed: {output.errors}")
    return len(output.records(stream)), len(connector.sandbox.log.api), output.state


def _written(requests: int | None) -> str:
    return "-" if requests is None else f"{requests:,}"
