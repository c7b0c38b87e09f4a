"""The consent, the pages and the secret of a login."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from rich.console import Console

from source_basecamp import terminal
from source_basecamp.login import pages
from source_basecamp.login.credentials import Credentials, credentials
from source_basecamp.login.oauth import Consent, DeclinedError, NoAnswerError, WrongStateError
from source_basecamp.process import CommandError

URI = "http://localhost:8487/callback"
CONSENT = Consent("id&1", URI, "the-state")


def test_the_address_asks_launchpad_and_names_everything_once() -> None:
    parts = urlsplit(CONSENT.address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://launchpad.37signals.com/authorization/new"
    assert parse_qs(parts.query) == {
        "response_type": ["code"],
        "client_id": ["id&1"],
        "redirect_uri": [URI],
        "state": ["the-state"],
    }


def test_the_address_follows_the_launchpad_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASECAMP_LAUNCHPAD_URL", "http://127.0.0.1:9/")
    assert CONSENT.address.startswith("http://127.0.0.1:9/authorization/new?")


def test_no_two_consents_have_the_same_state() -> None:
    states = {Consent("id", URI).state for _ in range(100)}
    assert len(states) == 100
    assert all(len(state) >= 43 for state in states)


@pytest.mark.parametrize(
    "text",
    [
        f"{URI}?code=c0de&state=the-state",
        f"  {URI}?state=the-state&code=c0de  \n",
        f"'{URI}?code=c0de&state=the-state'",
        f"<{URI}?code=c0de&state=the-state>",
        f"{URI}?code=c0de&state=the-state#_=_",
        "localhost:8487/callback?code=c0de&state=the-state",
        "code=c0de&state=the-state",
        "c0de",
        " c0de\n",
    ],
)
def test_the_code_is_found_in_what_people_paste(text: str) -> None:
    assert CONSENT.code_in_text(text) == "c0de"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (f"{URI}?code=c0de&state=another", WrongStateError),
        (f"{URI}?code=c0de", WrongStateError),
        ("code=c0de", WrongStateError),
        (f"{URI}?error=access_denied", WrongStateError),
        (f"{URI}?error=access_denied&state=the-state", DeclinedError),
        (f"{URI}?error=server_error&state=the-state", CommandError),
        (f"{URI}?code=&state=the-state", NoAnswerError),
        (CONSENT.address, NoAnswerError),
        (URI, NoAnswerError),
        ("two words", NoAnswerError),
        ("yes", NoAnswerError),
        ("allow", NoAnswerError),
        ("1", NoAnswerError),
        ("c0de\x1b[A", NoAnswerError),
        ("c0dé", NoAnswerError),
        (CONSENT.client_id, NoAnswerError),
        ("''", NoAnswerError),
        ("", NoAnswerError),
    ],
)
def test_what_holds_no_code_of_this_consent_is_not_taken_for_one(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        CONSENT.code_in_text(text)


NASTY = "<script>alert(1)</script>\"&'"


@pytest.mark.parametrize(
    "page",
    [
        pages.connected(NASTY, 1, NASTY, NASTY),
        pages.to_be_chosen(NASTY, [NASTY, f"`{NASTY}`"]),
        pages.failed(NASTY),
        pages.failed(f"{NASTY} $style `{NASTY}`"),
    ],
)
def test_what_others_have_named_is_only_text_in_a_page(page: pages.Page) -> None:
    html = page.body.decode()
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;&#x27;" in html


@pytest.mark.parametrize(
    "page", [pages.connected("A", 1, "B", "c.json"), pages.declined(), pages.failed("It failed."), pages.foreign()]
)
def test_a_page_needs_nothing_but_itself(page: pages.Page) -> None:
    html = page.body.decode()
    assert not [word for word in ("src=", "@import", "url(", "<link", "<script", " style=") if word in html]
    assert "You can close this tab." in html


def test_a_command_and_the_integrations_page_stand_out() -> None:
    html = pages.failed(
        "Run `source-basecamp login` or see https://launchpad.37signals.com/integrations."
    ).body.decode()
    assert "<code>source-basecamp login</code>" in html
    assert '<a href="https://launchpad.37signals.com/integrations">' in html


def test_a_secret_is_in_no_representation() -> None:
    assert "s3cret" not in repr(Credentials("id", "s3cret"))
    assert CONSENT.state not in repr(CONSENT)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "it is empty"), (b" \n", "it is empty"), (b"a\nb", "several lines"), (b"\xff", "not a text")],
)
def test_a_file_that_holds_no_secret_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=f"cannot be read from .*secret: .*{reason}"):
        credentials({}, file, URI)


def test_the_secret_that_is_there_is_not_offered_to_another_integration(monkeypatch: pytest.MonkeyPatch) -> None:
    present = {"client_id": "old", "client_secret": "s3cret"}
    monkeypatch.delenv("BASECAMP_CLIENT_SECRET", raising=False)
    monkeypatch.setenv("BASECAMP_CLIENT_ID", "old")
    assert credentials(present, None, URI) == Credentials("old", "s3cret")
    monkeypatch.setenv("BASECAMP_CLIENT_ID", "new")
    with pytest.raises(
        CommandError, match="Without a terminal, the client secret of the integration cannot be asked for"
    ):
        credentials(present, None, URI)


def test_a_name_is_shown_as_it_is_and_commands_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(width=80, force_terminal=False)
    with console.capture() as shown:
        terminal.print_table(("account",), [("[red]Honcho[/] [/nothing] \x1b]0;title\x07",)], screen=console)
    assert "[red]Honcho[/] [/nothing] \N{REPLACEMENT CHARACTER}]0;title\N{REPLACEMENT CHARACTER}" in shown.get()
