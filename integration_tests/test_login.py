"""From an integration to a configuration that the connector takes: at a terminal, with a browser, without either."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.connector import Connector
from integration_tests.support.login_desk import (
    CLASSIC,
    CTRL_D,
    OLD,
    OTHER,
    PATIENCE,
    SIZE,
    Desk,
    Terminal,
    allow,
    assert_tells_no_secret,
    decided,
    land,
)
from sandbox import Sandbox


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Sandbox(SIZE, rate_limit=False) as sandbox, Desk(sandbox, tmp_path) as desk:
        yield desk


def signs_in(terminal: Terminal, desk: Desk) -> Terminal:
    """Tells the integration's id and secret."""
    terminal.reads("Client ID").types(desk.sandbox.tokens.client_id)
    return terminal.reads("Client secret").types(desk.sandbox.tokens.client_secret)


def config_of(desk: Desk) -> dict[str, Any]:
    return dict(json.loads(desk.config.read_text()))


def test_a_login_ends_with_a_configuration_that_the_connector_takes(desk: Desk) -> None:
    with desk.login() as terminal:
        terminal.reads("https://launchpad.37signals.com/integrations").reads(f"exactly {desk.redirect_uri}")
        signs_in(terminal, desk).reads("Waiting")
        landing = allow(desk.opened())
        assert terminal.ends() == 0
    account = desk.sandbox.account.account_id
    assert f"Connected: Honcho Design ({account})." in terminal.said
    assert "source-basecamp doctor" in terminal.said
    assert landing.page.status_code == 200
    for words in ("Connected to Honcho Design", "what Victor Cooper can see there", str(account), "close this tab"):
        assert words in landing.page.text
    assert_tells_no_secret(desk, terminal.said, landing.page.text)
    assert landing.query["code"] not in terminal.said + landing.page.text
    assert "noise" not in terminal.said
    assert "Traceback" not in terminal.said
    assert desk.files.keys() == {"config.json"}
    assert stat.S_IMODE(desk.config.stat().st_mode) == 0o600
    connector = Connector(desk.sandbox, desk.folder)
    connector.config = config_of(desk)
    assert connector.check().connection["status"] == "SUCCEEDED"
    # The code's; the access token that it brought is good for two weeks.
    assert desk.sandbox.log.count("/authorization/token") == 1


def test_the_configuration_holds_what_the_consent_brought(desk: Desk) -> None:
    process = desk.login_without_terminal("--json")
    allow(desk.opened())
    said, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    account = desk.sandbox.account.account_id
    assert json.loads(said) == {"account_id": account, "account_name": "Honcho Design", "config": "config.json"}
    config = config_of(desk)
    assert {**desk.sandbox.config(), "account_id": account}.items() <= config.items()
    assert desk.sandbox.tokens.accepts(f"Bearer {config['access_token']}")
    left = datetime.fromisoformat(config["token_expiry_date"]) - datetime.now(UTC)
    assert timedelta(days=13.9) < left <= timedelta(days=14)
    assert_tells_no_secret(desk, said, errors)
    assert "noise" not in said + errors


def test_every_request_to_launchpad_names_the_connector(desk: Desk) -> None:
    assert desk.login_at_once(allow).exit_code == 0
    by_browser = ("/authorization/new", "/authorization")
    asked = [each for each in desk.sandbox.log.requests if each.path not in by_browser]
    assert [each.path for each in asked] == ["/authorization.json", "/authorization/token", "/authorization.json"]
    assert all(each.headers["user-agent"].startswith("source-basecamp/") for each in asked)


def test_a_wrong_state_is_refused_and_the_right_answer_still_counts(desk: Desk) -> None:
    with desk.login(**desk.credentials) as terminal:
        address = desk.opened()
        strange = land(decided(address), state="somebody-elses")
        terminal.reads("Refused an answer that belongs to another login (wrong state).")
        assert (strange.page.status_code, "does not belong to the login" in strange.page.text) == (400, True)
        assert desk.sandbox.log.count("/authorization/token") == 0
        right = land(decided(address))
        assert terminal.ends() == 0
    assert "Connected" in right.page.text
    assert desk.files.keys() == {"config.json"}


