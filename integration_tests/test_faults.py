"""Whatever comes over the wire: a sync recovers with nothing missing, or says what happened and is not COMPLETE."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import backoff._sync
import pytest
from airbyte_cdk.sources.streams.http import rate_limiting

from integration_tests.connector import FEEDS, Connector, InProcess, Output, by_id, truth
from sandbox import AccountSize, Fault
from sandbox.account import Account
from source_basecamp import pagination, transport

SMALL = AccountSize(
    projects=20, archived_projects=2, trashed_projects=1, todos=(40, 3, 2), messages=(5, 1, 1), schedule_entries=4
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


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    without_waits(monkeypatch)


@dataclass(frozen=True)
class Kind:
    """What is read, and which requests go wrong."""

    streams: tuple[str, ...]
    path: str
    address: str


QUESTIONNAIRE = Account(SMALL).listing("questions")[0]["parent"]["id"]
KINDS = {
    "a feed": Kind(("todos",), FEED, "/projects/recordings.json"),
    "a feed's second page": Kind(("todos",), rf"{FEED}.*[?&]page=2", "/projects/recordings.json"),
    "a child": Kind(
        ("questions",), f"/questionnaires/{QUESTIONNAIRE}/", f"/questionnaires/{QUESTIONNAIRE}/questions.json"
    ),
    "a list and its cached sibling": Kind(("projects", "schedules"), r"/projects\.json", "/projects.json"),
}
every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
first_pages = pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if "page=" not in kind.path])
_DEFAULTS = {"READ_TIMEOUT": 60.0, "ANSWER_TIMEOUT": 180.0, "DEFAULT_WAIT": 0.02}


@dataclass(frozen=True)
class Row:
    """A fault, and what a person reads if it goes on. `{url}` is the sandbox, `{path}` what was asked for."""

    name: str
    fault: Fault
    says: str
    constants: Mapping[str, float] = field(default_factory=dict)
    """Of the transport, to make waits short."""

    @property
    def id(self) -> str:
        return self.name


LATER = "Nothing is lost: try again later."
LIMITED = (
    "Basecamp keeps limiting the request rate (429) although every Retry-After was waited out. Something else uses the "
    "API from the same address. Nothing is lost: the next sync goes on from the last saved state."
)
NETWORK = f"If it stays so, check this machine's network, name resolution and proxy. {LATER}"


def unavailable(status: int) -> str:
    return f"Basecamp is unavailable (status {status} for {{path}}). {LATER}"


def incomplete(reason: str) -> str:
    return f"No complete answer from {{url}}: {reason}. {NETWORK}"


def foreign(what: str) -> str:
    return (
        f"{{url}} answered with something that is not Basecamp's data ({what}). "
        f"A proxy or a network login page may stand in between. {LATER}"
    )


def limited(**headers: str) -> Fault:
    return Fault(status=429, body="slow down", headers=headers)


WAITING = [
    Row("429, a second", limited(**{"Retry-After": "1"}), LIMITED),
    Row("429, a date", limited(**{"Retry-After": IN_A_SECOND, "Date": DATE}), LIMITED),
    Row("503, a second", Fault(status=503, body="", headers={"Retry-After": "1"}), unavailable(503)),
]
"""These wait a second each time: once is enough."""

TRANSIENT = [
    Row("429, zero", limited(**{"Retry-After": "0"}), LIMITED),
    Row("429, a date that is now", limited(**{"Retry-After": DATE, "Date": DATE}), LIMITED),
    Row("429, no Retry-After", limited(), LIMITED),
    Row("500", Fault(status=500, body="oops"), unavailable(500)),
    Row("502, HTML", Fault(status=502, body="<html>", headers=HTML), unavailable(502)),
    Row("503", Fault(status=503, body=""), unavailable(503)),
    Row("503, zero", Fault(status=503, body="", headers={"Retry-After": "0"}), unavailable(503)),
    Row("504", Fault(status=504, body=""), unavailable(504)),
    Row("reset", Fault(reset=True), incomplete("[Errno 104] Connection reset by peer")),
    Row("silence", Fault(delay=0.4), incomplete("nothing arrived for 0.1 seconds"), {"READ_TIMEOUT": 0.1}),
    Row(
        "dripping",
        Fault(drip=0.02),
        incomplete("the answer was not complete after 0 seconds"),
        {"ANSWER_TIMEOUT": 0.05},
    ),
    Row("cut", Fault(cut=50), incomplete("the connection was closed in the middle of it")),
    Row("truncated", Fault(truncate=50), foreign("status 200, application/json, 50 bytes")),
    Row("broken gzip", Fault(broken_gzip=True), incomplete("its compression is broken")),
    Row("HTML", Fault(status=200, body="<html>", headers=HTML), foreign("status 200, text/html, 6 bytes")),
    Row("empty", Fault(status=200, body=""), foreign("status 200, text/plain, 0 bytes")),
    Row("an object", Fault(body='{"error": "?"}'), foreign("status 200, application/json, 14 bytes")),
    Row("204", Fault(status=204, body=""), foreign("status 204, text/plain, 0 bytes")),
    Row("304", Fault(status=304, body=""), foreign("status 304, text/plain, 0 bytes")),
]


@every_kind
@pytest.mark.parametrize("row", WAITING + TRANSIENT, ids=lambda row: row.id)
def test_a_fault_that_passes_is_retried_and_nothing_is_missing(
    connect: Start, monkeypatch: pytest.MonkeyPatch, kind: Kind, row: Row
) -> None:
    connector = connect(SMALL)
    _set_constants(monkeypatch, row)
    connector.sandbox.faults.add(replace(row.fault, path=kind.path))
    assert_complete(connector, connector.read(kind.streams), kind.streams)
    assert not connector.sandbox.faults.unused


@every_kind
@pytest.mark.parametrize("row", TRANSIENT, ids=lambda row: row.id)
def test_a_fault_that_stays_ends_the_stream_as_transient_and_the_next_sync_mends_it(
    connect: Start, monkeypatch: pytest.MonkeyPatch, kind: Kind, row: Row
) -> None:
    connector = connect(SMALL)
    _set_constants(monkeypatch, row)
    connector.sandbox.faults.add(replace(row.fault, path=kind.path, times=None))
    output = connector.read(kind.streams)
    says = row.says.format(url=connector.sandbox.url, path=f"/{SMALL.account_id}{kind.address}")
    assert_failed(connector, output, kind.streams, "transient_error", says)
    _set_constants(monkeypatch, Row("", Fault(), ""))
    assert_mended(connector, output, kind.streams)


# --- where a list leads -----------------------------------------------------------------------------------------------

NOT_FOLLOWED = (
    "Basecamp's answer names a next page that this connector does not follow, because it is not an address of the same "
    "host. No request was made to it. If a proxy rewrites Basecamp's answers, exclude 3.basecampapi.com from it."
)
ENDLESS = "Basecamp's list cannot be read to its end: {}. Nothing is lost: the next sync tries again."
MOVING = (
    "Basecamp's list kept changing, or did not bring as many records as it counts, while it was read 5 times over. "
    "Nothing is lost: the next sync starts from the last saved state. Run it when fewer records are being trashed or "
    "archived."
)
LINKS = {
    "no link": "garbage",
    "no target": '; rel="next"',
    "another relation": '<{url}/1/projects.json>; rel="prev"',
    "an impossible port": '<{url}99999/1/projects.json>; rel="next"',
    "a foreign host": '<{evil}/1/projects.json>; rel="next"',
    "another scheme": '<https://{netloc}/1/projects.json>; rel="next"',
    "no scheme": '<//{evil_netloc}/1/projects.json>; rel="next"',
    "Basecamp as the user": '<http://{netloc}@{evil_netloc}/1/projects.json>; rel="next"',
    "a name that begins alike": '<http://127.0.0.1.evil.example:80/1/projects.json>; rel="next"',
    "another name of the same machine": '<http://localhost:{port}/1/projects.json>; rel="next"',
    "an address without a host": '</1/projects.json>; rel="next"',
}


@first_pages
@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_a_link_that_is_not_a_page_of_the_same_host_is_not_asked_and_fails_the_stream(
    connect: Start, kind: Kind, link: str
) -> None:
    connector, evil = connect(SMALL), connect(SMALL).sandbox
    header = link.format(
        url=connector.sandbox.url,
        netloc=urlsplit(connector.sandbox.url).netloc,
        port=urlsplit(connector.sandbox.url).port,
        evil=evil.url,
        evil_netloc=urlsplit(evil.url).netloc,
    )
    connector.sandbox.faults.add(Fault(kind.path, headers={"Link": header}, times=None))
    output = connector.read(kind.streams)
    assert_failed(connector, output, kind.streams, "system_error", NOT_FOLLOWED)
    assert not evil.log.requests
    assert {request.host for request in connector.sandbox.log.requests} == {urlsplit(connector.sandbox.url).netloc}
    assert_mended(connector, output, kind.streams)


@first_pages
@pytest.mark.parametrize("location", ["{evil}/1/projects.json", "{url}/1/projects.json", "/1/projects.json"])
def test_a_redirect_is_not_followed_and_fails_the_stream(connect: Start, kind: Kind, location: str) -> None:
    connector, evil = connect(SMALL), connect(SMALL).sandbox
    url = connector.sandbox.url
    target = location.format(evil=evil.url, url=url)
    connector.sandbox.faults.add(
        Fault(kind.path, status=302, body="", headers={"Location": target, "X-Total-Count": "0"}, times=None)
    )
    output = connector.read(kind.streams)
    says = (
        f"{url} redirected a request to {evil.url if target.startswith(evil.url) else url}, which this connector does "
        "not follow, so that its token stays with Basecamp. If a proxy or a network login page does this, let "
        "Basecamp's hosts pass."
    )
    assert_failed(connector, output, kind.streams, "transient_error", says)
    assert not evil.log.requests
    assert not connector.sandbox.log.count("/1/projects.json$", status=404)
    assert_mended(connector, output, kind.streams)


def numbered(url: str, page: int) -> str:
    """A link to a page of the active to-dos, in the sandbox's own spelling."""
    query = f"type=Todo&sort=updated_at&direction=desc&status=active&page={page}"
    return f'<{url}/{SMALL.account_id}/projects/recordings.json?{query}>; rel="next"'


