"""The rate limit: whether requests of the check-up were refused, and how long a first sync takes at least."""

from __future__ import annotations

from typing import Any

import pendulum

from source_basecamp.catalog import resolved_manifest
from source_basecamp.doctor.findings import CheckupContext, Finding, State, ok, warning
from source_basecamp.stats import STATS
from source_basecamp.terminal import counted

FIRST_PAGES = (15, 30, 50)
LATER_PAGES = 100
"""Records on a page (bc-api, "Pagination")."""

CLASSIC_PAGES = 50
"""Records on a page of the lists that Classic counts."""

NONE_REFUSED = "None of the {asked:,} requests of this check-up was refused."
REFUSED = "Basecamp refused {refused:,} of the {asked:,} requests of this check-up (429)."
SHARED = "Other tools at the same address share this limit."
FIRST_SYNC = (
    "A first sync of {streams} makes at least {requests} and takes {time} or more, at {limit} requests in {interval} "
    "seconds."
)
HINT = (
    "Stop other tools that use Basecamp's API from this address during the sync, or run it at another time. It waits "
    "as long as Basecamp asks it to, and loses nothing."
)


def rate_limit(context: CheckupContext) -> Finding:
    """Whether requests of this check-up were refused, and how long a first sync takes at least."""
    refused, asked = STATS.refused, STATS.requests
    seen = REFUSED.format(refused=refused, asked=asked) if refused else NONE_REFUSED.format(asked=asked)
    detail = " ".join(filter(None, (seen, SHARED, _first_sync(context))))
    return warning(detail, HINT) if refused else ok(detail)


def classic_requests_to_list(read: int, counted: int | None) -> int:
    """The least requests for a list whose first answer holds `read` records of so many; None if nobody counts them."""
    if counted is None:
        return 2
    return 1 if counted <= read else -(-counted // CLASSIC_PAGES)


def requests_to_list(records: int) -> int:
    """Requests to list so many records. An empty list takes one."""
    count = 1
    for size in FIRST_PAGES:
        if records <= size:
            return count
        records -= size
        count += 1
    return count + max(0, records - 1) // LATER_PAGES


def least_seconds(requests: int, product: str) -> int:
    """Seconds that so many requests take by the product's request budget, if Basecamp answers at once."""
    limit, interval = _budget(product)
    return max(0, requests - 1) // limit * interval


def _first_sync(context: CheckupContext) -> str:
    probed = [stream for stream in context.probed if stream.state is not State.SKIPPED]
    if not probed:
        return ""
    requests = sum(stream.requests for stream in probed)
    seconds = least_seconds(requests, context.product)
    limit, interval = _budget(context.product)
    return FIRST_SYNC.format(
        streams=f"these {len(probed):,} streams" if len(probed) > 1 else "this stream",
        requests=counted(requests, "request"),
        time=pendulum.duration(seconds=seconds).in_words(locale="en") if seconds else "a few seconds",
        limit=limit,
        interval=interval,
    )


def _budget(product: str) -> tuple[int, int]:
    """The request budget of a product: requests, and the seconds for them."""
    rate: dict[str, Any] = resolved_manifest(product)["api_budget"]["policies"][0]["rates"][0]
    return int(rate["limit"]), round(pendulum.parse(rate["interval"]).total_seconds())  # type: ignore[union-attr]
