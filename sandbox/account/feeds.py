"""All recordings, and the sorted lists of them, which are made anew only after something changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from operator import attrgetter

from sandbox.account.recordings import Recording, parent_id
from sandbox.account.records import Project
from sandbox.account.size import STATUSES

SORTS = ("created_at", "updated_at")


class Feeds:
    """All recordings by type, and what each feed lists of them: only recordings of active projects."""

    def __init__(self) -> None:
        self._by_type: defaultdict[str, dict[int, Recording]] = defaultdict(dict)
        self._listings: dict[tuple[str, str, str], list[Recording]] = {}
        self._inside: dict[str, defaultdict[int | None, list[Recording]]] = {}

    def add(self, recording: Recording) -> None:
        """Add a new recording."""
        self._by_type[recording.kind.type][recording.id] = recording
        self.changed(recording.kind.type)

    def remove(self, recording: Recording) -> None:
        """Remove a recording for good."""
        del self._by_type[recording.kind.type][recording.id]
        self.changed(recording.kind.type)

    def changed(self, type: str | None = None) -> None:
        """Forget the sorted lists of one type, or all of them."""
        stale = [key for key in self._listings if type in (None, key[0])]
        for key in stale:
            del self._listings[key]
        for kept in list(self._inside) if type is None else [type]:
            self._inside.pop(kept, None)

    def find(self, id: int) -> Recording | None:
        """The recording of that id, whatever its type."""
        return next((recordings[id] for recordings in self._by_type.values() if id in recordings), None)

    def of_project(self, project: Project) -> list[Recording]:
        """Every recording of a project, listed or not."""
        return [
            recording
            for recordings in self._by_type.values()
            for recording in recordings.values()
            if recording.project is project
        ]

    def inside(self, type: str, id: int | None) -> list[Recording]:
        """The active recordings of a type under a parent or in a project, newest first. Do not change the list.

        Unlike in the feeds, the status of the project does not matter here.
        """
        if type not in self._inside:
            self._inside[type] = self._grouped(type)
        return self._inside[type].get(id, [])

    def listing(self, type: str, status: str, sort: str, buckets: Collection[int] | None = None) -> list[Recording]:
        """What the feed lists, newest first. Do not change the list."""
        if (type, status, sort) not in self._listings:
            self._rebuild(type, sort)
        listed = self._listings.get((type, status, sort), [])
        return listed if buckets is None else [r for r in listed if r.project.id in buckets]

    def _grouped(self, type: str) -> defaultdict[int | None, list[Recording]]:
        grouped: defaultdict[int | None, list[Recording]] = defaultdict(list)
        for recording in sorted(self._by_type[type].values(), key=attrgetter("created_at", "id"), reverse=True):
            if recording.status == "active":
                for owner in {parent_id(recording), recording.project.id} - {None}:
                    grouped[owner].append(recording)
        return grouped

    def _rebuild(self, type: str, sort: str) -> None:
        fresh: dict[str, list[Recording]] = {status: [] for status in STATUSES}
        for recording in self._by_type[type].values():
            if recording.project.status == "active" and recording.status in fresh:
                fresh[recording.status].append(recording)
        for status, listed in fresh.items():
            # Of equal times the newer id comes first, so that one state of the account has one order.
            listed.sort(key=attrgetter(sort, "id"), reverse=True)
            self._listings[type, status, sort] = listed
