"""The listings of recordings, kept sorted and rebuilt only after something changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from operator import attrgetter

from sandbox.projects import Project
from sandbox.recordings import Recording
from sandbox.size import STATUSES

SORTS = ("created_at", "updated_at")


class Feeds:
    """All recordings by type, and what each feed lists of them: only recordings of active projects."""

    def __init__(self) -> None:
        self._by_type: defaultdict[str, dict[int, Recording]] = defaultdict(dict)
        self._listings: dict[tuple[str, str, str], list[Recording]] = {}

    def add(self, recording: Recording) -> None:
        """Put in a new recording."""
        self._by_type[recording.kind.type][recording.id] = recording
        self.changed(recording.kind.type)

    def remove(self, recording: Recording) -> None:
        """Take a recording out for good."""
        del self._by_type[recording.kind.type][recording.id]
        self.changed(recording.kind.type)

    def changed(self, type: str | None = None) -> None:
        """Forget the listings of one type, or all of them."""
        stale = [key for key in self._listings if type in (None, key[0])]
        for key in stale:
            del self._listings[key]

    def find(self, id: int) -> Recording | None:
        """The recording of that id, whatever its type."""
        return next((recordings[id] for recordings in self._by_type.values() if id in recordings), None)

    def of_project(self, project: Project) -> list[Recording]:
        """Every recording of a project, listed or not."""
        return [recording for recording in self._all() if recording.project is project]

    def _all(self) -> Iterator[Recording]:
        for recordings in self._by_type.values():
            yield from recordings.values()

    def listing(self, type: str, status: str, sort: str, buckets: Collection[int] | None = None) -> list[Recording]:
        """What the feed shows, newest first. Do not change the list."""
        if (type, status, sort) not in self._listings:
            self._rebuild(type, sort)
        listed = self._listings.get((type, status, sort), [])
        return listed if buckets is None else [r for r in listed if r.project.id in buckets]

    def _rebuild(self, type: str, sort: str) -> None:
        fresh: dict[str, list[Recording]] = {status: [] for status in STATUSES}
        for recording in self._by_type[type].values():
            if recording.project.status == "active" and recording.status in fresh:
                fresh[recording.status].append(recording)
        for status, listed in fresh.items():
            # Ties fall to the newer id, so one state of the account has one order.
            listed.sort(key=attrgetter(sort, "id"), reverse=True)
            self._listings[type, status, sort] = listed