def test_a_person_with_several_accounts_chooses_in_the_terminal(desk: Desk) -> None:
    desk.sandbox.tokens.accounts += [OLD, OTHER]
    with desk.login(**desk.credentials) as terminal:
        landing = allow(desk.opened())
        terminal.reads("Account to read").types("7").reads("not in the range").reads("Account to read").types("2")
        assert terminal.ends() == 0
    for words in ("Choose an account", "Victor Cooper", "Honcho Design, Enormi[/]com"):
        assert words in landing.page.text
    assert "not supported: Basecamp 2 has another API" in terminal.said
    assert "Connected: Enormi[/]com (222)." in terminal.said
    assert config_of(desk)["account_id"] == 222


def test_an_account_that_is_named_is_not_asked_for(desk: Desk) -> None:
    desk.sandbox.tokens.accounts += [OTHER]
    outcome = desk.login_at_once(allow, "--account", "222")
    assert (outcome.exit_code, config_of(desk)["account_id"]) == (0, 222)
    assert outcome.landing is not None
    assert "Connected to Enormi[/]com" in outcome.landing.page.text


def test_a_person_with_a_classic_account_can_choose_it_and_the_file_says_so(desk: Desk) -> None:
    desk.sandbox.tokens.accounts += [OLD, CLASSIC]
    with desk.login(**desk.credentials) as terminal:
        allow(desk.opened())
        terminal.reads("Basecamp Classic").reads("Account to read").types("2")
        assert terminal.ends() == 0
    assert "Connected: Enormicom (444)." in terminal.said
    config = config_of(desk)
    assert (config["account_id"], config["product"]) == (444, "classic")


def test_the_product_is_written_for_a_classic_account_only(desk: Desk) -> None:
    desk.sandbox.tokens.accounts += [CLASSIC]
    account = desk.sandbox.account.account_id
    assert desk.login_at_once(allow, "--account", str(account)).exit_code == 0
    assert "product" not in config_of(desk)
    assert desk.login_at_once(allow, "--account", "444", "--yes").exit_code == 0
    assert config_of(desk)["product"] == "classic"
    assert desk.login_at_once(allow, "--account", str(account), "--yes").exit_code == 0
    assert (config_of(desk)["account_id"], "product" in config_of(desk)) == (account, False)


def test_where_nobody_can_be_asked_a_classic_account_beside_the_only_other_one_is_left_alone(desk: Desk) -> None:
    desk.sandbox.tokens.accounts += [CLASSIC]
    assert desk.login_at_once(allow).exit_code == 0
    assert config_of(desk)["account_id"] == desk.sandbox.account.account_id
    assert "product" not in config_of(desk)


@pytest.mark.parametrize(("present", "left"), [("classic", "classic"), ("bc3", None), (None, None), ("x", None)])
def test_of_two_accounts_with_one_id_that_of_the_present_product_is_kept(
    desk: Desk, present: str | None, left: str | None
) -> None:
    account = desk.sandbox.account.account_id
    desk.sandbox.tokens.accounts = [{**CLASSIC, "id": account}, *desk.sandbox.tokens.accounts]
    desk.config.write_text(json.dumps({"account_id": account, "product": present, "project_ids": [1]}))
    assert desk.login_at_once(allow, "--account", str(account), "--yes").exit_code == 0
    assert (config_of(desk).get("product"), config_of(desk)["project_ids"]) == (left, [1])


