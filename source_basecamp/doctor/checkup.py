"""The whole check-up: every finding in order, without those that depend on a failed one."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.catalog import StreamInfo
from source_basecamp.connection import UnsavedError, tokens_kept_by
from source_basecamp.doctor import configuration, network, rate_limit, streams
from source_basecamp.doctor.findings import CheckupContext, Finding, State, StreamFinding, failure
from source_basecamp.doctor.survey import cached_answers
from source_basecamp.process import CommandError
from source_basecamp.stats import STATS

NOT_LOOKED_AT = "Not looked at: see {title}."
LIMITED = "Not looked at: Basecamp limits the request rate."
WORKERS = 4
"""Streams that are looked at at the same time, as many as a sync reads."""


class Step(NamedTuple):
    """One finding, and the titles of those without which it cannot be made."""

    title: str
    find: Callable[[CheckupContext], Finding]
    needs: tuple[str, ...] = ()


BEFORE_STREAMS = (
    Step("configuration", configuration.configuration),
    Step("file mode", configuration.file_mode),
    Step("Launchpad", network.launchpad),
    Step("Basecamp", network.basecamp),
    Step("clock", network.clock),
    Step("token", configuration.token, ("configuration", "Launchpad")),
    Step("account", configuration.account, ("token", "Basecamp")),
    Step("projects", streams.projects, ("account",)),
)
AFTER_STREAMS = (Step("rate limit", rate_limit.rate_limit, ("Basecamp",)),)


@dataclass(frozen=True)
class Report:
    """Everything that was found."""

    findings: list[Finding]
    streams: list[StreamFinding]
    requests: int
    """That this check-up has made."""

    @property
    def healthy(self) -> bool:
        """Whether a sync of these streams would succeed."""
        return State.FAILURE not in self._states

    @property
    def warned(self) -> bool:
        """Whether any check warned."""
        return State.WARNING in self._states

    @property
    def _states(self) -> set[State]:
        return {found.state for found in self.findings} | {found.state for found in self.streams}

    @property
    def first_sync(self) -> int:
        """The least number of requests that a full sync of these streams makes."""
        return sum(found.requests for found in self.streams)


class Checkup:
    """A check-up of one configuration and some streams. `say` gets a word about what is looked at just now."""

    def __init__(self, path: Path, streams: Sequence[StreamInfo], say: Callable[[str], None]) -> None:
        self._context = CheckupContext(path, streams)
        self._say = say
        self._found: dict[str, Finding] = {}
        self._limited = False

    def run(self) -> Report:
        """Makes every finding. Raises nothing for what may be wrong with a configuration, a network or an account."""
        STATS.clear()
        # The CDK prints messages to Airbyte.
        with cached_answers(), redirect_stdout(io.StringIO()), tokens_kept_by(self._keep):
            for step in BEFORE_STREAMS:
                self._take(step)
            self._context.probed = self._probe_all()
            for step in AFTER_STREAMS:
                self._take(step)
        return Report(list(self._found.values()), self._context.probed, STATS.requests)

    def _keep(self, config: Mapping[str, Any]) -> None:
        # That the file cannot be written is a finding already.
        with suppress(UnsavedError):
            self._context.connection.keep(config)

    def _take(self, step: Step) -> None:
        self._say(step.title)
        self._found[step.title] = replace(self._find(step), title=step.title)

    def _find(self, step: Step) -> Finding:
        if blocker := self._blocker(*step.needs):
            return Finding(State.SKIPPED, NOT_LOOKED_AT.format(title=blocker))
        try:
            return step.find(self._context)
        except (CommandError, AirbyteTracedException) as error:
            return failure(str(getattr(error, "message", error)))

    def _blocker(self, *needs: str) -> str | None:
        """The title of what stands in the way of a step that needs these."""
        bad = (title for title in needs if self._found[title].state in (State.FAILURE, State.SKIPPED))
        return next(bad, None)

    def _probe_all(self) -> list[StreamFinding]:
        if blocker := self._blocker("account"):
            return [_skipped(stream, NOT_LOOKED_AT.format(title=blocker)) for stream in self._context.streams]
        pool = ThreadPoolExecutor(WORKERS)
        try:
            return list(pool.map(self._probe, self._context.streams))
        finally:
            # A stop does not wait for those that wait for Basecamp.
            pool.shutdown(wait=False, cancel_futures=True)

    def _probe(self, stream: StreamInfo) -> StreamFinding:
        if self._limited:
            return _skipped(stream, LIMITED)
        self._say(stream.name)
        found = streams.probe(self._context, stream)
        self._limited |= found.word == streams.LIMITED
        return found


def _skipped(stream: StreamInfo, why: str) -> StreamFinding:
    return StreamFinding(stream.name, State.SKIPPED, "skipped", note=why)
