"""The check-up: every check in order, without those that depend on a failed one."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from source_basecamp.buckets import BUCKETS
from source_basecamp.catalog import StreamInfo
from source_basecamp.classic.site import SITES
from source_basecamp.connection import UnsavedError, tokens_kept_by
from source_basecamp.doctor import configuration, network, probes, rate_limit
from source_basecamp.doctor.findings import CheckupContext, Finding, State, StreamFinding, failure
from source_basecamp.doctor.survey import cached_responses
from source_basecamp.process import CommandError
from source_basecamp.product import BC3, CLASSIC
from source_basecamp.stats import STATS

NOT_CHECKED = "Not checked: see {title}."
LIMITED = "Not checked: Basecamp limits the request rate."
WORKERS = 4
"""Streams that are checked at the same time: the default of `num_workers`."""


class Check(NamedTuple):
    """A check, and the titles of the checks that have to succeed before it."""

    title: str
    run: Callable[[CheckupContext], Finding]
    needs: tuple[str, ...] = ()


_OF_EVERY_PRODUCT = (
    Check("configuration", configuration.configuration),
    Check("file mode", configuration.file_mode),
    Check("Launchpad", network.launchpad),
)
_TOKEN = Check("token", configuration.token, ("configuration", "Launchpad"))
BEFORE_STREAMS = {
    BC3: (
        *_OF_EVERY_PRODUCT,
        Check("Basecamp", network.basecamp),
        Check("clock", network.clock),
        _TOKEN,
        Check("account", configuration.account, ("token", "Basecamp")),
        Check("projects", probes.projects, ("account",)),
        Check("archived projects", probes.archived_projects, ("projects",)),
    ),
    # Launchpad tells an account's site to its login only.
    CLASSIC: (
        *_OF_EVERY_PRODUCT,
        _TOKEN,
        Check("account", configuration.classic_account, ("token",)),
        Check("Basecamp", network.classic_site, ("account",)),
        Check("clock", network.clock),
        Check("projects", probes.projects, ("Basecamp",)),
    ),
}
"""By product."""
AFTER_STREAMS = (Check("rate limit", rate_limit.rate_limit, ("Basecamp",)),)


@dataclass(frozen=True)
class Report:
    """All findings of a check-up."""

    product: str
    findings: list[Finding]
    streams: list[StreamFinding]
    requests: int
    """Requests that the check-up made."""

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
        """Requests that a full sync of these streams makes, at least."""
        return sum(found.requests for found in self.streams)

    @property
    def first_sync_seconds(self) -> int:
        """Seconds that they take, at least."""
        return rate_limit.least_seconds(self.first_sync, self.product)


class Checkup:
    """A check-up of one configuration and some streams of its product.

    `named` says whether they were asked for by name. `show` is called with the title of each check as it begins.
    """

    def __init__(
        self, path: Path, product: str, streams: Sequence[StreamInfo], named: bool, show: Callable[[str], None]
    ) -> None:
        self._context = CheckupContext(path, product, streams, named)
        self._show = show
        self._found: dict[str, Finding] = {}
        self._limited = False

    def run(self) -> Report:
        """Runs every check. A faulty configuration, network or account is a finding and raises nothing."""
        STATS.clear()
        BUCKETS.clear()
        SITES.clear()
        # The CDK prints messages for Airbyte.
        with cached_responses(), redirect_stdout(io.StringIO()), tokens_kept_by(self._keep):
            for check in BEFORE_STREAMS[self._context.product]:
                self._run(check)
            self._context.probed = self._probe_all()
            for check in AFTER_STREAMS:
                self._run(check)
        return Report(self._context.product, list(self._found.values()), self._context.probed, STATS.requests)

    def _keep(self, config: Mapping[str, Any]) -> None:
        # `configuration.token` reports a file that cannot be written.
        with suppress(UnsavedError):
            self._context.connection.keep(config)

    def _run(self, check: Check) -> None:
        self._show(check.title)
        self._found[check.title] = replace(self._finding(check), title=check.title)

    def _finding(self, check: Check) -> Finding:
        if blocker := self._blocker(*check.needs):
            return Finding(State.SKIPPED, NOT_CHECKED.format(title=blocker))
        try:
            return check.run(self._context)
        except (CommandError, AirbyteTracedException) as error:
            return failure(str(getattr(error, "message", error)))

    def _blocker(self, *needs: str) -> str | None:
        """The title of a check among `needs` that did not succeed, or None."""
        bad = (title for title in needs if self._found[title].state in (State.FAILURE, State.SKIPPED))
        return next(bad, None)

    def _probe_all(self) -> list[StreamFinding]:
        if blocker := self._blocker("account", "Basecamp"):
            return [_skipped(stream, NOT_CHECKED.format(title=blocker)) for stream in self._context.streams]
        pool = ThreadPoolExecutor(WORKERS)
        try:
            return list(pool.map(self._probe, self._context.streams))
        finally:
            # After a signal, do not wait for answers.
            pool.shutdown(wait=False, cancel_futures=True)

    def _probe(self, stream: StreamInfo) -> StreamFinding:
        if self._limited:
            return _skipped(stream, LIMITED)
        self._show(stream.name)
        found = probes.probe(self._context, stream)
        self._limited |= found.word == probes.LIMITED
        return found


def _skipped(stream: StreamInfo, reason: str) -> StreamFinding:
    return StreamFinding(stream.name, State.SKIPPED, "skipped", note=reason)
