"""The fewest requests that can bring an account, worked out from what is in it.

Every record has to come over the wire once, on pages of the sizes that Basecamp deals in. Projects come with their
schedules. To see that nothing changed takes one page of each listing that is in the order of change; projects are
listed in the order of their creation, so that a change may stand on any page.
"""

from __future__ import annotations

from sandbox.account import Account
from sandbox.account.size import STATUSES
from sandbox.account.streams import ACCOUNT_LISTS, FEED_KINDS
from sandbox.account.templates import TEMPLATE
from sandbox.server.event_feed import PAGE
from sandbox.server.pages import page_bounds
from source_basecamp.buckets import ranges

_FEEDS = {kind.stream: kind.type for kind in FEED_KINDS.values()}
_ACCOUNT_LISTS = {listing.stream: listing for listing in ACCOUNT_LISTS}
_MADE_OF_PROJECTS = ("projects", "schedules", "project_tools")
_IN_ORDER_OF_CHANGE = {*_FEEDS, "timeline_events"}
_ASKED_FOR = ("projects", "schedule_entries", "todos", "messages")
"""The listings of the five streams: schedules are part of the projects."""


def first_sync(account: Account) -> int:
    """The fewest API requests that read the five streams in all statuses."""
    return sum(first(account, stream) or 0 for stream in _ASKED_FOR)


def idle_sync(account: Account) -> int:
    """The fewest API requests that show that nothing changed in them."""
    return sum(again(account, stream) or 0 for stream in _ASKED_FOR)


def first(account: Account, stream: str) -> int | None:
    """The fewest requests that read a stream; None for one that is read project by project or tool by tool."""
    if stream == "events":
        return max(1, -(-len(account.listing(stream)) // PAGE))
    listings = _listings(account, stream)
    return None if listings is None else sum(pages(records) for records in listings)


def again(account: Account, stream: str) -> int | None:
    """The fewest requests that show that nothing changed in a stream."""
    if stream == "events":
        return 1
    listings = _listings(account, stream)
    return len(listings) if listings is not None and stream in _IN_ORDER_OF_CHANGE else first(account, stream)


def pages(records: int) -> int:
    """The pages of a list of `records`; an empty list has one page, too."""
    page = 1
    while page_bounds(page)[1] < records:
        page += 1
    return page


def _listings(account: Account, stream: str) -> list[int] | None:
    """The lengths of the lists that hold a stream; 0 for one that comes on a single page, whatever its length."""
    store = account.store
    if stream in _MADE_OF_PROJECTS:
        return [len(account.projects(status)) for status in STATUSES]
    if stream in _FEEDS:
        # Those of archived projects are listed by themselves, in as many parts as their ids fill addresses.
        archived = ranges(project["id"] for project in account.projects("archived")).values()
        return [
            account.feed_page(_FEEDS[stream], status, "updated_at", "desc", 0, 0, buckets)[1]
            for buckets in (None, *archived)
            for status in STATUSES
        ]
    if stream == "templates":
        return [len(store.plain_records(TEMPLATE, status)) for status in STATUSES]
    if stream in _ACCOUNT_LISTS:
        listing = _ACCOUNT_LISTS[stream]
        return [len(listing.read(store)) if listing.form == "pages" else 0]
    return None
