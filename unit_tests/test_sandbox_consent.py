"""The sandbox's consent page and its codes follow Launchpad's rules, seen by a client over a socket."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sandbox import AccountSize, Sandbox

pytestmark = pytest.mark.sandbox

URI = "http://localhost:8487/callback"


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(AccountSize(todos=1, messages=1, schedule_entries=1)) as sandbox:
        yield sandbox


def asked(sandbox: Sandbox, **changes: str) -> requests.Response:
    query = {"response_type": "code", "client_id": sandbox.tokens.client_id, "redirect_uri": URI, "state": "s&1"}
    wanted = {name: value for name, value in {**query, **changes}.items() if value}
    return requests.get(f"{sandbox.url}/authorization/new", params=wanted, timeout=5)


def decided(sandbox: Sandbox, decision: str, **changes: str) -> requests.Response:
    page = asked(sandbox, **changes).text
    form = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)">\n', page)}
    return requests.post(
        f"{sandbox.url}/authorization", data={**form, "decision": decision}, timeout=5, allow_redirects=False
    )


def sent_back(answer: requests.Response) -> dict[str, str]:
    """The parameters with which the browser goes back to the app."""
    assert answer.status_code == 303
    address, _, query = answer.headers["Location"].partition("?")
    assert address == URI
    return {name: value for name, (value,) in parse_qs(query).items()}


def exchanged(sandbox: Sandbox, code: str, **changes: str) -> requests.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": sandbox.tokens.client_id,
        "client_secret": sandbox.tokens.client_secret,
        "redirect_uri": URI,
        "code": code,
    }
    return requests.post(f"{sandbox.url}/authorization/token", data=form | changes, timeout=5)


def test_yes_sends_a_code_and_the_state_back_and_the_code_becomes_tokens(served: Sandbox) -> None:
    answer = sent_back(decided(served, "allow"))
    assert answer.keys() == {"code", "state"}
    assert answer["state"] == "s&1"
    tokens = exchanged(served, answer["code"]).json()
    assert tokens["refresh_token"] == served.config()["client_refresh_token_2"]
    account = requests.get(
        f"{served.account_url}/account.json",
        headers=served.headers(Authorization=f"Bearer {tokens['access_token']}"),
        timeout=5,
    )
    assert account.status_code == 200


def test_no_sends_access_denied_and_the_state_back(served: Sandbox) -> None:
    assert sent_back(decided(served, "decline")) == {"error": "access_denied", "state": "s&1"}


def test_without_a_state_the_redirect_has_none(served: Sandbox) -> None:
    assert sent_back(decided(served, "allow", state="")).keys() == {"code"}


def test_the_legacy_parameters_are_accepted(served: Sandbox) -> None:
    assert asked(served, response_type="", type="web_server").status_code == 200
    code = sent_back(decided(served, "allow"))["code"]
    assert exchanged(served, code, grant_type="", type="web_server").status_code == 200


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"response_type": "token"}, "Only the response type code is supported"),
        ({"client_id": "somebody"}, "No integration has this client_id"),
        ({"redirect_uri": "http://localhost:8487/"}, "Provided redirect_uri is not approved"),
        ({"redirect_uri": "http://localhost:8488/callback"}, "Provided redirect_uri is not approved"),
        ({"redirect_uri": ""}, "Provided redirect_uri is not approved"),
    ],
)
def test_an_unregistered_app_or_address_is_refused_without_a_redirect(
    served: Sandbox, changes: dict[str, str], words: str
) -> None:
    answer = asked(served, **changes)
    assert (answer.status_code, words in answer.text, "<form" in answer.text) == (400, True, False)


def test_a_decision_for_an_unregistered_redirect_uri_is_not_redirected(served: Sandbox) -> None:
    form = {"client_id": served.tokens.client_id, "redirect_uri": "https://example.com/", "decision": "allow"}
    answer = requests.post(f"{served.url}/authorization", data=form, timeout=5, allow_redirects=False)
    assert (answer.status_code, "Location" in answer.headers) == (400, False)


def test_parameters_that_the_page_shows_are_escaped(served: Sandbox) -> None:
    page = asked(served, state='"><script>alert(1)</script>').text
    assert "<script>" not in page
    assert 'value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in page


def test_a_code_works_once(served: Sandbox) -> None:
    code = sent_back(decided(served, "allow"))["code"]
    assert exchanged(served, code).status_code == 200
    again = exchanged(served, code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_code_ends_after_its_lifetime(served: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    assert served.tokens.app.code_lifetime == 600
    code = sent_back(decided(served, "allow"))["code"]
    later = time.monotonic() + 600
    monkeypatch.setattr("sandbox.server.consent.monotonic", lambda: later)
    assert exchanged(served, code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"redirect_uri": "http://localhost:1/callback"}, 400, "invalid_grant"),
        ({"code": "made-up"}, 400, "invalid_grant"),
    ],
)
def test_a_refused_exchange_says_what_is_wrong(
    served: Sandbox, changes: dict[str, str], status: int, error: str
) -> None:
    code = sent_back(decided(served, "allow"))["code"]
    answer = exchanged(served, **{"code": code, **changes})
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_wrong_secret_does_not_spend_the_code(served: Sandbox) -> None:
    code = sent_back(decided(served, "allow"))["code"]
    assert exchanged(served, code, client_secret="wrong").status_code == 401
    assert exchanged(served, code).status_code == 200


def test_a_redirect_uri_with_a_query_keeps_it(served: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served.tokens.app, "redirect_uris", ["http://localhost:9/callback?from=basecamp"])
    answer = decided(served, "allow", redirect_uri="http://localhost:9/callback?from=basecamp")
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert query.keys() == {"from", "code", "state"}
