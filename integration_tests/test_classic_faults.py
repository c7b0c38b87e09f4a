"""Whatever comes from a Classic site or from Launchpad: nothing is lost, or a message says what happened."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals
from typing import Any

import pytest

from integration_tests.support.classic import (
    CATALOG,
    PAGED,
    SMALL,
    STREAMS,
    ClassicConnector,
    ClassicProcess,
    Start,
    assert_whole,
    keyed,
    truth,
)
from integration_tests.support.connector import Output, described_catalog
from integration_tests.support.faults import (
    EXPIRES_LATE,
    HTML,
    LIMITED,
    TOKEN,
    FaultRow,
    foreign,
    incomplete,
    limited,
    set_constants,
    unavailable,
)
from integration_tests.support.fork_server import Python
from integration_tests.support.messages import LATER, REVOKED, TOKEN_REFUSED, UNUSABLE
from integration_tests.support.patches import Manifest, changed_manifest
from integration_tests.support.stopping import Hold, Stopped, assert_stopped
from sandbox import Fault, Sandbox
from source_basecamp.catalog import resolved_manifest

pytestmark = pytest.mark.usefixtures("no_retry_waits")

LOOKUP = r"^/authorization\.json"
XML = {"Content-Type": "application/xml; charset=utf-8"}
KINDS = {
    "an object": ("account", r"^/account\.xml"),
    "a list that many need": ("categories", r"^/projects\.xml"),
    "a child": ("todo_items", r"/todo_items\.xml"),
    "a page by its offset": ("messages", r"/posts\.xml\?n="),
    "a page by its number": ("time_entries", r"/time_entries\.xml\?page=2"),
    "a page that is continued": ("comments", r"/comments\.xml\?n="),
}
"""What is read, and which requests go wrong."""
every_kind = pytest.mark.parametrize(("stream", "path"), KINDS.values(), ids=KINDS)


def answer(body: str, **headers: str) -> Fault:
    return Fault(status=200, body=body, headers={**XML, **headers})


def not_xml(body: str) -> str:
    return foreign(f"status 200, application/xml, {len(body.encode())} bytes")


ODD = {
    "HTML": "<!DOCTYPE html><html><body>Log in</body></html>",
    "another root": "<errors><error>No</error></errors>",
    "JSON": '{"id": 1}',
    "nothing": "",
    "a list that breaks off": "<companies><company><id>1</id></company>",
    "an external entity": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:/etc/hostname">]><companies><c>&x;</c></companies>',
    "an entity of no document": "<companies><company><name>&x;</name></company></companies>",
    "a document type behind a mark": "\N{BYTE ORDER MARK}<!DOCTYPE companies><companies/>",
    "many instructions": f"{'<?a?>' * 60}<x/>",
}
FAULTS = [
    *(FaultRow(name, answer(body), not_xml(body)) for name, body in ODD.items()),
    FaultRow("429, zero", limited(**{"Retry-After": "0"}), LIMITED),
    FaultRow("503, zero", Fault(status=503, body="", headers={"Retry-After": "0"}), LIMITED.replace("429", "503")),
    FaultRow("503", Fault(status=503, body=""), unavailable(503)),
    FaultRow("reset", Fault(reset=True), incomplete("[Errno 104] Connection reset by peer")),
    FaultRow("broken gzip", Fault(broken_gzip=True), incomplete("its compression is broken")),
    FaultRow("cut", Fault(cut=50), incomplete("the connection was closed in the middle of it")),
    FaultRow("silence", Fault(delay=0.2), incomplete("nothing arrived for 0.05 seconds"), {"READ_TIMEOUT": 0.05}),
]


def assert_failed(connector: ClassicConnector, output: Output, stream: str, kind: str, message: str) -> None:
    """It never ends as a stream that is complete, and says the same first and last."""
    assert (output.exit_code, output.statuses[stream]) == (1, "INCOMPLETE")
    for error in (output.errors[0], output.errors[-1]):
        assert (error["message"], error["failure_type"]) == (message, kind)
    assert keyed(stream, output.records(stream)).items() <= truth(connector.sandbox, stream).items()


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row.id)
def test_a_fault_of_the_site_is_retried_and_in_the_end_told(
    connect_classic: Start, monkeypatch: pytest.MonkeyPatch, row: FaultRow
) -> None:
    connector = connect_classic(SMALL)
    set_constants(monkeypatch, row)
    connector.sandbox.faults.add(replace(row.fault, path="^/companies", times=1))
    assert_whole(connector, connector.read(["companies"]), ["companies"])
    connector.sandbox.faults.add(replace(row.fault, path="^/companies", times=None))
    says = row.says.format(url=connector.sandbox.url, path="/companies.xml")
    assert_failed(connector, connector.read(["companies"]), "companies", "transient_error", says)


@every_kind
@pytest.mark.parametrize("fault", [Fault(reset=True), answer(ODD["another root"]), Fault(truncate=40)])
def test_every_kind_of_request_is_retried(connect_classic: Start, stream: str, path: str, fault: Fault) -> None:
    connector = connect_classic(PAGED)
    connector.sandbox.faults.add(replace(fault, path=path))
    assert_whole(connector, connector.read([stream]), [stream])
    assert not connector.sandbox.faults.unused


# --- memory -----------------------------------------------------------------------------------------------------------

MEASURED = """
import atexit, resource

