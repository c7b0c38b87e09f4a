"""Made-up histories of an account and of the syncs that read it meanwhile: what happens, at which request, in order.

A history is plain data. It prints as the expression that makes it, so a failing one can be pasted into a test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from integration_tests.support.connector import FEEDS
from sandbox import AccountSize, Fault
from sandbox.account import Account

LISTED = (*FEEDS, "projects")
CHANGES = ("trash", "archive", "restore", "update", "delete", "complete", "create")


@dataclass(frozen=True)
class Listing:
    """One of the lists that a sync walks."""

    stream: str
    status: str = "active"

    @property
    def requests(self) -> str:
        """What a request for any of its pages looks like, as a regular expression."""
        if self.stream == "projects":
            return r"/projects\.json(?!.*status)" if self.status == "active" else rf"/projects\.json.*{self.status}"
        # Basecamp's links escape the colons of a type, the first request need not.
        return rf"type={FEEDS[self.stream].partition(':')[0]}.*status={self.status}"

    def ids(self, account: Account) -> list[int]:
        """The records that it shows, in its order. Of projects only those that are empty: see `Change`."""
        if self.stream == "projects":
            full = {r["bucket"]["id"] for type in FEEDS.values() for r in account.records(type)}
            return [project["id"] for project in account.projects(self.status) if project["id"] not in full]
        return [record["id"] for record in account.feed(FEEDS[self.stream], self.status)]


@dataclass(frozen=True)
class Change:
    """Something that people do to `count` records of a listing, from the place `at` on.

    Not to projects with recordings in them: what leaves or enters the feeds with its project keeps its `updated_at`,
    and only a full refresh can see that.
    """

    kind: str
    listing: Listing
    at: int = 0
    count: int = 1

    def __call__(self, account: Account) -> None:
        with account.lock:
            if self.kind == "create":
                self._create(account)
                return
            ids = self.listing.ids(account)
            for id in ids[self.at % len(ids) :][: self.count] if ids else []:
                self._touch(account, id)

    def _create(self, account: Account) -> None:
        for number in range(self.count):
            if self.listing.stream == "projects":
                account.create_project(f"New {number}")
            else:
                account.create(FEEDS[self.listing.stream])

    def _touch(self, account: Account, id: int) -> None:
        if self.kind == "update":
            account.update(id, description="Changed")
        elif self.kind == "complete" and self.listing.stream == "todos":
            account.complete(id)
        elif self.kind == "complete":
            account.update(id)
        else:
            getattr(account, self.kind)(id)


TROUBLES: dict[str, dict[str, Any]] = {
    "reset": {"reset": True},
    "error": {"status": 500},
    "truncated": {"truncate": 40},
    "cut": {"cut": 40},
    "refused": {"status": 429, "headers": {"Retry-After": "0"}},
    "lasting error": {"status": 503, "times": None},
}


@dataclass(frozen=True)
class Moment:
    """Before or after the `request`-th request for a listing is answered, changes happen, and perhaps trouble."""

    listing: Listing
    request: int
    changes: tuple[Change, ...] = ()
    before: bool = True
    trouble: str = ""

    @property
    def fault(self) -> Fault:
        when = "before" if self.before else "after"
        return Fault(
            path=self.listing.requests, skip=self.request, **{when: self._happen}, **TROUBLES.get(self.trouble, {})
        )

    def _happen(self, account: Account) -> None:
        for change in self.changes:
            change(account)


@dataclass(frozen=True)
class Sync:
    """One disturbed sync. It was killed when it had printed `survives` per cent of its messages."""

    moments: tuple[Moment, ...] = ()
    survives: int = 100
    keeps_token: bool = True
    workers: int = 1
    between: tuple[Change, ...] = ()
    """What happens after it and before the next."""


@dataclass(frozen=True)
class History:
    size: AccountSize
    syncs: tuple[Sync, ...]
    options: dict[str, Any] = field(default_factory=dict)


def histories(workers: tuple[int, ...] = (1, 4)) -> st.SearchStrategy[History]:
    """Histories of one or two syncs, the last of them disturbed."""
    disturbed = _disturbed(workers)
    syncs = st.tuples(disturbed) | st.tuples(_busy_after() | disturbed, disturbed)
    return st.builds(History, _sizes(), syncs, st.sampled_from([{"lookback_minutes": 0}, {}]))


def _sizes() -> st.SearchStrategy[AccountSize]:
    # Around the ends of pages of 15, 30 and 50.
    active = st.one_of(st.integers(40, 130), st.integers(0, 40))
    counts = st.tuples(active, st.integers(0, 50), st.integers(0, 50))
    return st.builds(
        AccountSize,
        projects=st.integers(1, 3),
        archived_projects=st.integers(0, 50),
        trashed_projects=st.integers(0, 20),
        hidden_per_project=st.just(0),
        **dict.fromkeys(FEEDS, counts),
    )


def _busy_after() -> st.SearchStrategy[Sync]:
    """A quiet sync, after which so much changes that the next one has to turn pages to get back to the saved state."""
    feeds = st.builds(Listing, st.sampled_from(list(FEEDS)))
    bulks = changes(feeds, ["update", "create", "complete"], counts=st.sampled_from([16, 30, 45, 60]))
    return st.builds(Sync, between=st.lists(bulks, min_size=1, max_size=3).map(tuple))


def _disturbed(workers: tuple[int, ...]) -> st.SearchStrategy[Sync]:
    return st.builds(
        Sync,
        moments=st.lists(_moments(), min_size=1, max_size=6).map(tuple),
        survives=st.one_of(st.just(100), st.integers(0, 99)),
        keeps_token=st.booleans(),
        workers=st.sampled_from(workers),
        between=st.lists(changes(), max_size=3).map(tuple),
    )


@st.composite
def _moments(draw: Callable[..., Any]) -> Moment:
    """Mostly, records leave the list that is being read, above the reader: there it hurts."""
    listing = draw(st.one_of(st.builds(Listing, st.sampled_from(list(FEEDS))), _LISTINGS))
    leaving = changes(st.just(listing), ["trash", "archive", "delete", "restore"], last=20)
    several = st.tuples(leaving) | st.lists(leaving | changes(), max_size=3).map(tuple)
    request = st.integers(1, 2) | st.integers(0, 4)
    trouble = st.just("") | st.sampled_from(list(TROUBLES))
    return Moment(listing, draw(request), draw(several), draw(st.booleans()), draw(trouble))


def changes(
    listings: st.SearchStrategy[Listing] | None = None,
    kinds: Sequence[str] = CHANGES,
    last: int = 130,
    counts: st.SearchStrategy[int] | None = None,
) -> st.SearchStrategy[Change]:
    """Changes of those kinds, from a place up to `last` on in one of the listings, any unless given."""
    listings = _LISTINGS if listings is None else listings
    counts = _COUNTS if counts is None else counts
    return st.builds(Change, st.sampled_from(kinds), listings, st.integers(0, last), counts)


# A few, or more than a page holds.
_COUNTS = st.sampled_from([1, 2, 3, 16, 31, 40, 60])
_LISTINGS = st.builds(Listing, st.sampled_from(LISTED), st.sampled_from(["active", "active", "archived", "trashed"]))
