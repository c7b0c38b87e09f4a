"""What archived projects cost: Basecamp lists their recordings only where it is asked for them by their ids."""

from __future__ import annotations

from dataclasses import replace

from bench import floor
from bench.measured import OURS, connectors
from bench.sizes import SMALL
from bench.table import Row, Section, Target, over_least
from sandbox import Sandbox


def section(counts: tuple[int, ...]) -> Section:
    """A full and an idle sync of the five streams, of the small account with so many archived projects."""
    rows = [row for count in counts for row in _rows(count)]
    return Section("The small account with other numbers of archived projects", rows)


def _rows(count: int) -> list[Row]:
    size = replace(SMALL, archived_projects=count)
    with connectors(sandbox := Sandbox(size, rate_limit=False), OURS) as (ours,):
        full = ours.sync()
        idle = ours.sync(state=full.state)
        least = floor.first_sync(sandbox.account), floor.idle_sync(sandbox.account)
    return [
        over_least(f"requests of a full sync, {count:,} archived", full.requests, None, least[0], Target("exactly", 1)),
        over_least(
            f"requests of an idle sync, {count:,} archived", idle.requests, None, least[1], Target("exactly", 1)
        ),
    ]
