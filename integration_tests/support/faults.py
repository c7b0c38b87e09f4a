"""What goes wrong in the tests of faults, where, what a person then reads, and what has to hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import backoff._sync
import pytest
from airbyte_cdk.sources.streams.http import rate_limiting

from integration_tests.support.connector import Connector, Output, by_id, truth
from integration_tests.support.messages import FOREIGN, LATER, NETWORK, UNAVAILABLE
from sandbox import AccountSize, Fault
from sandbox.account import Account
from source_basecamp import transport

SMALL = AccountSize(
    projects=20, archived_projects=0, trashed_projects=1, todos=(40, 3, 2), messages=(5, 1, 1), schedule_entries=4
)
TOKEN = "/authorization/token"
FEED = r"/recordings\.json"
EXPIRES_LATE = {"token_expiry_date": "2099-01-01T00:00:00Z"}

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATE = format_datetime(NOW, usegmt=True)
IN_A_SECOND = format_datetime(NOW + timedelta(seconds=1), usegmt=True)
HTML = {"Content-Type": "text/html"}

Start = Callable[..., Connector]


def without_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries wait no time; what the transport's gate waits for `Retry-After` is real."""
    for module in (rate_limiting, backoff._sync):
        monkeypatch.setattr(module, "time", SimpleNamespace(sleep=lambda seconds: None))


@dataclass(frozen=True)
class RequestKind:
    """What is read, and which requests go wrong."""

    streams: tuple[str, ...]
    path: str
    address: str


QUESTIONNAIRE = Account(SMALL).listing("questions")[0]["parent"]["id"]
KINDS = {
    "a feed": RequestKind(("todos",), FEED, "/projects/recordings.json"),
    "a feed's second page": RequestKind(("todos",), rf"{FEED}.*[?&]page=2", "/projects/recordings.json"),
    "a child": RequestKind(
        ("questions",), f"/questionnaires/{QUESTIONNAIRE}/", f"/questionnaires/{QUESTIONNAIRE}/questions.json"
    ),
    "a list and its cached sibling": RequestKind(("projects", "schedules"), r"/projects\.json", "/projects.json"),
}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
first_pages = pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if "page=" not in kind.path])
DEFAULTS = {"READ_TIMEOUT": 60.0, "ANSWER_TIMEOUT": 180.0, "DEFAULT_WAIT": 0.02}


@dataclass(frozen=True)
class FaultRow:
    """A fault, and what a person reads if it goes on. `{url}` is the sandbox, `{path}` what was asked for."""

    name: str
    fault: Fault
    says: str
    constants: Mapping[str, float] = field(default_factory=dict)
    """Of the transport, to make waits short."""

    @property
    def id(self) -> str:
        return self.name


LIMITED = (
    "Basecamp keeps limiting the request rate (429) although every Retry-After was waited out. Something else uses the "
    "API from the same address. Nothing is lost: the next sync goes on from the last saved state."
)


def unavailable(status: int) -> str:
    return UNAVAILABLE.format(status=status, path="{path}")


def incomplete(reason: str) -> str:
    return f"No complete answer from {{url}}: {reason}. {NETWORK}"


def foreign(what: str) -> str:
    return f"{FOREIGN} {LATER}".format(url="{url}", what=what)


def on(page: int) -> str:
    """The requests for a page of the active to-dos."""
    return rf"{FEED}.*status=active" if page == 1 else rf"{FEED}.*status=active.*[?&]page={page}\b"


def limited(**headers: str) -> Fault:
    return Fault(status=429, body="slow down", headers=headers)


# --- what is asserted -------------------------------------------------------------------------------------------------


def set_constants(monkeypatch: pytest.MonkeyPatch, row: FaultRow) -> None:
    for name, seconds in {**DEFAULTS, **row.constants}.items():
        monkeypatch.setattr(transport, name, seconds)


def assert_complete(connector: Connector, output: Output, streams: Iterable[str]) -> None:
    assert (output.exit_code, output.errors) == (0, [])
    assert output.statuses == dict.fromkeys(streams, "COMPLETE")
    assert not output.errors
    for stream in streams:
        assert by_id(output.records(stream)) == by_id(truth(connector.sandbox, stream)), stream


def assert_failed(
    connector: Connector, output: Output, streams: Iterable[str], failure_type: str, message: str
) -> None:
    """The streams ended INCOMPLETE, with the same words first and last, and no stack trace that helps nobody."""
    assert output.exit_code == 1
    assert output.statuses == dict.fromkeys(streams, "INCOMPLETE")
    for error in (output.errors[0], output.errors[-1]):
        assert (error["message"], error["failure_type"]) == (message, failure_type)
    for stream in streams:
        assert by_id(output.records(stream)).items() <= by_id(truth(connector.sandbox, stream)).items(), stream
    if failure_type != "system_error":
        assert_no_stack_trace(output)


def assert_no_stack_trace(output: Output) -> None:
    assert not [m for m in output.messages if m["type"] in ("LOG", "TRACE") and "Traceback" in json.dumps(m)]
    assert output.stderr == ""


def assert_mended(connector: Connector, output: Output, streams: Iterable[str]) -> None:
    """Once the fault is gone, the next sync from the saved state brings what is missing."""
    connector.sandbox.faults.clear()
    second = connector.read(streams, state=output.state)
    assert second.exit_code == 0
    assert second.statuses == dict.fromkeys(streams, "COMPLETE")
    for stream in streams:
        synced = by_id(output.records(stream)) | by_id(second.records(stream))
        assert synced == by_id(truth(connector.sandbox, stream)), stream
