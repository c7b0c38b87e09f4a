"""What people see while a sync goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from rich.console import Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from source_basecamp.cli.screen import ERRORS
from source_basecamp.ledger import LEDGER
from source_basecamp.sync.outcome import Outcome
from source_basecamp.transport import BasecampAdapter

_RUNNING_SHOWN = 12


class Progress:
    """A picture of the running streams on a terminal; anywhere else, and with `quiet`, a line for each that ends."""

    def __init__(self, streams: int, quiet: bool) -> None:
        self._streams = streams
        self._moving = ERRORS.is_terminal and not quiet
        self._lock = Lock()
        self._running: dict[str, Outcome] = {}
        self._ended: list[Outcome] = []

    @contextmanager
    def shown(self) -> Iterator[None]:
        if not self._moving:
            yield
            return
        live = Live(get_renderable=self._picture, console=ERRORS, redirect_stdout=False, transient=True)
        with live:
            yield

    def began(self, outcome: Outcome) -> None:
        with self._lock:
            self._running[outcome.stream] = outcome

    def ended(self, outcome: Outcome) -> None:
        with self._lock:
            self._running.pop(outcome.stream, None)
            self._ended.append(outcome)
        if not self._moving:
            ERRORS.print(_line(outcome), markup=False, soft_wrap=True)

    def warn(self, text: str) -> None:
        ERRORS.print(f"Warning: {text}", style="yellow", markup=False, soft_wrap=True)

    def say(self, text: str) -> None:
        ERRORS.print(text, markup=False, soft_wrap=True)

    def _picture(self) -> RenderableType:
        with self._lock:
            running, ended = list(self._running.values()), len(self._ended)
            rows = sum(outcome.read for outcome in [*running, *self._ended])
        table = Table.grid(padding=(0, 2))
        for _ in range(4):
            table.add_column(justify="left" if not table.columns else "right")
        for outcome in running[:_RUNNING_SHOWN]:
            waited = f"{outcome.waited:,.0f} s waited" if outcome.waited >= 1 else ""
            table.add_row(outcome.stream, f"{outcome.read:,} rows", f"{outcome.requests:,} requests", waited)
        if len(running) > _RUNNING_SHOWN:
            table.add_row(f"and {len(running) - _RUNNING_SHOWN} more")
        total = f"{ended} of {self._streams} streams, {rows:,} rows, {LEDGER.requests:,} requests{_waiting()}"
        return Group(table, Spinner("dots", Text(total, style="bold")))


def _waiting() -> str:
    if (left := BasecampAdapter.gate.seconds_left) >= 1:
        return f", Basecamp asks to wait: {left:,.0f} s more"
    return f", {LEDGER.held_up:,.0f} s held up by the rate limit" if LEDGER.held_up >= 1 else ""


def _line(outcome: Outcome) -> str:
    if outcome.ended == "failed":
        return f"{outcome.stream}: failed after {outcome.seconds:.1f} s. {outcome.error}"
    changes = outcome.changes
    removed = f", {changes.removed:,} removed" if changes.removed else ""
    return (
        f"{outcome.stream}: {outcome.read:,} read, {changes.new:,} new, {changes.changed:,} changed, "
        f"{changes.trashed:,} trashed{removed}; {outcome.requests:,} requests, {outcome.seconds:.1f} s"
    )
