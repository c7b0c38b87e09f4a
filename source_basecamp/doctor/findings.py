"""What a check-up finds, and what its checks share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from source_basecamp.catalog import StreamInfo
from source_basecamp.connection import Connection
from source_basecamp.doctor.survey import Survey, survey_of
from source_basecamp.launchpad import Login


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


@dataclass
class CheckupContext:
    """State shared by the checks of one run: a configuration file, and what is known about it so far."""

    path: Path
    streams: Sequence[StreamInfo]
    """Those to look at."""
    skews: list[float] = field(default_factory=list)
    """Seconds by which Basecamp's clock is ahead of this machine's, as each host told it."""
    projects: dict[str, int] = field(default_factory=dict)
    """How many projects are visible, by status."""
    probed: list[StreamFinding] = field(default_factory=list)

    @cached_property
    def connection(self) -> Connection:
        """Raises a CommandError or an AirbyteTracedException where the file does not hold a valid configuration."""
        return Connection(self.path)

    @cached_property
    def login(self) -> Login:
        """Asks Launchpad. Raises as `Connection.login`."""
        return self.connection.login()

    @cached_property
    def survey(self) -> Survey:
        """The connector with the tokens that there are now, so not before `login`."""
        return survey_of(self.connection.config)
