"""Several connections at once from one address, and one account split over several connections."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measured import OURS, OURS_AS_SHIPPED, Measured, Run, connectors
from bench.sizes import MEDIUM
from sandbox import AccountSize, Sandbox

TOGETHER = (1, 2, 4, 8)
SPLIT = (1, 2, 4)

_EACH = AccountSize(projects=20, todos=(3_000, 100, 10), messages=(1_000, 20, 5), schedule_entries=(200, 5, 5))


def together(connections: int) -> list[str]:
    """Full syncs of a number of connections at once, under the real rate limit of one address."""
    print(f"{connections} at once ...", file=sys.stderr)
    with Sandbox(_EACH) as sandbox, ThreadPoolExecutor(connections) as threads:
        began = time.monotonic()
        runs = list(threads.map(_sync, [sandbox] * connections))
        seconds = time.monotonic() - began
        refused = sum(request.status == 429 for request in sandbox.log.api)
        answered = len(sandbox.log.api) - refused
    whole = sum(run.exit_code == 0 for run in runs)
    return [f"{connections}", f"{answered:,}", f"{seconds:.0f} s", f"{refused:,}", f"{whole} of {connections}"]


def _sync(sandbox: Sandbox) -> Run:
    with TemporaryDirectory() as folder:
        return Measured(sandbox, Path(folder), OURS_AS_SHIPPED).read()


def split(connections: int) -> list[str]:
    """A sync of the medium account, its active projects divided among connections by `project_ids`."""
    print(f"{connections} parts ...", file=sys.stderr)
    sandbox = Sandbox(MEDIUM, rate_limit=False)
    ids = [project["id"] for project in sandbox.account.projects("active")]
    records = full = idle = 0
    with connectors(sandbox, OURS) as (connector,):
        whole = dict(connector.config)
        for part in range(connections):
            connector.config = whole | {"project_ids": ids[part::connections]}
            first = connector.sync()
            records, full = records + first.total, full + first.requests
            idle += connector.sync(state=first.state).requests
    return [f"{connections}", f"{records:,}", f"{full:,}", f"{idle:,}"]


def tables() -> dict[str, tuple[Sequence[str], list[list[str]]]]:
    """Headings and rows by the name of their place on the page."""
    return {
        "together": (("at once", "requests", "time", "refused (429)", "complete"), [together(n) for n in TOGETHER]),
        "split": (("connections", "records", "full sync", "idle sync"), [split(n) for n in SPLIT]),
    }
