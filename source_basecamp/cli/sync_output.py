"""The output of a sync: its progress, and its result."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from threading import Event, Lock, Thread
from typing import Any

import orjson
from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from source_basecamp.cli.error_output import print_error
from source_basecamp.stats import STATS
from source_basecamp.terminal import ERRORS, SCREEN, counted, plain, print_json, print_table
from source_basecamp.transport import BasecampAdapter
from source_basecamp.warehouse.destination import Destination
from source_basecamp.warehouse.job import Job
from source_basecamp.warehouse.outcome import FilesOutcome, StreamOutcome

KEPT = "Kept: {ended} of {all} had ended{names}. The next sync goes on from there."
UNAVAILABLE = "{stream} is unavailable: {reason}"
NOT_FETCHED = "{files} not copied: {reason} ({names})"
COPIED = "The files are in {folder}: {fetched} copied ({bytes}), {kept} there before."
TOLD_EVERY = 60.0
"""Seconds between the lines about files that are being copied, where no terminal shows them."""
OVERLAP = "Streams are read side by side: their times overlap."
LACKING = "Not made for want of tables: {views}."
SUGGESTED_VIEW = "open_todos"

_COUNTS = ("new", "changed", "trashed")
_RUNNING_SHOWN = 12
_NAMED = 3
"""Files whose names a warning has."""


class Progress:
    """Shows the running streams on a terminal; elsewhere, and with `quiet`, prints a line for each that ends.

    A stream that is unavailable gets its line everywhere: no error follows that says why. Files may take hours: a line
    tells now and then how many have come, unless `quiet`.
    """

    def __init__(self, streams: int, quiet: bool) -> None:
        self._streams, self._quiet = streams, quiet
        self._live = ERRORS.is_terminal and not quiet
        self._lock = Lock()
        self._running: dict[str, StreamOutcome] = {}
        self._ended: list[StreamOutcome] = []
        self._files: FilesOutcome | None = None

    @contextmanager
    def shown(self) -> Iterator[None]:
        if not self._live:
            ended = Event()
            if not self._quiet:
                Thread(target=self._tell, args=(ended,), name="progress of files", daemon=True).start()
            try:
                yield
            finally:
                ended.set()
            return
        live = Live(get_renderable=self._display, console=ERRORS, redirect_stdout=False, transient=True)
        with live:
            yield

    def began(self, outcome: StreamOutcome) -> None:
        with self._lock:
            self._running[outcome.stream] = outcome

    def ended(self, outcome: StreamOutcome) -> None:
        with self._lock:
            self._running.pop(outcome.stream, None)
            self._ended.append(outcome)
        if not self._live or outcome.ended == "unavailable":
            ERRORS.print(_line(outcome), markup=False, soft_wrap=True)

    def copies(self, files: FilesOutcome) -> None:
        self._files = files

    def copied(self, files: FilesOutcome) -> None:
        if not self._live:
            ERRORS.print(_files_line(files), markup=False, soft_wrap=True)

    def _tell(self, ended: Event) -> None:
        while not ended.wait(TOLD_EVERY):
            if self._files and self._files.running:
                cells = ", ".join(filter(None, _files_cells(self._files)))
                ERRORS.print(f"files: {cells}", markup=False, soft_wrap=True)

    def warn(self, text: str) -> None:
        print_warning(text)

    def _display(self) -> RenderableType:
        with self._lock:
            running, ended = list(self._running.values()), len(self._ended)
            rows = sum(outcome.read for outcome in [*running, *self._ended])
        table = Table.grid(padding=(0, 2))
        for _ in range(4):
            table.add_column(justify="left" if not table.columns else "right")
        for outcome in running[:_RUNNING_SHOWN]:
            waited = f"{outcome.waited:,.0f} s waited" if outcome.waited >= 1 else ""
            table.add_row(outcome.stream, counted(outcome.read, "row"), counted(outcome.requests, "request"), waited)
        if len(running) > _RUNNING_SHOWN:
            table.add_row(f"and {len(running) - _RUNNING_SHOWN} more")
        if self._files and self._files.begun:
            table.add_row("files", *_files_cells(self._files))
        streams = f"{ended} of {counted(self._streams, 'stream')}"
        total = f"{streams}, {counted(rows, 'row')}, {counted(STATS.requests, 'request')}{_rate_limit()}"
        return Group(table, Spinner("dots", Text(total, style="bold")))


def _files_cells(files: FilesOutcome) -> tuple[str, str, str]:
    """How many files and bytes have come, how fast, and how long the rest takes."""
    left = files.seconds_left
    came = f"{decimal(files.bytes_received)} of {decimal(files.bytes_wanted)}"
    return (
        f"{files.done:,} of {counted(files.wanted, 'file')}",
        f"{came}, {decimal(int(files.bytes_per_second))}/s",
        "" if left is None else f"{timedelta(seconds=round(left))} left",
    )


def _files_line(files: FilesOutcome) -> str:
    failed = f", {files.not_fetched:,} not copied" if files.not_fetched else ""
    return (
        f"files: {files.fetched:,} copied ({decimal(files.bytes)}), {files.there_before:,} there before{failed}; "
        f"{counted(files.requests, 'request')}, {files.seconds:.1f} s"
    )


def _rate_limit() -> str:
    if (left := BasecampAdapter.gate.seconds_left) >= 1:
        return f", Basecamp asks to wait: {left:,.0f} s more"
    return f", {STATS.held_up:,.0f} s held up by the rate limit" if STATS.held_up >= 1 else ""


def _line(outcome: StreamOutcome) -> str:
    if outcome.ended == "unavailable":
        return UNAVAILABLE.format(stream=outcome.stream, reason=outcome.error)
    if outcome.ended == "failed":
        return f"{outcome.stream}: failed after {outcome.seconds:.1f} s. {outcome.error}"
    changes = outcome.changes
    removed = f", {changes.removed:,} removed" if changes.removed else ""
    return (
        f"{outcome.stream}: {outcome.read:,} read, {changes.new:,} new, {changes.changed:,} changed, "
        f"{changes.trashed:,} trashed{removed}; {counted(outcome.requests, 'request')}, {outcome.seconds:.1f} s"
    )


def print_result(job: Job, as_json: bool) -> None:
    """Prints the result to standard output, and each error to standard error."""
    if as_json:
        print_json(_as_json(job))
    else:
        _print_table(job.outcomes, job.seconds)
        if result := _result(job):
            SCREEN.print(result, markup=False, soft_wrap=True)
    if job.files:
        _print_files(job.files.outcome)
    for error in dict.fromkeys(outcome.error for outcome in job.failed):
        streams = ", ".join(outcome.stream for outcome in job.failed if outcome.error == error)
        print_error(f"{streams}: {error}")
    if job.failed:
        print_kept(job)


def _print_files(files: FilesOutcome) -> None:
    """Prints why files were not copied; of those that were not asked for again, nothing."""
    for reason, names in files.failed.items():
        named = ", ".join(names[:_NAMED]) + ", ..." * (len(names) > _NAMED)
        print_warning(NOT_FETCHED.format(files=counted(len(names), "file"), reason=reason, names=named))
    if files.stopped:
        print_warning(files.stopped)


def print_warning(text: str) -> None:
    """Prints a warning, with names that may hold anything."""
    ERRORS.print(plain(f"Warning: {text}"), style="yellow", soft_wrap=True)


def print_kept(job: Job) -> None:
    """Prints which streams are complete after a sync that stopped or failed."""
    ended = [outcome.stream for outcome in job.outcomes if outcome.ended == "complete"]
    names = f" ({', '.join(ended)})" if ended else ""
    ERRORS.print(
        KEPT.format(ended=len(ended), all=counted(len(job.tables), "stream"), names=names),
        markup=False,
        soft_wrap=True,
    )


def _as_json(job: Job) -> dict[str, Any]:
    return {
        "to": str(job.destination),
        "dataset": job.destination.dataset,
        "requests": STATS.requests,
        "held_up_seconds": round(STATS.held_up, 1),
        "seconds": round(job.seconds, 1),
        "streams": [outcome.as_json() for outcome in job.outcomes],
        "views": job.views,
        "views_not_made": job.views_not_made,
        **({"files": job.files.outcome.as_json()} if job.files else {}),
    }


def _print_table(outcomes: Sequence[StreamOutcome], seconds: float) -> None:
    removed = any(outcome.changes.removed for outcome in outcomes)
    figures = (*_COUNTS, "removed") if removed else _COUNTS
    rows = [_row(outcome, figures) for outcome in outcomes]
    sums = [f"{sum(getattr(outcome.changes, name) for outcome in outcomes):,}" for name in figures]
    rows.append(("all", *sums, f"{STATS.requests:,}", f"{seconds:.1f} s"))
    print_table(("stream", *figures, "requests", "time"), rows, right=(*figures, "requests", "time"))
    if len(outcomes) > 1:
        SCREEN.print(OVERLAP, style="dim", soft_wrap=True)


def _row(outcome: StreamOutcome, figures: Sequence[str]) -> tuple[str, ...]:
    counts = [f"{getattr(outcome.changes, name):,}" for name in figures]
    name = outcome.stream if outcome.ended == "complete" else f"{outcome.stream} ({outcome.ended})"
    return (name, *counts, f"{outcome.requests:,}", f"{outcome.seconds:.1f} s")


def _result(job: Job) -> str:
    """Where the data is, and a query to try; nothing where no stream is complete."""
    complete = [outcome.stream for outcome in job.outcomes if outcome.ended == "complete"]
    if not complete:
        return ""
    held_up = STATS.held_up
    pause = f" The rate limit held requests up for {held_up:,.0f} s." if held_up >= 1 else ""
    place = job.destination
    lines = [f"The tables are in {place}, schema {place.dataset}.{pause}"]
    if place.kind == "parquet":
        lines = [f"The tables are files in {place.place}.{pause}"]
    if job.files:
        copied = job.files.outcome
        kept, size = f"{copied.there_before:,}", decimal(copied.bytes)
        lines.append(COPIED.format(folder=job.files.path, fetched=f"{copied.fetched:,}", bytes=size, kept=kept))
    if job.views_not_made:
        lacking = (f"{view} ({', '.join(tables)})" for view, tables in job.views_not_made.items())
        lines.append(LACKING.format(views=", ".join(lacking)))
    has_todos = SUGGESTED_VIEW in job.views and not {"todos", "todo_items"}.isdisjoint(complete)
    if command := _command(job.destination, SUGGESTED_VIEW if has_todos else complete[0]):
        lines += ["Try:", f"  {command}"]
    return "\n".join(lines)


def _command(place: Destination, table: str) -> str:
    """A command that prints ten rows, with no other programs than those that are there."""
    if place.kind == "duckdb":
        name = table if place.dataset == "main" else f"{place.dataset}.{table}"
        return _in_python(f'duckdb.connect({_text(place.place)}).sql("FROM {name} LIMIT 10").show()')
    if place.kind == "parquet":
        return _in_python(f"duckdb.read_parquet({_text(f'{place.place}/{table}.parquet')}).limit(10).show()")
    if place.kind == "postgres":
        return f"psql {shlex.quote(place.place)} -c 'SELECT * FROM {place.dataset}.{table} LIMIT 10'"  # noqa: S608
    return ""


def _in_python(expression: str) -> str:
    """The Python that runs this command, which has DuckDB."""
    return shlex.join([sys.executable, "-c", f"import duckdb; {expression}"])


def _text(text: str) -> str:
    """A text in Python, in double quotes: a shell takes the command in single ones."""
    return orjson.dumps(text).decode()
