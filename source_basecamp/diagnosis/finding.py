"""What is found, one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How good or bad it is."""

    OK = "ok"
    WARNING = "warning"
    """A sync succeeds all the same."""
    FAILURE = "failure"
    """A sync would fail."""
    SKIPPED = "skipped"
    """Not looked at, because something that it needs has failed."""


@dataclass(frozen=True)
class Finding:
    """One line of the report: what was found about `title`, and what to do about it."""

    state: State
    detail: str
    hint: str = ""
    title: str = ""


@dataclass(frozen=True)
class StreamFinding:
    """What one cheap request tells of a stream."""

    stream: str
    state: State
    word: str
    """The state in a word: `readable`, `empty`, `forbidden`, `not there`, `fails`, `left out`, `nothing to ask`."""
    count: int | None = None
    """Records where was asked; `note` says where that is."""
    note: str = ""
    requests: int = 0
    """The least that a full sync of it asks for; 0 if it is made of what another stream reads."""


def ok(detail: str) -> Finding:
    return Finding(State.OK, detail)


def warning(detail: str, hint: str = "") -> Finding:
    return Finding(State.WARNING, detail, hint)


def failure(detail: str, hint: str = "") -> Finding:
    return Finding(State.FAILURE, detail, hint)
