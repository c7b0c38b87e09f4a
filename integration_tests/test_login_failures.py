"""A login that comes to nothing says what to do, in the terminal and in the browser, and leaves files as they were."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.faults import without_waits
from integration_tests.support.login_desk import (
    CTRL_C,
    OLD,
    OTHER,
    SIZE,
    Browse,
    Desk,
    Landing,
    Terminal,
    allow,
    assert_tells_no_secret,
    decided,
    decline,
    land,
)
from sandbox import Fault, Sandbox

PRESENT = '{"account_id": 5, "client_secret": "of somebody"}'
WRONG_SECRET = "Launchpad refuses the client id or the client secret. Copy both again from your integration at "
DECLINED = "You chose not to give access"
NETWORK = "If it stays so, check this machine's network, name resolution and proxy."


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Sandbox(SIZE, rate_limit=False) as sandbox, Desk(sandbox, tmp_path) as desk:
        desk.config.write_text(PRESENT)
        yield desk


@dataclass(frozen=True)
class LoginFailure:
    """`says` stands in the terminal, and in the page where the browser comes back."""

    name: str
    says: str
    arrange: Callable[[Desk], Any] = lambda desk: None
    browse: Browse | None = allow
    arguments: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)


def assert_came_to_nothing(desk: Desk, case: LoginFailure, terminal: str, landing: Landing | None) -> None:
    assert "Error: " in terminal
    assert case.says in terminal
    assert "Traceback" not in terminal
    assert "\x1b" not in terminal
    assert desk.files == {"config.json": PRESENT.encode()}
    assert_tells_no_secret(desk, terminal)
    if landing:
        assert "Not connected" in landing.page.text
        assert case.says.replace("'", "&#x27;") in landing.page.text
        assert_tells_no_secret(desk, landing.page.text)
        assert landing.query.get("code") not in landing.page.text.split()


AT_A_TERMINAL = [
    LoginFailure("a wrong secret", WRONG_SECRET, env={"BASECAMP_CLIENT_SECRET": "wrong"}),
    LoginFailure("declined consent", DECLINED, browse=decline),
    LoginFailure(
        "a closed browser", "No answer came from the browser in 1 second", browse=None, arguments=("--timeout", "1")
    ),
    LoginFailure(
        "no network",
        f"Connection refused. {NETWORK}",
        browse=None,
        env={"BASECAMP_LAUNCHPAD_URL": "http://127.0.0.1:9"},
    ),
    LoginFailure(
        "a port that is taken",
        "cannot be used for the answer of the browser: another program uses it. Choose another one, such as --port ",
        arrange=lambda desk: desk.hold_port("127.0.0.1"),
        browse=None,
    ),
]


@pytest.mark.parametrize("case", AT_A_TERMINAL, ids=lambda case: case.name)
def test_a_person_reads_what_went_wrong_and_nothing_is_written(desk: Desk, case: LoginFailure) -> None:
    case.arrange(desk)
    with desk.login("--yes", *case.arguments, **desk.credentials | case.env) as terminal:
        landing = case.browse(desk.opened()) if case.browse else None
        assert terminal.ends() == 1
    assert_came_to_nothing(desk, case, terminal.said, landing)


def exchange_fails(**fault: Any) -> Callable[[Desk], None]:
    return lambda desk: desk.sandbox.faults.add(Fault("/authorization/token", times=None, **fault))


def expired(desk: Desk) -> None:
    desk.sandbox.tokens.app.code_lifetime = 0


def unlisted(desk: Desk) -> None:
    desk.sandbox.faults.add(Fault(r"/authorization\.json", skip=1, times=None, status=503))


def only_old(desk: Desk) -> None:
    desk.sandbox.tokens.accounts = [OLD]


def returning(**changes: str) -> Browse:
    return lambda address: land(decided(address, "decline" if "error" in changes else "allow"), **changes)


AT_ONCE = [
    LoginFailure(
        "a refusal", "Launchpad refused to give access (server_error)", browse=returning(error="server_error")
    ),
    LoginFailure(
        "a refusal that is no word",
        "Launchpad refused to give access (unknown error)",
        browse=returning(error="<script>alert(1)</script>\x1b[31m"),
    ),
    LoginFailure("no code", "Launchpad sent the browser back without a code.", browse=returning(code="")),
    LoginFailure("an old code", "Launchpad refuses the code: it was used before or is older than ten minutes", expired),
    LoginFailure("no network any more", NETWORK, exchange_fails(reset=True)),
    LoginFailure("Launchpad is down", "could not be used: it answered with status 503.", exchange_fails(status=503)),
    LoginFailure(
        "no refresh token", "Launchpad returned no refresh token", exchange_fails(body='{"access_token": "a"}')
    ),
    LoginFailure("no accounts are told", "accounts of this login: it answered with status 503. Run ", unlisted),
    LoginFailure(
        "another Launchpad that is not safe",
        "BASECAMP_LAUNCHPAD_URL is set to an address that is not safe for tokens.",
        env={"BASECAMP_LAUNCHPAD_URL": "http://launchpad.example", "BASECAMP_CLIENT_ID": ""},
    ),
    LoginFailure("no account is usable", "This login has no account that can be read", only_old),
    LoginFailure(
        "an account of somebody else",
        "Account 222 is not among the accounts of this login that can be read: Honcho Design (",
        arguments=("--account", "222"),
    ),
    LoginFailure("the port is taken on ::1", "another program uses it.", lambda desk: desk.hold_port("::1")),
    LoginFailure(
        "a folder that is not there",
        "cannot be written to nowhere/config.json",
        arguments=("--config", "nowhere/config.json"),
    ),
    LoginFailure(
        "no secret file", "cannot be read from none: No such file", arguments=("--client-secret-file", "none")
    ),
]


@pytest.mark.parametrize("case", AT_ONCE, ids=lambda case: case.name)
def test_whatever_else_goes_wrong_is_said_in_words_too(
    desk: Desk, case: LoginFailure, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_waits(monkeypatch)
    case.arrange(desk)
    outcome = desk.login_at_once(case.browse or allow, "--yes", *case.arguments, **case.env)
    assert (outcome.exit_code, outcome.said) == (1, "")
    assert_came_to_nothing(desk, case, outcome.errors, outcome.landing)


def test_what_fails_once_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    without_waits(monkeypatch)
    desk.sandbox.faults.add(
        Fault("/authorization/token", status=503), Fault(r"/authorization\.json", skip=1, status=502)
    )
    assert desk.login_at_once(allow, "--yes").exit_code == 0
    assert desk.sandbox.faults.unused == []


# --- Ctrl-C -----------------------------------------------------------------------------------------------------------


def at_the_first_question(terminal: Terminal, desk: Desk) -> None:
    terminal.reads("Replace the login in it?")


def at_the_client_id(terminal: Terminal, desk: Desk) -> None:
    at_the_first_question(terminal, desk)
    terminal.types("y").reads("Client ID")


def at_the_secret(terminal: Terminal, desk: Desk) -> None:
    at_the_client_id(terminal, desk)
    terminal.types(desk.sandbox.tokens.client_id).reads("Client secret")


def while_the_browser_is_open(terminal: Terminal, desk: Desk) -> None:
    at_the_secret(terminal, desk)
    terminal.types(desk.sandbox.tokens.client_secret).reads("Ctrl-C stops.")


def at_the_accounts(terminal: Terminal, desk: Desk) -> None:
    desk.sandbox.tokens.accounts += [OTHER]
    while_the_browser_is_open(terminal, desk)
    allow(desk.opened())
    terminal.reads("Account to read")


def at_the_pasted_address(terminal: Terminal, desk: Desk) -> None:
    at_the_secret(terminal, desk)
    terminal.types(desk.sandbox.tokens.client_secret).reads("Paste it here")


STEPS = (
    at_the_first_question,
    at_the_client_id,
    at_the_secret,
    while_the_browser_is_open,
    at_the_accounts,
    at_the_pasted_address,
)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_ctrl_c_stops_at_once_and_leaves_everything_as_it_was(
    desk: Desk, step: Callable[[Terminal, Desk], None]
) -> None:
    before = desk.files
    with desk.login(*(["--no-browser"] if step is at_the_pasted_address else [])) as terminal:
        step(terminal, desk)
        terminal.presses(CTRL_C).reads("Stopped by SIGINT. Nothing was connected, and config.json is as it was.")
        assert terminal.shows_typing()
        assert terminal.ends() == 130
    assert "Traceback" not in terminal.said
    assert desk.files == before
    assert_tells_no_secret(desk, terminal.said)


def test_ctrl_c_while_the_code_is_exchanged_is_told_in_the_browser(desk: Desk) -> None:
    before = desk.files
    with desk.login("--yes", **desk.credentials) as terminal:
        ended = decided(desk.opened())

        def press(account: object) -> None:
            terminal.presses(CTRL_C).reads("Stopped by SIGINT.")

        desk.sandbox.faults.add(Fault("/authorization/token", before=press))
        landing = land(ended)
        assert terminal.ends() == 130
    assert "The login was stopped in the terminal." in landing.page.text
    assert desk.files == before
