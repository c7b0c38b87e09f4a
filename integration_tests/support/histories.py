"""Made-up histories of an account and of the syncs that read it meanwhile: what happens, at which request, in order.

A history is plain data. It prints as the expression that makes it, so a failing one can be pasted into a test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

from integration_tests.support.connector import FEEDS
from sandbox import AccountSize, Fault
from sandbox.account import Account

LISTED = (*FEEDS, "projects")
CHANGES = ("trash", "archive", "restore", "update", "delete", "complete", "create", "hide", "show", "switch")
OF_A_PROJECT = ("hide", "show", "switch")
UNSEEN = ("copy",)
"""What a feed cannot show: only its count does."""


@dataclass(frozen=True)
class Listing:
    """One of the lists that a sync walks."""

    stream: str
    status: str = "active"
    archived: bool = False
    """Of a feed: the recordings in archived projects, which are asked for by bucket."""

    @property
    def requests(self) -> str:
        """What a request for any of its pages looks like, as a regular expression."""
        if self.stream == "projects":
            return r"/projects\.json(?!.*status)" if self.status == "active" else rf"/projects\.json.*{self.status}"
        # Basecamp's links escape the colons of a type, the first request need not.
        bucket = ".*bucket=" if self.archived else "(?!.*bucket=)"
        return rf"type={FEEDS[self.stream].partition(':')[0]}{bucket}.*status={self.status}"

    def ids(self, account: Account) -> list[int]:
        """The records that it shows, in its order."""
        if self.stream == "projects":
            return [project["id"] for project in account.projects(self.status)]
        archived = [project["id"] for project in account.projects("archived")]
        buckets = archived if self.archived else None
        kind = FEEDS[self.stream]
        return [
            record["id"] for record in account.feed_page(kind, self.status, "updated_at", "desc", buckets=buckets)[0]
        ]


@dataclass(frozen=True)
class Change:
    """Something that people do to `count` records of a listing, from the place `at` on.

    A change to projects is of one at most. `hide`, `show` and `switch` are always of a project, the one that a record
    is in; to switch is to switch one of its tools off, or on again.
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
            ids = account.hidden() if self.kind == "show" else self.listing.ids(account)
            count = 1 if self.listing.stream == "projects" or self.kind in OF_A_PROJECT else self.count
            for id in ids[self.at % len(ids) :][:count] if ids else []:
                self._touch(account, id)

    def _create(self, account: Account) -> None:
        for number in range(self.count):
            if self.listing.stream == "projects":
                account.create_project(f"New {number}")
                continue
            there = account.projects("archived" if self.listing.archived else "active")
            if there:
                account.create(FEEDS[self.listing.stream], there[self.at % len(there)]["id"])

    def _touch(self, account: Account, id: int) -> None:
        if self.kind == "update":
            # Not a project's name: what lies in it holds a copy of that, with no later `updated_at`.
            account.update(id, **{"description" if self.listing.stream == "projects" else "title": "Changed"})
        elif self.kind == "complete" and self.listing.stream == "todos":
            account.complete(id)
        elif self.kind == "complete" or (self.kind == "copy" and self.listing.stream == "projects"):
            account.update(id)
        elif self.kind in ("hide", "switch"):
            project = id if self.listing.stream == "projects" else account.record(id)["bucket"]["id"]  # type: ignore[index]
            self._touch_project(account, project)
        else:
            getattr(account, self.kind)(id)

    def _touch_project(self, account: Account, id: int) -> None:
        if self.kind == "hide":
            account.hide(id)
            return
        tools = [tool for tool in account.listing("project_tools") if tool["project_id"] == id]
        tool = tools[self.at % len(tools)]
        account.set_tool(tool["id"], enabled=not tool["enabled"])


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

    def without_blinks(self) -> Sync:
        """The same, but what is hidden in its course stays hidden until the next sync lists the projects."""
        if not any(change.kind == "hide" for moment in self.moments for change in moment.changes):
            return self
        moments = tuple(replace(moment, changes=_without_shows(moment.changes)) for moment in self.moments)
        return replace(self, moments=moments, between=_without_shows(self.between))


@dataclass(frozen=True)
class History:
    size: AccountSize
    syncs: tuple[Sync, ...]
    options: dict[str, Any] = field(default_factory=dict)
    ids_length: int = 3_800
    """How many characters of ids fit into an address."""

    def without_blinks(self) -> History:
        """The same without projects that are hidden for the time of a sync only: no list tells a reader of feeds."""
        return replace(self, syncs=tuple(sync.without_blinks() for sync in self.syncs))


def _without_shows(changes: tuple[Change, ...]) -> tuple[Change, ...]:
    return tuple(change for change in changes if change.kind != "show")


def histories(
    workers: tuple[int, ...] = (1, 4), archived: int = 50, kinds: Sequence[str] = CHANGES
) -> st.SearchStrategy[History]:
    """Histories of one or two syncs, the last of them disturbed, with so many archived projects at most."""
    disturbed = _disturbed(workers, kinds)
    syncs = st.tuples(disturbed) | st.tuples(_busy_after() | disturbed, disturbed)
    options = st.sampled_from([{"lookback_minutes": 0}, {}])
    return st.builds(History, _sizes(archived), syncs, options, st.sampled_from([3_800, 40]))


def _sizes(archived: int) -> st.SearchStrategy[AccountSize]:
    # Around the ends of pages of 15, 30 and 50.
    active = st.one_of(st.integers(40, 130), st.integers(0, 40))
    counts = st.tuples(active, st.integers(0, 50), st.integers(0, 50))
    return st.builds(
        AccountSize,
        projects=st.integers(1, 3),
        archived_projects=st.integers(0, min(6, archived)) | st.integers(0, archived),
        trashed_projects=st.integers(0, 4),
        hidden_per_project=st.sampled_from([0, 2]),
        **dict.fromkeys(FEEDS, counts),
    )


def _busy_after() -> st.SearchStrategy[Sync]:
    """A quiet sync, after which so much changes that the next one has to turn pages to get back to the saved state."""
    feeds = st.builds(Listing, st.sampled_from(list(FEEDS)))
    bulks = changes(feeds, ["update", "create", "complete"], counts=st.sampled_from([16, 30, 45, 60]))
    return st.builds(Sync, between=st.lists(bulks, min_size=1, max_size=3).map(tuple))


def _disturbed(workers: tuple[int, ...], kinds: Sequence[str]) -> st.SearchStrategy[Sync]:
    return st.builds(
        Sync,
        moments=st.lists(_moments(kinds), min_size=1, max_size=6).map(tuple),
        survives=st.one_of(st.just(100), st.integers(0, 99)),
        keeps_token=st.booleans(),
        workers=st.sampled_from(workers),
        between=st.lists(changes(kinds=kinds), max_size=3).map(tuple),
    )


@st.composite
def _moments(draw: Callable[..., Any], kinds: Sequence[str]) -> Moment:
    """Mostly, records leave the list that is being read, above the reader: there it hurts."""
    listing = draw(st.one_of(st.builds(Listing, st.sampled_from(list(FEEDS))), _LISTINGS))
    leaving = changes(st.just(listing), ["trash", "archive", "delete", "restore"], last=20)
    several = st.tuples(leaving) | st.lists(leaving | changes(kinds=kinds), max_size=3).map(tuple)
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
_LISTINGS = st.builds(
    Listing, st.sampled_from(LISTED), st.sampled_from(["active", "active", "archived", "trashed"]), st.booleans()
)
