"""What people see when a sync is over."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from source_basecamp.cli.errors import say_error
from source_basecamp.cli.screen import ERRORS, SCREEN, print_json, print_table
from source_basecamp.ledger import LEDGER
from source_basecamp.sync.job import Job
from source_basecamp.sync.outcome import Outcome

KEPT = "Kept: {ended} of {all} streams had ended{names}. The next sync goes on from there."
SUGGESTED = "open_todos"

_COUNTS = ("new", "changed", "trashed")


def report(job: Job, as_json: bool) -> None:
    """Prints the result, and to standard error what failed."""
    if as_json:
        print_json(_as_json(job))
    else:
        _print_table(job.outcomes, job.seconds)
        SCREEN.print(_where(job), markup=False, soft_wrap=True)
    for error in dict.fromkeys(outcome.error for outcome in job.failed):
        streams = ", ".join(outcome.stream for outcome in job.failed if outcome.error == error)
        say_error(f"{streams}: {error}")
    if job.failed:
        say_kept(job)


def say_kept(job: Job) -> None:
    """What a sync that did not reach its end leaves behind."""
    ended = [outcome.stream for outcome in job.outcomes if outcome.ended == "complete"]
    names = f" ({', '.join(ended)})" if ended else ""
    ERRORS.print(KEPT.format(ended=len(ended), all=len(job.tables), names=names), markup=False, soft_wrap=True)


def _as_json(job: Job) -> dict[str, Any]:
    return {
        "to": str(job.destination),
        "dataset": job.destination.dataset,
        "requests": LEDGER.requests,
        "held_up_seconds": round(LEDGER.held_up, 1),
        "seconds": round(job.seconds, 1),
        "streams": [outcome.as_json() for outcome in job.outcomes],
        "views": job.views,
    }


def _print_table(outcomes: Sequence[Outcome], seconds: float) -> None:
    removed = any(outcome.changes.removed for outcome in outcomes)
    figures = (*_COUNTS, "removed") if removed else _COUNTS
    rows = [_row(outcome, figures) for outcome in outcomes]
    sums = [f"{sum(getattr(outcome.changes, name) for outcome in outcomes):,}" for name in figures]
    rows.append(("all", *sums, f"{LEDGER.requests:,}", f"{seconds:.1f} s"))
    print_table(("stream", *figures, "requests", "time"), rows, right=(*figures, "requests", "time"))


def _row(outcome: Outcome, figures: Sequence[str]) -> tuple[str, ...]:
    counts = [f"{getattr(outcome.changes, name):,}" for name in figures]
    name = outcome.stream if outcome.ended == "complete" else f"{outcome.stream} ({outcome.ended})"
    return (name, *counts, f"{outcome.requests:,}", f"{outcome.seconds:.1f} s")


def _where(job: Job) -> str:
    """Where the data is, and a query to try."""
    held_up = LEDGER.held_up
    pause = f" The rate limit held requests up for {held_up:,.0f} s." if held_up >= 1 else ""
    place = job.destination
    lines = [f"The tables are in {place}, schema {place.dataset}.{pause}"]
    if place.kind == "parquet":
        lines = [f"The tables are files in {place.place}.{pause}"]
    if query := _query(job):
        lines += ["Try:", f"  {query}"]
    return "\n".join(lines)


def _query(job: Job) -> str:
    place, name = job.destination, SUGGESTED if SUGGESTED in job.views else job.tables[0].name
    if place.kind == "duckdb":
        table = name if place.dataset == "main" else f"{place.dataset}.{name}"
        return f"duckdb {shlex.quote(place.place)} 'FROM {table} LIMIT 10'"
    if place.kind == "parquet":
        file = f"{place.place}/{name}.parquet"
        return "duckdb -c " + shlex.quote(f"FROM '{file}' LIMIT 10")
    if place.kind == "postgres":
        return f"psql {shlex.quote(place.place)} -c 'SELECT * FROM {place.dataset}.{name} LIMIT 10'"  # noqa: S608
    return ""