def on(page: int) -> str:
    """The requests for a page of the active to-dos."""
    return rf"{FEED}.*status=active" if page == 1 else rf"{FEED}.*status=active.*[?&]page={page}\b"


def leading(url: str, pages: Mapping[int, int], times: int | None = 1, **more: Any) -> list[Fault]:
    """Faults by which the one page's link names the other. The first page comes last: its pattern fits all pages."""
    link = {page: {"Link": numbered(url, to), **more.get("headers", {})} for page, to in pages.items()}
    rest = {name: value for name, value in more.items() if name != "headers"}
    return [Fault(on(page), headers=link[page], times=times, **rest) for page in sorted(pages, reverse=True)]


@pytest.mark.parametrize("todos", [30, 40, 100, 200])
def test_a_link_that_once_repeats_a_page_loses_nothing(connect: Start, todos: int) -> None:
    connector = connect(replace(SMALL, todos=todos))
    # The first page's own address has no number: only its records tell that it came again.
    connector.sandbox.faults.add(*leading(connector.sandbox.url, {1: 1}))
    assert_complete(connector, connector.read(["todos"]), ["todos"])


BACK = ENDLESS.format("a page's link leads back to an earlier page")
WALKS = [
    ("a page that names itself", 100, {2: 2}, BACK),
    ("a page that names an earlier one", 100, {3: 2}, BACK),
    ("the first page under another name", 40, {1: 1}, MOVING),
    ("an empty page", 40, {1: 9}, MOVING),
]


