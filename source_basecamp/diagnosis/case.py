"""What one finding learns and a later one needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from source_basecamp.accounts import Login
from source_basecamp.cli.connection import Connection
from source_basecamp.config import normalised
from source_basecamp.diagnosis.finding import StreamFinding
from source_basecamp.diagnosis.survey import Survey
from source_basecamp.stream_info import StreamInfo


@dataclass
class Case:
    """A configuration file, and what is known about it so far."""

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
        """Raises a VerbError or an AirbyteTracedException where the file does not hold a valid configuration."""
        return Connection(self.path)

    @cached_property
    def login(self) -> Login:
        """Asks Launchpad. Raises as `Connection.login`."""
        return self.connection.login()

    @cached_property
    def survey(self) -> Survey:
        """The connector with the tokens that there are now, so not before `login`."""
        return Survey(config=normalised(self.connection.config))
