"""Whether memory grows with the number of records."""

from __future__ import annotations

from bench.measured import OURS, PLAIN, connectors
from bench.sizes import one_feed
from bench.table import Row, Section, Target
from sandbox import Sandbox

GROWTH = Target("at most", 30)
"""Megabytes."""

RELUCTANCE = 20.0
"""Seconds after which a connector whose output is not read has stopped reading ahead."""


def section(little: int, much: int, stalled: int) -> Section:
    before, after, waiting = _peaks(little), _peaks(much), _peaks(stalled, RELUCTANCE)
    return Section(
        "Memory at the peak of the connector's process, MB",
        [
            Row(f"one feed of {little:,} records", before[0], before[1]),
            Row(f"one feed of {much:,} records", after[0], after[1]),
            Row("growth", after[0] - before[0], after[1] - before[1], target=GROWTH),
            Row(f"one feed of {stalled:,} records, none taken for {RELUCTANCE:.0f} s", waiting[0], waiting[1]),
        ],
    )


def _peaks(records: int, reluctance: float = 0.0) -> list[int]:
    """Memory of a sync of one feed: ours, and the plain manifest's."""
    with connectors(Sandbox(one_feed(records), rate_limit=False), OURS, PLAIN) as both:
        for connector in both:
            connector.reluctance = reluctance
        return [round(connector.sync(["todos"]).megabytes) for connector in both]