@pytest.mark.parametrize(("todos", "pages", "says"), [row[1:] for row in WALKS], ids=[row[0] for row in WALKS])
def test_links_that_lead_nowhere_end_the_stream_as_transient(
    connect: Start, monkeypatch: pytest.MonkeyPatch, todos: int, pages: Mapping[int, int], says: str
) -> None:
    monkeypatch.setattr(pagination, "MAX_REREADS", 5)
    connector = connect(replace(SMALL, todos=todos))
    connector.sandbox.faults.add(*leading(connector.sandbox.url, pages, None))
    output = connector.read(["todos"])
    assert_failed(connector, output, ["todos"], "transient_error", says)
    assert_mended(connector, output, ["todos"])


def test_pages_that_never_end_and_are_not_counted_end_the_stream_as_transient(
    connect: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagination, "MAX_PAGES", 20)
    connector = connect(SMALL)
    todos = truth(connector.sandbox, "todos")
    for page in range(20, 0, -1):
        bodies = {"body": json.dumps([todos[page]]), "headers": {"X-Total-Count": None}}
        connector.sandbox.faults.add(*leading(connector.sandbox.url, {page: page + 1}, None, **bodies))
    output = connector.read(["todos"])
    assert_failed(connector, output, ["todos"], "transient_error", ENDLESS.format("its pages go on after 20 of them"))
    assert_mended(connector, output, ["todos"])


def test_an_empty_page_after_the_last_record_ends_the_list(connect: Start) -> None:
    connector = connect(replace(SMALL, todos=40))
    uncounted = {"headers": {"X-Total-Count": None}}
    connector.sandbox.faults.add(*leading(connector.sandbox.url, {2: 3}, **uncounted))
    assert_complete(connector, connector.read(["todos"]), ["todos"])


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