def note():
    with open("peak", "w") as file:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=file)

atexit.register(note)
from integration_tests.support.patches import no_waiting
from source_basecamp.run import run
with no_waiting():
    run()
"""
MB = 1 << 20


class Measured(ClassicProcess):
    """Says how much memory it took at most."""

    def _start(self, arguments: list[str], **options: Any) -> Any:
        process = self._process(arguments)
        return Python(MEASURED, *arguments, env=process["env"], cwd=process["cwd"], **options)

    @property
    def peak(self) -> int:
        return int((self.workplace / "peak").read_text()) // 1024


def zipped_twice(size: int) -> bytes:
    member = gzip.compress(b" " * 10 * MB)
    return gzip.compress(member * (size // (10 * MB)))


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
EXPLODING = f'<!DOCTYPE a [<!ENTITY e0 "{"a" * 1_000}">{ENTITIES}]><companies><a>&e9;</a></companies>'
TOO_LARGE = (
    "{url} answered with more than 64 MB, more than any list of Basecamp has. If a proxy or a network login page does "
    "this, let Basecamp's hosts pass. Otherwise, please report it."
)
BOMBS = {
    "200 MB": (Fault(body=b"<companies>" + b" " * 200 * MB), TOO_LARGE),
    "4 GB in gzip in gzip": (
        Fault(body=zipped_twice(4_000 * MB), headers={"Content-Encoding": "gzip, gzip"}),
        TOO_LARGE,
    ),
    "entities": (Fault(body=EXPLODING.encode("utf-16")), ""),
    "elements": (Fault(body="<companies><company>" + "<a/>" * 6 * MB), ""),
}
"""With what is told at once; the others are tried again."""


@pytest.mark.parametrize(("fault", "says"), BOMBS.values(), ids=BOMBS)
def test_what_is_hostile_takes_neither_memory_nor_time(tmp_path: Path, fault: Fault, says: str) -> None:
    with Sandbox(classic=SMALL, rate_limit=False, gzip=False) as sandbox:
        connector = Measured(sandbox, tmp_path)
        sandbox.faults.add(replace(fault, path="^/companies", headers={**XML, **fault.headers}))
        began = time.monotonic()
        output = connector.read(["companies"])
        took = time.monotonic() - began
    if says:
        assert_failed(connector, output, "companies", "system_error", says.format(url=sandbox.url))
    else:
        assert_whole(connector, output, ["companies"])
    assert connector.peak < 400
    assert took < 20


# --- pace -------------------------------------------------------------------------------------------------------------


def test_every_request_says_who_asks_and_for_what(connect_classic: Start) -> None:
    connector = connect_classic(SMALL)
    assert connector.read(["messages", "people"]).exit_code == 0
    agent = resolved_manifest("classic")["definitions"]["user_agent"]
    for request in connector.sandbox.log.requests:
        kind = "application/json" if request.launchpad else "application/xml"
        assert (request.headers["user-agent"], request.headers["accept"]) == (agent, kind)


@pytest.mark.parametrize("after", ["1", "soon"])
@pytest.mark.parametrize("status", [429, 503])
def test_no_thread_asks_the_site_before_retry_after_is_over(
    connect_classic: Start, monkeypatch: pytest.MonkeyPatch, status: int, after: str
) -> None:
    monkeypatch.setattr("source_basecamp.transport.DEFAULT_WAIT", 1.0)
    connector = connect_classic(SMALL)
    connector.sandbox.faults.add(Fault(r"/posts\.xml", status=status, body="", headers={"Retry-After": after}))
    output = connector.read()
    assert_whole(connector, output)
    (refused,) = (request.time_monotonic for request in connector.sandbox.log.find(status=status))
    later = [request.time_monotonic - refused for request in connector.sandbox.log.requests]
    # Requests that were under way when the refusal arrived cannot be held back.
    assert not [seconds for seconds in later if 0.3 < seconds < 1]
    assert len([seconds for seconds in later if seconds >= 1]) >= 5
    assert "(1 refused by the rate limit)" in output.of_type("LOG")[-1]["message"]


def shortened(manifest: Manifest) -> Manifest:
    """The budget with fewer requests in less time."""
    (policy,) = manifest["api_budget"]["policies"]
    assert policy["rates"] == [{"limit": 500, "interval": "PT11S"}]
    budget = {**manifest["api_budget"], "policies": [{**policy, "rates": [{"limit": 10, "interval": "PT0.6S"}]}]}
    return {**manifest, "api_budget": budget}


def test_the_budget_never_meets_the_limit_of_the_site(connect_classic: Start) -> None:
    connector = connect_classic(SMALL, rate_limit=True)
    limits = connector.sandbox.classic_limits
    # Half of the time, so that answers may arrive unevenly on a busy machine.
    limits.requests, limits.period = 10, 0.3
    with changed_manifest(shortened):
        assert_whole(connector, connector.read())
    requests = connector.sandbox.log.find(r"\.xml$")
    assert {request.status for request in requests} == {200}
    assert len(requests) > 30
    assert requests[-1].time_monotonic - requests[0].time_monotonic > 1.5


# --- tokens -----------------------------------------------------------------------------------------------------------

KEPT: Mapping[str, Any] = {"access_token": "ended", **EXPIRES_LATE}
REFUSED = TOKEN_REFUSED.format(account=SMALL.account_id)


def expire(connector: ClassicConnector, path: str, times: int | None = 1) -> None:
    """No token that was issued so far is taken from a request on."""
    hook = Fault(path, before=lambda _: connector.sandbox.tokens.expire_all(), times=times)
    connector.sandbox.faults.add(hook)


@every_kind
def test_a_token_that_ends_during_the_sync_is_refreshed_once(connect_classic: Start, stream: str, path: str) -> None:
    connector = connect_classic(PAGED, rotate_refresh_token=True)
    expire(connector, path)
    streams = ["people", stream, "attachments"]
    assert_whole(connector, connector.read(streams), streams)
    assert (connector.sandbox.log.count(TOKEN), connector.sandbox.log.count(LOOKUP)) == (2, 1)


def test_a_kept_token_that_has_ended_is_refreshed_at_the_look_up(connect_classic: Start) -> None:
    connector = connect_classic(SMALL, rotate_refresh_token=True)
    output = connector.read(**KEPT)
    assert_whole(connector, output)
    assert (connector.sandbox.log.count(TOKEN), connector.sandbox.log.count(LOOKUP)) == (1, 2)
    # The token of the look-up is the one that Airbyte keeps.
    (control,) = {str(each["connectorConfig"]["config"]["access_token"]) for each in output.of_type("CONTROL")}
    assert connector.sandbox.tokens.accepts(f"Bearer {control}")


def revoke(connector: ClassicConnector) -> None:
    connector.sandbox.tokens.revoke_refresh_token()


def refuse_at_look_up(connector: ClassicConnector) -> None:
    connector.sandbox.faults.add(Fault(LOOKUP, status=401, body="", times=None))


def refuse_at_site(connector: ClassicConnector) -> None:
    expire(connector, r"\.xml", times=None)


def revoke_half_way(connector: ClassicConnector) -> None:
    def end(_: object) -> None:
        connector.sandbox.tokens.expire_all()
        revoke(connector)

    connector.sandbox.faults.add(Fault(r"/posts\.xml", before=end))


@pytest.mark.parametrize(
    ("arrange", "config", "says"),
    [
        (revoke, {}, REVOKED),
        (revoke, KEPT, REVOKED),
        (refuse_at_look_up, {}, REFUSED),
        (refuse_at_site, {}, REFUSED),
        (revoke_half_way, {}, REVOKED),
    ],
)
def test_a_login_that_is_refused_is_for_a_person_to_mend(
    connect_classic: Start, arrange: Callable[[ClassicConnector], None], config: Mapping[str, Any], says: str
) -> None:
    connector = connect_classic(SMALL)
    arrange(connector)
    output = connector.read(["messages"], **config)
    assert_failed(connector, output, "messages", "config_error", says)
    if arrange is not revoke_half_way:
        assert connector.check(**config).connection == {"status": "FAILED", "message": says}


LOOKUPS = [
    FaultRow("503", Fault(status=503, body=""), "503 Server Error"),
    FaultRow("429", limited(**{"Retry-After": "0"}), "429 Client Error"),
    FaultRow("HTML", Fault(body="<html>", headers=HTML), foreign("status 200, text/html, 6 bytes")),
    FaultRow("reset", Fault(reset=True), incomplete("[Errno 104] Connection reset by peer")),
    FaultRow("silence", Fault(delay=0.2), incomplete("nothing arrived for 0.05 seconds"), {"READ_TIMEOUT": 0.05}),
]


@pytest.mark.parametrize("row", LOOKUPS, ids=lambda row: row.id)
def test_launchpad_that_does_not_tell_the_site_is_asked_again_and_then_named(
    connect_classic: Start, monkeypatch: pytest.MonkeyPatch, row: FaultRow
) -> None:
    connector = connect_classic(SMALL)
    set_constants(monkeypatch, row)
    connector.sandbox.faults.add(replace(row.fault, path=LOOKUP))
    assert_whole(connector, connector.read(["account"]), ["account"])
    assert not connector.sandbox.faults.unused
    connector.sandbox.log.clear()
    connector.sandbox.faults.add(replace(row.fault, path=LOOKUP, times=None))
    output = connector.read()
    assert output.statuses == dict.fromkeys(STREAMS, "INCOMPLETE")
    for error in output.errors:
        assert error["failure_type"] == "transient_error"
    message = output.errors[0]["message"]
    assert message.startswith(UNUSABLE + row.says.format(url=connector.sandbox.url))
    assert message.endswith(LATER)
    # All streams together, which would wait for half a minute each. What nobody waits for is not in the log.
    assert connector.sandbox.log.count(LOOKUP) == 6 or row.fault.delay
    assert connector.sandbox.log.count(r"\.xml") == 0


# --- stopping ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "request_number"), [(SIGTERM, 1), (SIGTERM, 12), (SIGINT, 20)])
def test_a_stop_ends_a_read_at_once(tmp_path: Path, number: Signals, request_number: int) -> None:
    with Sandbox(classic=SMALL, rate_limit=False) as sandbox:
        connector = Stopped(sandbox, tmp_path, number)
        connector.config = sandbox.classic_config(num_workers=1)
        hold = Hold(sandbox, request_number)
        connector.due = hold.wait
        try:
            output = connector.read_catalog(described_catalog(CATALOG.values()))
        finally:
            hold.release()
        assert_stopped(connector, output)
