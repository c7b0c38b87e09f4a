"""`check` says what is wrong with a configuration before anything is asked of Basecamp."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.connector import ROOT, Connector
from sandbox import AccountSize

SMALL = AccountSize(projects=1, todos=3, messages=0, schedule_entries=0)
INVALID = sorted((ROOT / "integration_tests" / "invalid_configs").glob("*.json"))
FIELDS = {"account": "account_id", "start": "start_date", "empty": "client_secret", "missing": "client_refresh_token_2"}


def test_a_good_configuration_succeeds_with_one_token_and_one_page(connect: Callable[..., Connector]) -> None:
    connector = connect(SMALL)
    output = connector.check()
    assert output.exit_code == 0
    assert output.connection == {"status": "SUCCEEDED"}
    assert [request.path for request in connector.sandbox.log.requests] == [
        "/authorization/token",
        f"/{SMALL.account_id}/projects.json",
    ]


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_a_bad_configuration_fails_before_any_request_and_names_the_field(
    connect: Callable[..., Connector], path: Path
) -> None:
    connector = connect(SMALL)
    connector.config = json.loads(path.read_text())
    output = connector.check()
    field = "account_id" if path.stem == "missing_account" else FIELDS[path.stem.partition("_")[0]]
    assert output.exit_code == 0
    assert output.connection["status"] == "FAILED"
    assert f"'{field}'" in output.connection["message"]
    assert "Traceback" not in output.connection["message"] + output.stderr
    assert not connector.sandbox.log.requests


def test_discover_and_read_refuse_a_bad_configuration_in_the_same_words(
    connect: Callable[..., Connector],
) -> None:
    connector = connect(SMALL)
    words = connector.check(account_id="12x").connection["message"]
    connector.config["account_id"] = "12x"
    for output in (connector.discover(), connector.read(["todos"])):
        assert output.exit_code == 1
        (error,) = output.errors
        assert (error["message"], error["failure_type"]) == (words, "config_error")
    assert not connector.sandbox.log.requests


@pytest.mark.parametrize("account_id", ["{}", "{}.0", " {} ", "https://3.basecamp.com/{}/projects"])
def test_an_account_id_is_taken_as_a_text_too(connect: Callable[..., Connector], account_id: str) -> None:
    connector = connect(SMALL)
    assert connector.check(account_id=account_id.format(SMALL.account_id)).connection["status"] == "SUCCEEDED"


def test_a_configuration_is_taken_as_it_is_pasted_and_as_forms_send_it(connect: Callable[..., Connector]) -> None:
    connector = connect(SMALL)
    secrets = ("client_id", "client_secret", "client_refresh_token_2")
    pasted = {name: f"\n {connector.config[name]}\r\n" for name in secrets}
    cleared = dict.fromkeys(("start_date", "project_ids", "num_workers", "lookback_minutes", "access_token"), "")
    assert connector.check(**pasted, **cleared).connection == {"status": "SUCCEEDED"}


def test_standard_output_of_the_command_carries_protocol_messages_only(
    connect_process: Callable[..., Connector],
) -> None:
    """That nothing is printed while Python starts, test_wheel.py sees."""
    connector = connect_process(SMALL)
    # Each line of each run was parsed as JSON; an unknown type would be somebody else's print.
    outputs = [connector.spec(), connector.check(), connector.discover(), connector.read()]
    known = {"SPEC", "LOG", "CONTROL", "CONNECTION_STATUS", "CATALOG", "RECORD", "STATE", "TRACE"}
    assert {message["type"] for output in outputs for message in output.messages} == known
    assert [output.stderr for output in outputs] == ["", "", "", ""]


def test_a_token_in_the_configuration_is_used_until_it_ends(connect: Callable[..., Connector]) -> None:
    connector = connect(SMALL)
    token: dict[str, Any] = {"access_token": connector.sandbox.tokens.issue()}
    assert connector.check(**token, token_expiry_date="2099-01-01T00:00:00Z").connection["status"] == "SUCCEEDED"
    assert connector.sandbox.log.count("/authorization") == 0
    for expiry in ("2020-01-01T00:00:00Z", "", "nonsense", None):
        connector.sandbox.log.clear()
        assert connector.check(**token, token_expiry_date=expiry).connection["status"] == "SUCCEEDED"
        assert connector.sandbox.log.count("/authorization") == 1