def test_enter_keeps_the_classic_account_of_the_configuration(desk: Desk) -> None:
    account = desk.sandbox.account.account_id
    desk.sandbox.tokens.accounts += [{**CLASSIC, "id": account}]
    address = f"https://3.basecamp.com/{account}"
    desk.config.write_text(json.dumps({"account_id": address, "product": " Classic", "num_workers": 2}))
    with desk.login("--yes", **desk.credentials) as terminal:
        allow(desk.opened())
        terminal.reads("Account to read").types("")
        assert terminal.ends() == 0
    assert (config_of(desk)["account_id"], config_of(desk)["product"]) == (account, "classic")
    assert config_of(desk)["num_workers"] == 2


# --- a configuration that is there ------------------------------------------------------------------------------------


def test_a_configuration_stays_as_it_is_unless_a_person_says_yes(desk: Desk) -> None:
    desk.config.write_text('{"account_id": 5}')
    before = desk.files
    with desk.login() as terminal:
        terminal.reads("config.json exists. Replace the login in it?").types("n")
        assert terminal.ends() == 1
    assert "Nothing was changed: config.json stays as it is." in terminal.said
    assert "--config" in terminal.said
    # Asked before anything else, so that nobody allows access for nothing.
    assert (desk.files, desk.sandbox.log.requests) == (before, [])


def test_a_replaced_login_keeps_the_other_settings_and_what_enter_keeps(desk: Desk) -> None:
    settings = {"start_date": "2026-01-01", "num_workers": 2, "project_ids": [1], "of_somebody": {"else": True}}
    present = {**desk.sandbox.config(), "client_refresh_token_2": "old", **settings}
    desk.config.write_text(json.dumps(present))
    desk.config.chmod(0o644)
    with desk.login() as terminal:
        terminal.reads("Replace").types("y")
        terminal.reads("Client ID").types("").reads("Client secret").types("").reads("Waiting")
        allow(desk.opened())
        assert terminal.ends() == 0
    config = config_of(desk)
    assert settings.items() <= config.items()
    assert config["client_refresh_token_2"] == desk.sandbox.tokens.refresh_token
    assert stat.S_IMODE(desk.config.stat().st_mode) == 0o600
    assert_tells_no_secret(desk, terminal.said)


def test_another_account_leaves_the_projects_of_the_one_before(desk: Desk) -> None:
    desk.config.write_text(json.dumps({**desk.sandbox.config(), "account_id": 5, "project_ids": [1], "num_workers": 2}))
    outcome = desk.login_at_once(allow, "--yes")
    config = config_of(desk)
    assert (outcome.exit_code, config["num_workers"], "project_ids" in config) == (0, 2, False)
    assert "Left out 'project_ids': they were of account 5." in outcome.errors


def test_another_product_with_the_same_id_leaves_the_projects_of_the_one_before(desk: Desk) -> None:
    account = desk.sandbox.account.account_id
    desk.config.write_text(json.dumps({"account_id": account, "product": "classic", "project_ids": [1]}))
    outcome = desk.login_at_once(allow, "--yes")
    assert outcome.exit_code == 0
    assert config_of(desk).keys().isdisjoint({"product", "project_ids"})
    assert f"Left out 'project_ids': they were of account {account}." in outcome.errors


def test_without_a_terminal_a_configuration_is_replaced_with_yes_only(desk: Desk) -> None:
    desk.config.write_text("no JSON, but somebody's")
    before = desk.files
    outcome = desk.login_at_once(allow)
    assert (outcome.exit_code, outcome.landing) == (1, None)
    assert f"Without a terminal, permission to replace {desk.config} cannot be asked for." in outcome.errors
    assert "--yes" in outcome.errors
    assert desk.files == before
    assert desk.login_at_once(allow, "--yes").exit_code == 0
    assert config_of(desk)["account_id"] == desk.sandbox.account.account_id


# --- without a browser on this machine --------------------------------------------------------------------------------


