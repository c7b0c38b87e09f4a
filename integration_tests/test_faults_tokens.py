"""Tokens that end, are refused or do not come, and secrets that are printed nowhere."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from integration_tests.support.connector import FEEDS, Connector, InProcess, Output
from integration_tests.support.faults import (
    EXPIRES_LATE,
    FEED,
    HTML,
    SMALL,
    TOKEN,
    FaultRow,
    Start,
    assert_complete,
    assert_failed,
    assert_mended,
    assert_no_stack_trace,
    foreign,
    incomplete,
    limited,
    on,
    set_constants,
)
from integration_tests.support.messages import LATER, REVOKED, TOKEN_REFUSED, UNUSABLE, USER_REMOVED
from sandbox import Fault

pytestmark = pytest.mark.usefixtures("unhurried")


TOKENS = [
    FaultRow("429", limited(), f"{UNUSABLE}it answered with status 429. {LATER}"),
    FaultRow("500", Fault(status=500, body="oops"), f"{UNUSABLE}it answered with status 500. {LATER}"),
    FaultRow(
        "a firewall",
        Fault(status=403, body="<html>", headers=HTML),
        f"{UNUSABLE}it answered with status 403. {LATER}",
    ),
    FaultRow("HTML", Fault(body="<html>", headers=HTML), UNUSABLE + foreign("status 200, text/html, 6 bytes")),
    FaultRow("reset", Fault(reset=True), UNUSABLE + incomplete("[Errno 104] Connection reset by peer")),
    FaultRow("empty", Fault(body=""), UNUSABLE + foreign("status 200, application/json, 0 bytes")),
    FaultRow("a list", Fault(body="[]"), UNUSABLE + foreign("status 200, application/json, 2 bytes")),
    FaultRow("no token", Fault(body="{}"), f"{UNUSABLE}its answer holds no access token. {LATER}"),
]


@pytest.mark.parametrize("row", TOKENS, ids=lambda row: row.id)
def test_a_token_that_does_not_come_at_once_is_asked_for_again(
    connect: Start, monkeypatch: pytest.MonkeyPatch, row: FaultRow
) -> None:
    connector = connect(SMALL)
    set_constants(monkeypatch, row)
    connector.sandbox.faults.add(replace(row.fault, path=TOKEN))
    assert_complete(connector, connector.read(FEEDS), FEEDS)
    assert connector.sandbox.log.count(TOKEN) == 2


@pytest.mark.parametrize("row", TOKENS, ids=lambda row: row.id)
def test_a_token_that_never_comes_ends_the_sync_as_transient(
    connect: Start, monkeypatch: pytest.MonkeyPatch, row: FaultRow
) -> None:
    connector = connect(SMALL)
    set_constants(monkeypatch, row)
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
    says = TOKEN_REFUSED.format(account=SMALL.account_id)
    output = connector.read(FEEDS)
    assert_failed(connector, output, FEEDS, "config_error", says)
    assert_mended(connector, output, FEEDS)


def test_a_kept_token_that_ended_and_a_revoked_refresh_token_end_with_launchpads_reason(connect: Start) -> None:
    connector = connect(SMALL)
    connector.sandbox.tokens.revoke_refresh_token()
    kept = {"access_token": "ended", **EXPIRES_LATE}
    assert_failed(connector, connector.read(FEEDS, **kept), FEEDS, "config_error", REVOKED)
    check = connector.check(**kept)
    assert (check.exit_code, check.connection) == (0, {"status": "FAILED", "message": REVOKED})
    assert_no_stack_trace(check)


def test_a_refresh_that_launchpad_cannot_answer_during_the_sync_is_transient(
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
    assert f"{UNUSABLE}it answered with status 500." in why
    assert_mended(connector, output, ["todos"])


def test_a_user_who_is_removed_during_the_sync_is_named_as_such(connect: Start) -> None:
    connector = connect(SMALL)
    connector.sandbox.faults.add(Fault(on(2), status=401, body="Unknown Basecamp ID", times=None))
    output = connector.read(["todos"])
    assert_failed(connector, output, ["todos"], "config_error", USER_REMOVED)
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
