"""The findings of a check-up, and the state that its checks share."""

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
    """The severity of a finding."""

    OK = "ok"
    WARNING = "warning"
    """A sync would succeed."""
    FAILURE = "failure"
    """A sync would fail."""
    SKIPPED = "skipped"
    """Not checked, because a check before it failed."""


@dataclass(frozen=True)
class Finding:
    """One line of the report: the title of a check, its result, and a hint at what to do."""

    state: State
    detail: str
    hint: str = ""
    title: str = ""


@dataclass(frozen=True)
class StreamFinding:
    """The result for one stream, from one request."""

    stream: str
    state: State
    word: str
    """The reason for the state: `readable`, `empty`, `forbidden`, `not there`, `not known`, `limited`, `fails`,
    `left out`, `nothing to ask` or `skipped`."""
    count: int | None = None
    """Records in the part of the stream that `note` names; None if they were not counted."""
    note: str = ""
    requests: int = 0
    """Requests of a full sync of the stream, at least; 0 if it is made of the responses of another stream."""


def ok(detail: str) -> Finding:
    return Finding(State.OK, detail)


def warning(detail: str, hint: str = "") -> Finding:
    return Finding(State.WARNING, detail, hint)


def failure(detail: str, hint: str = "") -> Finding:
    return Finding(State.FAILURE, detail, hint)


@dataclass
class CheckupContext:
    """The state that the checks of one run share."""

    path: Path
    product: str
    streams: Sequence[StreamInfo]
    """Those to check, of this product."""
    named: bool = False
    """Whether they were asked for by name."""
    skews: list[float] = field(default_factory=list)
    """Seconds by which the clock of each host that answered is ahead of this machine's."""
    projects: dict[str, int] = field(default_factory=dict)
    """The number of visible projects by status."""
    probed: list[StreamFinding] = field(default_factory=list)
    """The results for the streams, once they are checked."""

    @cached_property
    def connection(self) -> Connection:
        """Raises a CommandError or an AirbyteTracedException if the file is not a valid configuration."""
        return Connection(self.path)

    @cached_property
    def login(self) -> Login:
        """Requests the login from Launchpad. Raises as `Connection.login`."""
        return self.connection.login()

    @cached_property
    def survey(self) -> Survey:
        """The connector with the present tokens. To be used after `login`, which may refresh them."""
        return survey_of(self.connection.config)
