"""What a sync of a Basecamp Classic site costs: requests over the least, and seconds without a limit."""

from __future__ import annotations

from collections.abc import Iterator

from bench.catalog import names
from bench.measured import OURS, connectors
from bench.pace import our_seconds
from bench.sizes import FULL
from bench.table import Row, Section, Target, one_table, over_least
from sandbox import ClassicSize, Sandbox
from sandbox.classic import ClassicSite
from sandbox.classic.store import COMMENTABLE
from sandbox.server.classic_api import FILES_PAGE, MESSAGES_PAGE, PAGE
from source_basecamp.product import CLASSIC

_NEAR = Target("at most", 1.02)
_OF_THE_SITE = ("account", "projects", "companies", "people")
_WHOLE = ("project_people", "categories", "todo_lists")
"""Lists of each project that have no pages."""


def section(size: ClassicSize) -> Section:
    """A sync of all streams."""
    with connectors(sandbox := Sandbox(rate_limit=False, classic=size), OURS) as (ours,):
        ours.config = sandbox.classic_config()
        run = ours.sync(names(CLASSIC))
        site = sandbox.classic
        records = sum(len(site.records(stream)) for stream in names(CLASSIC))
        least = least_requests(site)
    lists = len(site.store.all("todo_lists"))
    return Section(
        f"Basecamp Classic: {len(size.statuses()):,} projects, {lists:,} to-do lists, {records:,} records",
        [
            over_least("records of a sync", run.total, None, records, Target("exactly", 1)),
            over_least("requests of a sync", run.requests, None, least, _NEAR),
            Row("seconds that the limit makes a sync take, reckoned", our_seconds(run.requests, CLASSIC), None),
            Row("seconds from first to last request, without a limit", run.span, None),
            Row("peak memory of a sync, MB", round(run.megabytes), None),
        ],
    )


def least_requests(site: ClassicSite) -> int:
    """The fewest that bring every record, and show that none was missed.

    A full page may have a next one where nobody counts. Calendars of more than one page are read twice.
    """
    return len(_OF_THE_SITE) + sum(_requests(site))


def _requests(site: ClassicSite) -> Iterator[int]:
    for project in site.store.all("projects"):
        yield len(_WHOLE)
        yield _uncounted(site, "messages", project["id"], MESSAGES_PAGE)
        yield _uncounted(site, "attachments", project["id"], FILES_PAGE)
        calendar = _uncounted(site, "calendar_entries", project["id"], PAGE)
        yield calendar if calendar == 1 else 2 * calendar
        yield max(_pages(len(site.inside("time_entries", project["id"]))), 1)
    yield len(site.store.all("todo_lists"))
    for stream in dict.fromkeys(COMMENTABLE.values()):
        yield from (_pages(len(site.inside("comments", record["id"]))) for record in site.store.all(stream))


def _uncounted(site: ClassicSite, stream: str, project: int, page: int) -> int:
    return len(site.inside(stream, project)) // page + 1


def _pages(records: int) -> int:
    return -(-records // PAGE)


def main() -> None:
    """This section alone, for trying it."""
    print(one_table(section(size) for size in FULL.classic))


if __name__ == "__main__":
    main()
