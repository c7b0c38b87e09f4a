"""What one account costs: requests, time at the rate limit, memory."""

from __future__ import annotations

from bench import floor
from bench.catalog import FIVE
from bench.measured import OURS, PLAIN, Run, connectors
from bench.pace import least_seconds, our_seconds
from bench.table import Row, Section, Target, over_least
from sandbox import AccountSize, Sandbox
from sandbox.account.size import STATUSES
from sandbox.account.streams import FEED_KINDS

Pair = tuple[Run, Run]
"""Our run, and the plain manifest's."""


def section(name: str, size: AccountSize) -> Section:
    """A full and an idle sync of the five streams, by both connectors."""
    with connectors(sandbox := Sandbox(size, rate_limit=False), OURS, PLAIN) as (ours, plain):
        full = ours.sync(), plain.sync()
        idle = ours.sync(state=full[0].state), plain.sync(state=full[1].state)
        records = _records(sandbox)
        least = floor.first_sync(sandbox.account), floor.idle_sync(sandbox.account)
    title = f"{name.capitalize()} account: {sum(size.project_counts()):,} projects, {records:,} records"
    return Section(
        title,
        [
            over_least("records of a full sync", full[0].total, full[1].total, records, Target("exactly", 1)),
            _requests("requests of a full sync", full, least[0], Target("at most", 1.02)),
            _requests("requests of an idle sync", idle, least[1], Target("exactly", 1)),
            Row("token requests of a full sync", full[0].token_requests, full[1].token_requests, 1),
            Row("token requests of an idle sync", idle[0].token_requests, idle[1].token_requests, 0),
            _seconds("seconds that the limit makes a full sync take, reckoned", full, least[0]),
            _seconds("seconds that the limit makes an idle sync take, reckoned", idle, least[1]),
            Row("peak memory of a full sync, MB", round(full[0].megabytes), round(full[1].megabytes)),
        ],
    )


def _records(sandbox: Sandbox) -> int:
    """How many records of the five streams are in the account."""
    account = sandbox.account
    types = {kind.stream: kind.type for kind in FEED_KINDS.values()}
    listings = [(types[stream], status) for stream in FIVE if stream in types for status in STATUSES]
    in_feeds = sum(account.feed_page(*listing, "updated_at", "desc", 0, 0)[1] for listing in listings)
    return in_feeds + sum(len(account.listing(stream)) for stream in FIVE if stream not in types)


def _requests(name: str, runs: Pair, least: int, target: Target) -> Row:
    return over_least(name, runs[0].requests, runs[1].requests, least, target)


def _seconds(name: str, runs: Pair, least: int) -> Row:
    return Row(name, our_seconds(runs[0].requests), least_seconds(runs[1].requests), least_seconds(least))
