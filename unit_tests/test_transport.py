"""Nothing passes the transport too early, to the wrong host, or half read."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Thread

import pytest
import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from sandbox import AccountSize, Fault, Sandbox
from source_basecamp import transport
from source_basecamp.transport import BasecampAdapter, Gate, UnreadableAnswer, retry_after

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = format_datetime(NOW + timedelta(seconds=7), usegmt=True)
TODOS = "/projects/recordings.json?type=Todo"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": LATER, "Date": format_datetime(NOW, usegmt=True)}, 7),
        ({"Retry-After": format_datetime(NOW, usegmt=True), "Date": LATER}, 0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_clock_of_the_server(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers) == seconds


def test_the_gate_holds_every_thread_until_the_latest_time_that_was_asked_for() -> None:
    gate, passed = Gate(), []
    gate.close_for(0.2)
    gate.close_for(0.05)
    began = time.monotonic()

    def cross() -> None:
        gate.pass_through()
        passed.append(time.monotonic() - began)

    threads = [Thread(target=cross) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 3
    assert min(passed) >= 0.2


class TestOverTheWire:
    @pytest.fixture
    def sandbox(self, monkeypatch: pytest.MonkeyPatch):
        with Sandbox(AccountSize(todos=40), rate_limit=False) as sandbox:
            for name, value in sandbox.env.items():
                monkeypatch.setenv(name, value)
            monkeypatch.setattr(BasecampAdapter, "gate", Gate())
            yield sandbox

    @staticmethod
    def get(sandbox: Sandbox, path: str = TODOS, expects: type = list) -> requests.Response:
        with requests.Session() as session:
            session.mount("http://", BasecampAdapter(expects))
            return session.get(sandbox.account_url + path, headers=sandbox.headers())

    def test_a_whole_answer_is_what_requests_itself_would_give(self, sandbox: Sandbox) -> None:
        plain = requests.get(sandbox.account_url + TODOS, headers=sandbox.headers(), timeout=5)
        answer = self.get(sandbox)
        assert answer.json() == plain.json()
        assert answer.headers["X-Total-Count"] == "40"

    @pytest.mark.parametrize(
        ("fault", "says"),
        [
            (Fault(reset=True), "No complete answer from http://127.0.0.1"),
            (Fault(cut=100), "No complete answer from http://127.0.0.1"),
            (Fault(truncate=100), "something that is not Basecamp's data (status 200, application/json, 100 bytes)"),
            (Fault(broken_gzip=True), "No complete answer from http://127.0.0.1"),
            (
                Fault(status=200, body="<html>", headers={"Content-Type": "text/html"}),
                "(status 200, text/html, 6 bytes)",
            ),
            (Fault(status=200, body=""), "(status 200"),
            (Fault(status=200, body='{"error": "?"}'), "(status 200"),
            (Fault(status=204, body=""), "(status 204"),
            (Fault(status=304, body=""), "(status 304"),
        ],
        ids=lambda value: str(value)[:60] if isinstance(value, str) else "",
    )
    def test_an_answer_that_is_not_whole_is_an_error(self, sandbox: Sandbox, fault: Fault, says: str) -> None:
        sandbox.faults.add(fault)
        with pytest.raises(UnreadableAnswer) as refused:
            self.get(sandbox)
        assert says in str(refused.value)
        assert not sandbox.faults.unused

    def test_a_body_that_drips_for_ever_ends_at_the_deadline(
        self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(transport, "ANSWER_TIMEOUT", 0.3)
        sandbox.faults.add(Fault(drip=0.05))
        began = time.monotonic()
        with pytest.raises(UnreadableAnswer, match="not complete after"):
            self.get(sandbox)
        assert time.monotonic() - began < 2

    @pytest.mark.parametrize("location", ["https://evil.example.com/1/projects.json", "/elsewhere.json"])
    def test_a_redirect_is_not_followed(self, sandbox: Sandbox, location: str) -> None:
        sandbox.faults.add(Fault(status=302, headers={"Location": location}, body=""))
        with pytest.raises(AirbyteTracedException, match="redirected a request to") as refused:
            self.get(sandbox)
        assert refused.value.failure_type == FailureType.transient_error
        assert len(sandbox.log.requests) == 1

    def test_no_request_leaves_before_retry_after_is_over(self, sandbox: Sandbox) -> None:
        sandbox.faults.add(Fault(status=429, headers={"Retry-After": "1"}, body=""))
        assert self.get(sandbox).status_code == 429
        assert self.get(sandbox).status_code == 200
        refused, taken = (request.time_monotonic for request in sandbox.log.requests)
        assert taken - refused >= 1

    def test_a_retry_after_longer_than_a_sync_waits_ends_it_as_transient(self, sandbox: Sandbox) -> None:
        sandbox.faults.add(Fault(status=429, headers={"Retry-After": "3600"}, body=""))
        with pytest.raises(AirbyteTracedException, match=r"asks to wait 3,600 seconds") as refused:
            self.get(sandbox)
        assert refused.value.failure_type == FailureType.transient_error