# --- tokens -----------------------------------------------------------------------------------------------------------

TOKEN_UNUSABLE = "Launchpad, which issues Basecamp's access tokens, could not be used: "
TOKENS = [
    Row("429", limited(), f"{TOKEN_UNUSABLE}it answered with status 429. {LATER}"),
    Row("500", Fault(status=500, body="oops"), f"{TOKEN_UNUSABLE}it answered with status 500. {LATER}"),
    Row("HTML", Fault(body="<html>", headers=HTML), TOKEN_UNUSABLE + foreign("status 200, text/html, 6 bytes")),
    Row("reset", Fault(reset=True), TOKEN_UNUSABLE + incomplete("[Errno 104] Connection reset by peer")),
    Row("empty", Fault(body=""), TOKEN_UNUSABLE + foreign("status 200, application/json, 0 bytes")),
    Row("a list", Fault(body="[]"), TOKEN_UNUSABLE + foreign("status 200, application/json, 2 bytes")),
    Row("no token", Fault(body="{}"), f"{TOKEN_UNUSABLE}its answer holds no access token. {LATER}"),
]


@pytest.mark.parametrize("row", TOKENS, ids=lambda row: row.id)
def test_a_token_that_does_not_come_at_once_is_asked_for_again(
    connect: Start, monkeypatch: pytest.MonkeyPatch, row: Row
) -> None:
    connector = connect(SMALL)
    _set_constants(monkeypatch, row)
    connector.sandbox.faults.add(replace(row.fault, path=TOKEN))
    assert_complete(connector, connector.read(FEEDS), FEEDS)
    assert connector.sandbox.log.count(TOKEN) == 2


@pytest.mark.parametrize("row", TOKENS, ids=lambda row: row.id)
def test_a_token_that_never_comes_ends_the_sync_as_transient(
    connect: Start, monkeypatch: pytest.MonkeyPatch, row: Row
) -> None:
    connector = connect(SMALL)
    _set_constants(monkeypatch, row)
    connector.sandbox.faults.add(replace(row.fault, path=TOKEN, times=None))
    output = connector.read(["todos"])
    assert_failed(connector, output, ["todos"], "transient_error", row.says.format(url=connector.sandbox.url))
    assert_mended(connector, output, ["todos"])


def expire(connector: Connector, skip: int = 0, times: int | None = 1) -> None:
    """No token that was issued so far is taken from the given request for a feed on."""
    hook = Fault(FEED, before=lambda _: connector.sandbox.tokens.expire_all(), skip=skip, times=times)
    connector.sandbox.faults.add(hook)


def test_a_token_that_ended_before_the_sync_is_refreshed_once_for_all_threads(connect: Start) -> None:
    connector = connect(SMALL)
    assert_complete(connector, connector.read(FEEDS, access_token="ended", **EXPIRES_LATE), FEEDS)
    assert connector.sandbox.log.count(TOKEN) == 1


@pytest.mark.parametrize("skip", [0, 2, 5, 9])
def test_a_token_that_ends_during_the_sync_is_refreshed_once_for_all_threads(connect: Start, skip: int) -> None:
    connector = connect(SMALL, rotate_refresh_token=True)
    expire(connector, skip)
    assert_complete(connector, connector.read(FEEDS), FEEDS)
    assert connector.sandbox.log.count(TOKEN) == 2


def test_a_token_that_is_refused_again_after_a_refresh_ends_the_sync(connect: Start) -> None:
    connector = connect(SMALL)
    expire(connector, times=None)
    says = (
        "Basecamp refuses the access token. Authorise the connection again, as a user who belongs to account "
        f"{SMALL.account_id}."
    )
    output = connector.read(FEEDS)
    assert_failed(connector, output, FEEDS, "config_error", says)
    assert_mended(connector, output, FEEDS)


def test_a_refresh_that_launchpad_cannot_answer_during_the_sync_is_no_fault_of_the_configuration(
    connect: Start,
) -> None:
    connector = connect(SMALL)
    expire(connector)
    connector.sandbox.faults.add(Fault(TOKEN, status=500, body="", skip=1, times=None))
    says = (
        "Basecamp no longer takes the access token, and Launchpad, which issues them, could not be used for a new one: "
        f"the log says why. {LATER}"
    )
    output = connector.read(["todos"])
    assert_failed(connector, output, ["todos"], "transient_error", says)
    (why, *_) = [log["message"] for log in output.of_type("LOG") if log["level"] == "WARN"]
    assert f"{TOKEN_UNUSABLE}it answered with status 500." in why
    assert_mended(connector, output, ["todos"])


