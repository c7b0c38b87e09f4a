"""Projects as buckets of recordings: which ones a feed is asked for by id, and which ones Basecamp refuses to list.

`projects/recordings.json` takes `bucket`, ids with commas between them, and then lists archived projects, too (bc-api,
"External links"). It answers 404 for the whole list when one of the ids is not to its taste, and there may be accounts
where it takes no archived project at all: both are found out here, once for all streams of a sync.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from itertools import accumulate
from typing import Any

import requests

from source_basecamp.problems import transient_error

logger = logging.getLogger("airbyte")

RANGE = "from"
"""The key of a partition that says where its range of project ids begins; without it, at the beginning."""

MAX_IDS_LENGTH = 3_800
"""Characters of ids in one address, so that the whole address stays below 4,000. Basecamp refuses 8,000."""

SAMPLES = 8
"""Archived projects that are asked for one by one before Basecamp is taken to list no archived project."""

NOT_LISTED = (
    "Basecamp does not list the recordings of {count} (status 404): {ids}. They were skipped, and the next sync asks "
    "for them again. Nothing else is missing."
)
NO_ARCHIVED = (
    "Basecamp does not list the recordings of archived projects to this login: {tried} of {count} were asked for one "
    "by one. Recordings of archived projects are left out; everything else is read."
)
NOT_VISIBLE = (
    "'project_ids' names projects that are in the trash, or that the user who authorised this connection cannot see: "
    "{ids}. They are left out."
)
CONTRADICTION = (
    "Basecamp answered 404 for the recordings of {count} projects together, and lists those of each part of them. "
    "Nothing is lost: the next sync tries again."
)


def packed(ids: Iterable[int]) -> str:
    """Ids as a state holds them, in few characters: the least one, then the distances, `48644099+12+533`."""
    ordered = sorted(ids)
    return "+".join(str(id - before) for before, id in zip([0, *ordered], ordered, strict=False))


def unpacked(text: str) -> frozenset[int]:
    """The ids in a text of `packed`; none in any other."""
    steps = text.split("+")
    return frozenset(accumulate(map(int, steps))) if all(step.isdecimal() for step in steps) else frozenset()


def ranges(ids: Iterable[int], starts: Iterable[int] = ()) -> dict[int, list[int]]:
    """Ids in groups that fit into an address each, by the beginning of their range; the first range begins with 0.

    `starts` are the beginnings of earlier ranges. A range keeps its ids, so that it can have a cursor: where they no
    longer fit, it is split.
    """
    found: dict[int, list[int]] = {}
    known = sorted(starts, reverse=True)
    start, length = -1, 0
    for id in sorted(ids):
        own = next((one for one in known if one <= id), 0)
        length += len(str(id)) + 1
        if start < own or length > MAX_IDS_LENGTH + 1:
            start = own if start < own else id
            length = len(str(id)) + 1
        found.setdefault(start, []).append(id)
    return found


Ask = Callable[[Sequence[int]], requests.Response | None]
"""Requests the first page of the recordings in projects."""


@dataclass
class Buckets:
    """What is known in a sync of the projects that are asked for by id. Shared by all streams."""

    active: set[int] = field(default_factory=set)
    """The active projects that the sync is to read."""
    archived: set[int] = field(default_factory=set)
    """The archived ones."""
    refused: set[int] = field(default_factory=set)
    """Projects whose recordings Basecamp does not list."""
    archived_are_listed: bool | None = None
    """Whether Basecamp lists the recordings of archived projects; None until one was asked for."""
    first_answer: datetime | None = None
    """When Basecamp gave the first answer of this sync, by its own clock, to the end of that second."""
    last_answer: datetime | None = None
    _warned: bool = False
    _lock: Any = field(default_factory=threading.RLock)

    def clear(self) -> None:
        """Forgets everything, before a sync begins."""
        fresh = Buckets()
        with self._lock:
            vars(self).update({name: value for name, value in vars(fresh).items() if name != "_lock"})

    def see(self, active: Iterable[int], archived: Iterable[int], missing: Collection[int]) -> None:
        """Notes which projects there are, and warns once of the `missing` ones of `project_ids`."""
        with self._lock:
            self.active.update(active)
            self.archived.update(archived)
            if missing and not self._warned:
                self._warned = True
                logger.warning(NOT_VISIBLE.format(ids=", ".join(map(str, sorted(missing)))))

    def answered(self, moment: datetime | None) -> None:
        """Notes when Basecamp gave an answer."""
        if moment is None:
            return
        with self._lock:
            self.first_answer = min(self.first_answer or moment, moment)
            self.last_answer = max(self.last_answer or moment, moment)

    def first_page(self, ids: Sequence[int], ask: Ask) -> requests.Response | None:
        """The first page for those of `ids` that Basecamp lists; None if it lists none of them."""
        while wanted := [id for id in ids if id not in self.refused]:
            with self._lock if self._unknown(wanted) else nullcontext():
                response = ask(wanted)
                if response is None or response.status_code != 404:
                    self._note_listed(wanted)
                    return response
                self.find_refused(wanted, ask)
        return None

    def find_refused(self, ids: Sequence[int], ask: Ask) -> None:
        """Adds to `refused` at least one of `ids`, for which Basecamp answered 404 together."""
        with self._lock:
            if self._any_refused(ids):
                # Another stream found it out meanwhile.
                return
            if archived := self._unknown(ids):
                self._try_some(archived, ask)
            if not self._any_refused(ids):
                self._halve(ids, ask)
            found = sorted(self.refused.intersection(ids))
        if not found:
            raise transient_error(CONTRADICTION.format(count=len(ids)))
        if told := [id for id in found if self.archived_are_listed is not False or id not in self.archived]:
            count = f"{len(told):,} project{'s' if len(told) > 1 else ''}"
            logger.warning(NOT_LISTED.format(count=count, ids=", ".join(map(str, told))))

    def _try_some(self, archived: Sequence[int], ask: Ask) -> None:
        """Asks for single archived projects, until one is listed or enough are refused."""
        tried = archived[:: -(-len(archived) // SAMPLES)]
        for id in tried:
            if self._is_listed([id], ask):
                return
            self.refused.add(id)
        self.archived_are_listed = False
        self.refused |= self.archived
        logger.warning(NO_ARCHIVED.format(tried=len(tried), count=f"{len(self.archived):,}"))

    def _halve(self, ids: Sequence[int], ask: Ask) -> None:
        if len(ids) == 1:
            self.refused.update(ids)
            return
        half = len(ids) // 2
        for part in (ids[:half], ids[half:]):
            if not self._is_listed(part, ask):
                self._halve(part, ask)

    def _is_listed(self, ids: Sequence[int], ask: Ask) -> bool:
        response = ask(ids)
        listed = response is None or response.status_code != 404
        if listed:
            self._note_listed(ids)
        return listed

    def _note_listed(self, ids: Sequence[int]) -> None:
        if not self.archived.isdisjoint(ids):
            self.archived_are_listed = True

    def _unknown(self, ids: Sequence[int]) -> list[int]:
        """The archived ones of `ids`, as long as nobody knows whether Basecamp lists archived projects."""
        return [id for id in ids if id in self.archived] if self.archived_are_listed is None else []

    def _any_refused(self, ids: Sequence[int]) -> bool:
        return not self.refused.isdisjoint(ids)


BUCKETS = Buckets()
"""The one instance of the process, as `STATS`."""
