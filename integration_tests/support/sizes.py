"""Accounts of known size, and the fewest requests that can read them."""

from __future__ import annotations

from sandbox import AccountSize

EMPTY = AccountSize(
    projects=0, archived_projects=0, trashed_projects=0, todos=0, messages=0, schedule_entries=0, hidden_per_project=0
)
ONE_PAGE = AccountSize(
    projects=3,
    archived_projects=2,
    trashed_projects=1,
    todos=(15, 2, 1),
    messages=(14, 1, 1),
    schedule_entries=(9, 2, 2),
)
MANY_PAGES = AccountSize(
    projects=120,
    archived_projects=20,
    trashed_projects=16,
    todos=(460, 130, 46),
    messages=(96, 45, 15),
    schedule_entries=(95, 16, 0),
)


def pages(records: int) -> int:
    """Pages of a geared listing: 15, 30, 50, then 100 records (bc-api, "Pagination")."""
    gears = [15, 45, 95]
    return next((n for n, full in enumerate(gears, 1) if records <= full), 3 + -(-(records - 95) // 100))


def floor(size: AccountSize) -> int:
    """The fewest API requests that can bring every record of the five streams, with the token's."""
    feeds = ("todos", "messages", "schedule_entries")
    listings = [size.project_counts(), *(size.counts(kind) for kind in feeds)]
    if size.archived_projects:
        listings += [(size.archived_projects * size.hidden_per_project, 0, 0)] * len(feeds)
    return 1 + sum(pages(count) for counts in listings for count in counts)
