"""A whole account, generated from one seed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from random import Random

from sandbox.account.cards import COLUMNS
from sandbox.account.clock import DAY_MS, HISTORY_MS, NEWEST_MS, timestamp
from sandbox.account.event_feed import generate_feed
from sandbox.account.gauges import GAUGE
from sandbox.account.ids import Ids
from sandbox.account.lineup import build_markers
from sandbox.account.messages import build_message_types
from sandbox.account.parents import Parents
from sandbox.account.people import build_people
from sandbox.account.projects import build_projects
from sandbox.account.recordings import Kind, Recording
from sandbox.account.records import Project
from sandbox.account.size import AccountSize, statuses
from sandbox.account.store import AccountStore
from sandbox.account.streams import ALL_KINDS, FEED_KINDS, TOOL_KINDS
from sandbox.account.templates import build_templates
from sandbox.account.timeline import generate_events


def generate(size: AccountSize) -> AccountStore:
    """The account of that size. Raises ValueError for recordings without an active project to be in."""
    store = AccountStore(size, build_people(size))
    store.projects = {project.id: project for project in build_projects(size, store.people, store.ids)}
    projects = list(store.projects.values())
    recordings = list(_counted(size, projects, store.ids))
    for project in projects:
        recordings += _fixtures(project, store.ids)
    _add_recordings(store, recordings)
    for plain in chain(build_templates(size, store.ids), build_markers(size, store.ids)):
        store.add_plain(plain)
    for project in projects:
        _add_message_types(store, project)
    listed = chain.from_iterable(store.feeds.listing(type, "active", "updated_at") for type in FEED_KINDS)
    generate_events(store, listed)
    generate_feed(store)
    return store


def furnish(store: AccountStore, project: Project) -> None:
    """Add a new project, with what every project has from its first day."""
    store.projects[project.id] = project
    store.docks_changed()
    _add_recordings(store, list(_fixtures(project, store.ids)))
    _add_message_types(store, project)


def _add_recordings(store: AccountStore, recordings: list[Recording]) -> None:
    Parents(ALL_KINDS).choose(recordings)
    for recording in recordings:
        store.feeds.add(recording)


def _add_message_types(store: AccountStore, project: Project) -> None:
    for plain in build_message_types(store.size.message_types, project, store.ids):
        store.add_plain(plain)


def _fixtures(project: Project, ids: Ids) -> Iterator[Recording]:
    """The columns of a project's card table, and its gauge if it has one."""
    at = str(project.record["created_at"])
    triage, later, column, done = COLUMNS.values()
    kinds = [triage, later, *[column] * (1 + project.number % 3), done]
    # The titles of the columns go by serial: six for each project, the last one that of the last column.
    serials = [*range(len(kinds) - 1), 5]
    for kind, n in [*zip(kinds, serials, strict=True), (GAUGE, 0)]:
        if kind.fits(project):
            serial = project.number * 6 + n
            yield Recording(ids.next_of_recording(serial), kind, serial, "active", project, {}, at, at, at)


def _counted(size: AccountSize, projects: list[Project], ids: Ids) -> Iterator[Recording]:
    listed = [project for project in projects if project.status == "active"]
    hidden = [project for project in projects if project.status != "active"]
    for number, kind in enumerate([*FEED_KINDS.values(), *TOOL_KINDS.values()]):
        rng = Random(size.seed * 1_000 + number)
        plan = statuses(size.counts(kind.stream))
        if plan and not listed:
            raise ValueError(f"{kind.stream} need at least one active project to be in")
        rng.shuffle(plan)
        fitting = [project for project in listed if kind.fits(project)]
        if not fitting and kind.type in FEED_KINDS:
            # A feed holds as many as the size says, in any project.
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
    plan: list[str],
    projects: list[Project],
    ids: Ids,
    *,
    first_serial: int,
) -> Iterator[Recording]:
    gap = HISTORY_MS / max(len(plan), 1)
    ms = NEWEST_MS
    for serial, status in enumerate(plan, start=first_serial):
        # One in seven shares its timestamp with the record before: a cursor has to cope with ties.
        ms -= 0 if serial == first_serial or serial % 7 == 4 else 1 + int(gap * rng.expovariate(1))
        project = projects[int(rng.random() ** 2 * len(projects))]
        age = 0 if serial % 4 == 0 else int(rng.random() * 30 * DAY_MS)
        updated_at = timestamp(ms)
        yield Recording(
            id=ids.next_of_recording(serial),
            kind=kind,
            serial=serial,
            status=status,
            project=project,
            parent={},
            created_at=timestamp(ms - age),
            updated_at=updated_at,
            settled_at=updated_at,
        )