def test_a_user_who_is_removed_during_the_sync_is_named_as_such(connect: Start) -> None:
    connector = connect(SMALL)
    connector.sandbox.faults.add(Fault(on(2), status=401, body="Unknown Basecamp ID", times=None))
    says = (
        "Basecamp knows no account for the user who authorised this connection (any more). Have the user added to the "
        "account again, or authorise the connection as another user."
    )
    output = connector.read(["todos"])
    assert_failed(connector, output, ["todos"], "config_error", says)
    assert connector.sandbox.log.count(TOKEN) == 1
    assert_mended(connector, output, ["todos"])


@pytest.mark.parametrize("status", [403, 404])
def test_an_account_wide_list_is_never_skipped(connect: Start, status: int) -> None:
    connector = connect(SMALL)
    connector.sandbox.faults.add(Fault("type=Todo", status=status, body="", times=None))
    output = connector.read(["todos", "messages"])
    assert output.exit_code == 1
    assert output.statuses == {"todos": "INCOMPLETE", "messages": "COMPLETE"}
    assert {error["failure_type"] for error in output.errors} == {"config_error"}
    assert_mended(connector, output, ["todos", "messages"])


# --- secrets ----------------------------------------------------------------------------------------------------------


class Debugging(InProcess):
    """As a developer runs it."""

    def _execute(self, arguments: list[str]) -> Output:
        return super()._execute([*arguments, "--debug"])


@pytest.fixture
def _quiet_again() -> Iterator[None]:
    levels = {name: logging.getLogger(name).level for name in ("airbyte", "airbyte.SourceBasecamp")}
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


SCENES: Mapping[str, tuple[Fault, ...]] = {
    "a sync that succeeds": (),
    "a refresh that is refused": (Fault(TOKEN, status=400, body='{"error": "invalid_grant"}', skip=1, times=None),),
    "a refresh that fails": (Fault(TOKEN, status=500, body="oops", skip=1, times=None),),
    "no token at all": (Fault(TOKEN, reset=True, times=None),),
    "a read that is forbidden": (Fault(on(2), status=403, body="", times=None),),
    "a read that fails": (Fault(on(2), status=500, body="oops", times=None),),
    "a link to another host": (Fault(on(2), headers={"Link": '<https://evil.example>; rel="next"'}, times=None),),
}


@pytest.mark.usefixtures("_quiet_again")
@pytest.mark.parametrize("platform", [True, False], ids=["LOG_LEVEL=debug", "--debug"])
@pytest.mark.parametrize("faults", SCENES.values(), ids=SCENES)
def test_no_secret_is_printed_at_any_level_but_in_control_messages(
    connect: Start, monkeypatch: pytest.MonkeyPatch, faults: Iterable[Fault], platform: bool
) -> None:
    connector = connect(SMALL, rotate_refresh_token=True)
    if platform:
        monkeypatch.setenv("LOG_LEVEL", "debug")
    else:
        connector = Debugging(connector.sandbox, connector._folder)
    connector.sandbox.faults.add(*faults)
    expire(connector, skip=2)
    output = connector.read(FEEDS)
    printed = json.dumps([message for message in output.messages if message["type"] != "CONTROL"]) + output.stderr
    assert "Making outbound API request" in printed or not connector.sandbox.log.api
    secrets = secrets_of(connector)
    assert len(secrets) >= 4
    assert not [secret for secret in secrets if secret in printed]


def secrets_of(connector: Connector) -> set[str]:
    """Everything secret that was configured, sent or issued."""
    secrets = {connector.config[name] for name in ("client_id", "client_secret", "client_refresh_token_2")}
    secrets.add(connector.sandbox.tokens.refresh_token)
    for request in connector.sandbox.log.requests:
        secrets.add(request.headers.get("authorization", "").removeprefix("Bearer "))
        secrets.update(parse_qs(request.body.decode()).get("refresh_token", []))
    return secrets - {""}


# --- what is asserted -------------------------------------------------------------------------------------------------


def _set_constants(monkeypatch: pytest.MonkeyPatch, row: Row) -> None:
    for name, seconds in {**_DEFAULTS, **row.constants}.items():
        monkeypatch.setattr(transport, name, seconds)


def assert_complete(connector: Connector, output: Output, streams: Iterable[str]) -> None:
    assert output.exit_code == 0
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