def test_the_address_where_the_browser_ended_is_taken_pasted(desk: Desk) -> None:
    with desk.login("--no-browser", **desk.credentials) as terminal:
        terminal.reads("allow access:\r\n\r\n").reads("\r\n")
        address = terminal.said.split()[-1]
        ended = decided(address)
        terminal.reads("Paste it here").types(address)
        terminal.reads("There is no code in that.").reads("Paste it here").types("done")
        terminal.reads("There is no code in that.").reads("Paste it here").types(ended.replace("state=", "state=x"))
        terminal.reads("That address belongs to another login.").reads("Paste it here").types(f" '{ended}' ")
        assert terminal.ends() == 0
    assert config_of(desk)["client_refresh_token_2"] == desk.sandbox.tokens.refresh_token
    assert_tells_no_secret(desk, terminal.said)


def test_where_no_browser_can_be_opened_the_answer_is_pasted_and_the_code_alone_will_do(desk: Desk) -> None:
    nowhere = {"BROWSER": "", "DISPLAY": "", "WAYLAND_DISPLAY": "", **desk.credentials}
    with desk.login(**nowhere) as terminal:
        terminal.reads("on any machine").reads("allow access:\r\n\r\n").reads("\r\n")
        code = decided(terminal.said.split()[-1]).partition("code=")[2].partition("&")[0]
        terminal.reads("Paste it here").types(code)
        assert terminal.ends() == 0
    assert config_of(desk)["account_id"] == desk.sandbox.account.account_id


def test_a_pasted_refusal_is_one(desk: Desk) -> None:
    process = desk.login_without_terminal("--no-browser")
    assert process.stderr is not None
    address = next(line.strip() for line in process.stderr if "/authorization/new?" in line)
    said, errors = process.communicate(f"{decided(address, 'decline')}\n", timeout=PATIENCE)
    assert process.returncode == 1
    assert "You chose not to give access" in errors
    assert (said, desk.files) == ("", {})


# --- nobody to ask ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("missing", "remedy"),
    [
        (
            "BASECAMP_CLIENT_ID",
            "client ID of the integration cannot be asked for. Set BASECAMP_CLIENT_ID in the environment",
        ),
        ("BASECAMP_CLIENT_SECRET", "Set BASECAMP_CLIENT_SECRET in the environment, name a file that holds it with"),
    ],
)
def test_without_a_terminal_what_is_not_told_is_named_with_its_remedy(desk: Desk, missing: str, remedy: str) -> None:
    outcome = desk.login_at_once(allow, **{missing: ""})
    assert (outcome.exit_code, outcome.said, outcome.landing, desk.files) == (1, "", None, {})
    assert remedy in outcome.errors


def test_without_a_terminal_several_accounts_are_named(desk: Desk) -> None:
    desk.sandbox.tokens.accounts += [OTHER, OLD, CLASSIC]
    outcome = desk.login_at_once(allow)
    account = desk.sandbox.account.account_id
    names = f"Honcho Design ({account}), Enormi[/]com (222), Enormicom (444, Basecamp Classic)"
    assert f"name one with --account: {names}." in outcome.errors
    assert (outcome.exit_code, desk.files) == (1, {})


def test_an_input_that_stays_silent_is_not_waited_for_without_end(desk: Desk) -> None:
    process = desk.login_without_terminal("--no-browser", "--timeout", "1")
    # Its standard input stays open.
    assert process.wait(PATIENCE) == 1
    _, errors = process.communicate()
    assert "No address was pasted in 1 second, so nothing was connected." in errors


def test_the_end_of_the_input_is_no_answer(desk: Desk) -> None:
    with desk.login() as terminal:
        terminal.reads("Client ID").presses(CTRL_D)
        assert terminal.ends() == 1
    assert "No answer was given for the client ID of the integration. Set BASECAMP_CLIENT_ID" in terminal.said
    assert desk.files == {}


def test_the_secret_may_come_from_a_file(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"\ufeff{desk.sandbox.tokens.client_secret}\n", encoding="utf-8")
    outcome = desk.login_at_once(allow, "--client-secret-file", str(secret), BASECAMP_CLIENT_SECRET="")
    assert (outcome.exit_code, config_of(desk)["client_secret"]) == (0, desk.sandbox.tokens.client_secret)
