"""Whatever comes over the wire: a sync recovers with nothing missing, or says what happened and is not COMPLETE."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from integration_tests.support.connector import FEEDS, Connector
from integration_tests.support.faults import (
    DATE,
    FEED,
    HTML,
    IN_A_SECOND,
    KINDS,
    LIMITED,
    SMALL,
    TOKEN,
    FaultRow,
    RequestKind,
    Start,
    assert_complete,
    assert_failed,
    assert_mended,
    every_kind,
    foreign,
    incomplete,
    limited,
    set_constants,
    unavailable,
)
from integration_tests.support.messages import FORBIDDEN
from sandbox import AccountSize, Fault

pytestmark = pytest.mark.usefixtures("no_retry_waits")


WAITING = [
    FaultRow("429, a second", limited(**{"Retry-After": "1"}), LIMITED),
    FaultRow("429, a date", limited(**{"Retry-After": IN_A_SECOND, "Date": DATE}), LIMITED),
    FaultRow("503, a second", Fault(status=503, body="", headers={"Retry-After": "1"}), unavailable(503)),
]
"""These wait a second each time: once is enough."""

TRANSIENT = [
    FaultRow("429, zero", limited(**{"Retry-After": "0"}), LIMITED),
    FaultRow("429, a date that is now", limited(**{"Retry-After": DATE, "Date": DATE}), LIMITED),
    FaultRow("429, no Retry-After", limited(), LIMITED),
    FaultRow("500", Fault(status=500, body="oops"), unavailable(500)),
    FaultRow("502, HTML", Fault(status=502, body="<html>", headers=HTML), unavailable(502)),
    FaultRow("503", Fault(status=503, body=""), unavailable(503)),
    FaultRow("503, zero", Fault(status=503, body="", headers={"Retry-After": "0"}), unavailable(503)),
    FaultRow("504", Fault(status=504, body=""), unavailable(504)),
    FaultRow("reset", Fault(reset=True), incomplete("[Errno 104] Connection reset by peer")),
    FaultRow("silence", Fault(delay=0.4), incomplete("nothing arrived for 0.1 seconds"), {"READ_TIMEOUT": 0.1}),
    FaultRow(
        "dripping",
        Fault(drip=0.02),
        incomplete("the answer was not complete after 0 seconds"),
        {"ANSWER_TIMEOUT": 0.05},
    ),
    FaultRow("cut", Fault(cut=50), incomplete("the connection was closed in the middle of it")),
    FaultRow("truncated", Fault(truncate=50), foreign("status 200, application/json, 50 bytes")),
    FaultRow("broken gzip", Fault(broken_gzip=True), incomplete("its compression is broken")),
    FaultRow("HTML", Fault(status=200, body="<html>", headers=HTML), foreign("status 200, text/html, 6 bytes")),
    FaultRow("empty", Fault(status=200, body=""), foreign("status 200, text/plain, 0 bytes")),
    FaultRow("an object", Fault(body='{"error": "?"}'), foreign("status 200, application/json, 14 bytes")),
    FaultRow("204", Fault(status=204, body=""), foreign("status 204, text/plain, 0 bytes")),
    FaultRow("304", Fault(status=304, body=""), foreign("status 304, text/plain, 0 bytes")),
]


FEED_OF_TODOS = KINDS["a feed"]


@pytest.mark.parametrize("row", WAITING + TRANSIENT, ids=lambda row: row.id)
def test_a_fault_that_passes_is_retried_and_nothing_is_missing(
    connect: Start, monkeypatch: pytest.MonkeyPatch, row: FaultRow
) -> None:
    passes(connect(SMALL), monkeypatch, FEED_OF_TODOS, row)


@pytest.mark.parametrize("row", TRANSIENT, ids=lambda row: row.id)
def test_a_fault_that_stays_ends_the_stream_as_transient_and_the_next_sync_mends_it(
    connect: Start, monkeypatch: pytest.MonkeyPatch, row: FaultRow
) -> None:
    stays(connect(SMALL), monkeypatch, FEED_OF_TODOS, row)


# --- the rulings that unit_tests/test_error_handler.py lists, for each kind of request --------------------------------

BY_NAME = {row.name: row for row in TRANSIENT}


@every_kind
@pytest.mark.parametrize("name", ["reset", "429, no Retry-After"])
def test_every_kind_of_request_is_retried_and_waits(
    connect: Start, monkeypatch: pytest.MonkeyPatch, kind: RequestKind, name: str
) -> None:
    passes(connect(SMALL), monkeypatch, kind, BY_NAME[name])


@every_kind
def test_every_kind_of_request_fails_in_the_end(
    connect: Start, monkeypatch: pytest.MonkeyPatch, kind: RequestKind
) -> None:
    stays(connect(SMALL), monkeypatch, kind, BY_NAME["502, HTML"])


@every_kind
def test_only_what_is_asked_of_one_project_or_tool_is_skipped(connect: Start, kind: RequestKind) -> None:
    connector = connect(SMALL)
    connector.sandbox.faults.add(Fault(kind.path, status=403, body="", times=None))
    output = connector.read(kind.streams)
    path = f"/{SMALL.account_id}{kind.address}"
    if kind is KINDS["a child"]:
        assert (output.exit_code, output.errors) == (0, [])
        warnings = [log["message"] for log in output.of_type("LOG") if log["level"] == "WARN"]
        (stream,) = kind.streams
        reason = "not visible to this login, switched off, or gone"
        assert warnings == [f"{stream}: Skipped {path}: Basecamp answered 403 ({reason})."]
    else:
        assert_failed(connector, output, kind.streams, "config_error", FORBIDDEN.format(path=path))
    assert_mended(connector, output, kind.streams)


def passes(connector: Connector, monkeypatch: pytest.MonkeyPatch, kind: RequestKind, row: FaultRow) -> None:
    set_constants(monkeypatch, row)
    connector.sandbox.faults.add(replace(row.fault, path=kind.path))
    assert_complete(connector, connector.read(kind.streams), kind.streams)
    assert not connector.sandbox.faults.unused


def stays(connector: Connector, monkeypatch: pytest.MonkeyPatch, kind: RequestKind, row: FaultRow) -> None:
    set_constants(monkeypatch, row)
    connector.sandbox.faults.add(replace(row.fault, path=kind.path, times=None))
    output = connector.read(kind.streams)
    says = row.says.format(url=connector.sandbox.url, path=f"/{SMALL.account_id}{kind.address}")
    assert_failed(connector, output, kind.streams, "transient_error", says)
    set_constants(monkeypatch, FaultRow("", Fault(), ""))
    assert_mended(connector, output, kind.streams)


# --- Retry-After ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [TOKEN, FEED])
@pytest.mark.parametrize("status", [429, 503])
def test_no_thread_asks_before_retry_after_is_over(connect: Start, path: str, status: int) -> None:
    connector = connect(SMALL)
    connector.sandbox.faults.add(Fault(path, status=status, body="", headers={"Retry-After": "1"}))
    assert_complete(connector, connector.read(FEEDS), FEEDS)
    requests = connector.sandbox.log.requests
    (refused,) = (request.time_monotonic for request in requests if request.status == status)
    later = [request.time_monotonic - refused for request in requests]
    # Requests that were under way when the refusal arrived cannot be held back.
    assert not [seconds for seconds in later if 0.3 < seconds < 1]
    assert len([seconds for seconds in later if seconds >= 1]) >= 5


def test_a_retry_after_that_is_longer_than_a_sync_waits_ends_it_at_once(connect: Start) -> None:
    connector = connect(SMALL)
    connector.sandbox.faults.add(replace(limited(**{"Retry-After": "3600"}), path=FEED, times=None))
    says = (
        "Basecamp asks to wait 3,600 seconds before the next request, longer than a sync sits out (600 seconds). "
        "Nothing is lost: the next sync goes on from the last saved state."
    )
    output = connector.read(["todos"])
    assert_failed(connector, output, ["todos"], "transient_error", says)
    assert_mended(connector, output, ["todos"])


@pytest.mark.parametrize("stream", ["timesheet_entries", "todos"])
def test_a_stream_that_is_refused_is_asked_for_once_and_says_so_once(
    connect: Callable[..., Connector], stream: str
) -> None:
    """Whatever the number of its statuses, or windows of dates."""
    connector = connect(AccountSize())
    path = {"timesheet_entries": "/timesheet", "todos": "/recordings"}[stream]
    connector.sandbox.faults.add(Fault(path, status=403, times=None))
    output = connector.read([stream], num_workers=4)
    assert output.exit_code == 1
    assert connector.sandbox.log.count(path) == 1
    errors = [trace for trace in output.of_type("TRACE") if trace["type"] == "ERROR"]
    assert len([error for error in errors if error["error"].get("stream_descriptor")]) == 1
    lines = [log["message"] for log in output.of_type("LOG") if log["level"] == "ERROR"]
    assert len(lines) == len(set(lines)) == 2
