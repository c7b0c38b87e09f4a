"""A whole account out of one seed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from random import Random

from sandbox.clock import DAY_MS, HISTORY_MS, NEWEST_MS, timestamp
from sandbox.kinds import FIXTURES, KINDS, TOOL_KINDS
from sandbox.parents import Parents
from sandbox.projects import Ids, Project
from sandbox.recordings import Kind, Recording
from sandbox.size import STATUSES, AccountSize

PAST_2_53 = 9_007_199_254_740_993
"""The first integer that a double cannot hold."""


class RecordingIds:
    """Ordinary ids, with now and then one that only an exact integer can carry."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._large = count(PAST_2_53, 2)

    def next(self, serial: int) -> int:
        """The id of the serial-th recording of its type."""
        return next(self._large) if serial % 11 == 3 else self._ids.next()


def generate_recordings(size: AccountSize, projects: list[Project], ids: RecordingIds) -> list[Recording]:
    """Every recording of the account, type by type, newest first within each."""
    recordings = list(_counted(size, projects, ids))
    for project in projects:
        recordings += fixtures(project, ids)
    Parents().hang(recordings)
    return recordings


def fixtures(project: Project, ids: RecordingIds) -> Iterator[Recording]:
    """What a project has from its first day: columns in its card table, and a gauge where it is measured."""
    at = str(project.record["created_at"])
    triage, later, column, done, gauge = FIXTURES.values()
    kinds = [triage, later, *[column] * (1 + project.number % 3), done]
    # The titles of the columns go by serial: six for each project, the last one that of the last column.
    serials = [*range(len(kinds) - 1), 5]
    for kind, n in [*zip(kinds, serials, strict=True), (gauge, 0)]:
        if kind.fits(project):
            serial = project.number * 6 + n
            yield Recording(ids.next(serial), kind, serial, "active", project, {}, at, at, at)


def _counted(size: AccountSize, projects: list[Project], ids: RecordingIds) -> Iterator[Recording]:
    listed = [project for project in projects if project.status == "active"]
    hidden = [project for project in projects if project.status != "active"]
    for number, kind in enumerate([*KINDS.values(), *TOOL_KINDS.values()]):
        rng = Random(size.seed * 1_000 + number)
        counts = zip(STATUSES, size.counts(kind.plural), strict=True)
        plan = [status for status, n in counts for _ in range(n)]
        if plan and not listed:
            raise ValueError(f"{kind.plural} need at least one active project to be in")
        rng.shuffle(plan)
        fitting = [project for project in listed if kind.fits(project)]
        if not fitting and kind.type in KINDS:
            # A feed holds what it was asked to hold, in whatever project there is.
            fitting = listed
        yield from _generate(kind, rng, plan if fitting else [], fitting, ids, first_serial=0)
        serial = len(plan)
        for project in hidden:
            kept = ["active"] * (size.hidden_per_project if kind.fits(project) else 0)
            yield from _generate(kind, rng, kept, [project], ids, first_serial=serial)
            serial += len(kept)


def _generate(
    kind: Kind,
    rng: Random,
    statuses: list[str],
    projects: list[Project],
    ids: RecordingIds,
    *,
    first_serial: int,
) -> Iterator[Recording]:
    gap = HISTORY_MS / max(len(statuses), 1)
    ms = NEWEST_MS
    for serial, status in enumerate(statuses, start=first_serial):
        # One in seven shares its timestamp with the record before: a cursor has to cope with ties.
        ms -= 0 if serial == first_serial or serial % 7 == 4 else 1 + int(gap * rng.expovariate(1))
        project = projects[int(rng.random() ** 2 * len(projects))]
        age = 0 if serial % 4 == 0 else int(rng.random() * 30 * DAY_MS)
        updated_at = timestamp(ms)
        yield Recording(
            id=ids.next(serial),
            kind=kind,
            serial=serial,
            status=status,
            project=project,
            parent={},
            created_at=timestamp(ms - age),
            updated_at=updated_at,
            settled_at=updated_at,
        )
