"""The rate limit: how long it makes a sync take, and how often it refuses a request."""

from __future__ import annotations

import re

from bench.measured import OURS_AS_SHIPPED, PLAIN, Run, connectors
from bench.table import Row, Section, Target, over_least
from sandbox import AccountSize, Fault, Sandbox
from sandbox.server.limits import RateLimit
from source_basecamp.catalog import resolved_manifest
from source_basecamp.product import BC3

LATENCY_MS = 80
"""Latency of every answer, in milliseconds."""

COMMANDS = {"ours": OURS_AS_SHIPPED, "plain": PLAIN}


def run(size: AccountSize, whose: str) -> Run:
    """A full sync at the real limit. The plain manifest may fail at it, as it keeps no pace."""
    with connectors(sandbox := Sandbox(size), COMMANDS[whose]) as (connector,):
        sandbox.faults.add(Fault(delay=LATENCY_MS / 1000, times=None))
        return connector.sync() if whose == "ours" else connector.attempt()


def section(name: str, ours: Run, plain: Run) -> Section:
    limit = RateLimit()
    least = least_seconds(ours.requests)
    remark = ", plain failed" if plain.exit_code else ""
    return Section(
        f"The {name} account at the real limit: {limit.requests} requests in {limit.period:.0f} s, "
        f"{LATENCY_MS} ms to an answer",
        [
            over_least(
                f"seconds from first to last request{remark}", ours.span, plain.span, least, Target("at most", 1.2)
            ),
            Row("answers 429", ours.refused, plain.refused, 0, target=Target("exactly", 0)),
        ],
    )


def least_seconds(requests: int) -> int:
    """The least seconds for so many requests under Basecamp's limit: a period for each further full window."""
    limit = RateLimit()
    return int(limit.period) * ((requests - 1) // limit.requests)


def our_seconds(requests: int, product: str = BC3) -> int:
    """The least seconds for them under the connector's own budget."""
    (rate,) = resolved_manifest(product)["api_budget"]["policies"][0]["rates"]
    (seconds,) = re.findall(r"^PT(\d+)S$", rate["interval"])
    return int(seconds) * ((requests - 1) // int(rate["limit"]))
