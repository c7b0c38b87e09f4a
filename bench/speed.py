"""Records per second where nothing but the connector itself takes time."""

from __future__ import annotations

from collections.abc import Sequence

from bench.measured import OURS, PLAIN, Run, connectors
from bench.table import Section, Target, over_plain
from sandbox import AccountSize, Sandbox

FAST_ENOUGH = Target("at least", 0.8)

Pairs = list[tuple[Run, Run]]


def pairs(size: AccountSize, streams: Sequence[str], repeats: int) -> Pairs:
    """Full syncs, ours and the plain manifest's in turns, so that a busy machine slows both."""
    with connectors(Sandbox(size, rate_limit=False), OURS, PLAIN) as (ours, plain):
        return [(ours.sync(streams), plain.sync(streams)) for _ in range(repeats)]


def section(feed: Pairs, five: Pairs) -> Section:
    one, all_five = f"one feed of {feed[0][0].total:,} records", f"five streams, {five[0][0].total:,} records"
    return Section(
        f"Speed from loopback without a limit, over plain: best of {len(feed)}",
        [
            over_plain(f"records per second, {one}", _speed(feed), FAST_ENOUGH),
            over_plain(f"records per second, {all_five}", _speed(five), FAST_ENOUGH),
            over_plain(f"processor time per record, {one}", _processor_time(feed)),
            over_plain(f"processor time per record, {all_five}", _processor_time(five)),
        ],
    )


def _speed(measured: Pairs) -> float:
    ours, plain = zip(*measured, strict=True)
    return max(map(_records_per_second, ours)) / max(map(_records_per_second, plain))


def _processor_time(measured: Pairs) -> float:
    ours, plain = zip(*measured, strict=True)
    return min(map(_seconds_per_record, ours)) / min(map(_seconds_per_record, plain))


def _records_per_second(run: Run) -> float:
    return run.total / run.seconds


def _seconds_per_record(run: Run) -> float:
    return run.cpu_seconds / run.total
