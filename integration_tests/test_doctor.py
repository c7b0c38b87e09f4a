"""What `doctor` finds wrong is told in words, with what to do; what depends on it is left out; no secret is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integration_tests.support.cli import Person, Shown
from integration_tests.support.doctor_cases import CASES, DoctorCase, environment
from integration_tests.support.faults import without_waits
from integration_tests.support.messages import account, without_system_words
from integration_tests.support.tls import behind_tls
from sandbox import Sandbox


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    without_waits(monkeypatch)


def by_title(shown: Shown) -> dict[str, dict[str, str]]:
    return {finding["title"]: finding for finding in shown.json["findings"]}


def assert_no_secret(person: Person, shown: Shown) -> None:
    config = {**person.sandbox.config(), **(person.config if _is_json(person.file) else {})}
    secrets = ("client_id", "client_secret", "client_refresh_token_2", "access_token")
    values = [str(config[key]) for key in secrets if len(str(config.get(key, ""))) > 8]
    assert not [value for value in [*values, "hunter2"] if value in shown.out + shown.err]


def _is_json(file: Path) -> bool:
    return file.exists() and file.read_text() != "{"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_wrong_is_said_once_with_what_to_do(person: Person, case: DoctorCase) -> None:
    case.arrange(person)
    shown = person.run_here("doctor", "--streams", "todos", "--json")
    findings = by_title(shown)
    found = findings[case.title]
    names = {"url": person.sandbox.url}
    assert without_system_words(found["detail"]) == case.says.format(**names)
    assert (found["state"], found["hint"]) == (case.state, case.hint.format(**names))
    assert {title for title, other in findings.items() if other["state"] == "skipped"} == case.skipped
    assert [title for title, other in findings.items() if other["state"] not in ("ok", "skipped")] == [
        title for title in [case.title] if case.state != "ok"
    ]
    assert shown.exit_code == (case.state == "failure")
    assert shown.err == ""
    assert_no_secret(person, shown)


def test_an_address_that_is_not_safe_is_said_of_each_host(person: Person) -> None:
    environment(BASECAMP_BASE_URL="http://example.com")(person)
    shown = person.run_here("doctor", "--json")
    says = (
        "The environment variable BASECAMP_BASE_URL is set to an address that is not safe for tokens. Use https, or "
        "http on localhost only, or unset it."
    )
    failed = {title: found["detail"] for title, found in by_title(shown).items() if found["state"] == "failure"}
    assert failed == {"Launchpad": says, "Basecamp": says}
    assert shown.exit_code == 1
    assert not person.sandbox.log.requests


def test_a_certificate_that_nobody_knows_is_mended_by_naming_it(person: Person) -> None:
    with behind_tls(person.folder) as (url, certificate):
        person.env |= {"BASECAMP_LAUNCHPAD_URL": url, "REQUESTS_CA_BUNDLE": ""}
        found = by_title(person.run_here("doctor", "--json"))["Launchpad"]
        host = url.removeprefix("https://")
        assert found["state"] == "failure"
        assert found["detail"].startswith(f"No complete answer from {host}: no secure connection, [SSL: CERTIFICATE")
        assert found["hint"] == (
            "Where a proxy opens TLS, name its certificate: REQUESTS_CA_BUNDLE=/path/to/certificates.pem"
        )
        person.env |= {"REQUESTS_CA_BUNDLE": str(certificate)}
        found = by_title(person.run_here("doctor", "--json"))["Launchpad"]
    assert found["state"] == "ok"
    assert found["detail"] == (
        f"{url}, set in the environment, answers over a secure connection. Certificates are checked against "
        f"{certificate}."
    )


def test_a_proxy_that_is_used_is_named_without_its_password(person: Person) -> None:
    with Sandbox() as proxy:
        host = proxy.url.removeprefix("http://")
        person.env |= {"http_proxy": f"http://me:hunter2@{host}", "NO_PROXY": "", "no_proxy": ""}
        # To a proxy a request is one as to anybody else, but for its first line, which the sandbox does not look at.
        shown = person.run_here("doctor", "--json")
        assert proxy.log.requests
    found = by_title(shown)["Basecamp"]
    assert (found["state"], f"The proxy http://{host} stands in between." in found["detail"]) == ("ok", True)
    assert "hunter2" not in shown.out


@pytest.mark.parametrize(
    ("left", "says"),
    [
        (timedelta(days=3, minutes=1), "3 days"),
        (timedelta(days=1, hours=3, seconds=30), "1 day 3 hours"),
        (timedelta(hours=5, minutes=2, seconds=30), "5 hours 2 minutes"),
        (timedelta(minutes=1, seconds=30), "1 minute"),
    ],
)
def test_a_token_that_is_kept_costs_no_request_and_says_how_long_it_lasts(
    person: Person, left: timedelta, says: str
) -> None:
    moment = datetime.now(UTC) + left
    person.save(access_token=person.sandbox.tokens.issue(), token_expiry_date=moment.isoformat())
    before = person.config
    found = by_title(person.run_here("doctor", "--streams", "people", "--json"))["token"]
    assert (
        found["detail"] == f"The kept access token of Victor Cooper (victor@honcho.example) works for another {says}."
    )
    assert person.sandbox.log.count("/authorization/token") == 0
    assert person.config == before


@pytest.mark.parametrize("rotates", [False, True])
def test_new_tokens_are_saved_and_nothing_else_of_the_file_changes(person: Person, rotates: bool) -> None:
    person.sandbox.tokens.rotate = rotates
    person.save(start_date="2026-01-01", note="mine")
    before = person.config
    assert person.run_here("doctor", "--streams", "people").exit_code == 0
    after = person.config
    changed = {"access_token", "token_expiry_date"} | ({"client_refresh_token_2"} if rotates else set())
    assert {key for key in after if after[key] != before.get(key)} == changed
    assert after["client_refresh_token_2"] == person.sandbox.tokens.refresh_token
    assert person.file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("rotates", [False, True])
def test_tokens_that_cannot_be_saved_are_a_warning_unless_the_next_sync_needs_them(
    person: Person, rotates: bool
) -> None:
    person.sandbox.tokens.rotate = rotates
    # A name to which not one letter can be added, as the file beside it needs that takes its place.
    name = "c" * 255
    person.file.rename(person.folder / name)
    shown = person.run_here("doctor", "--config", name, "--streams", "people", "--json")
    found = by_title(shown)["token"]
    unsaved = f"The configuration cannot be written to {name}: File name too long. Choose another place with --config."
    if rotates:
        lost = "Launchpad has replaced the refresh token, and the new one is lost."
        assert (found["state"], found["detail"]) == ("failure", f"{lost} {unsaved}")
        assert found["hint"] == f"source-basecamp login --config {name}"
        assert shown.exit_code == 1
    else:
        token = "A new access token of Victor Cooper (victor@honcho.example) works for another 14 days."
        assert (found["state"], found["detail"]) == ("warning", f"{token} {unsaved}")
        assert found["hint"] == "Until then, each run asks for a new access token."
        assert shown.exit_code == 0


def test_an_account_of_another_product_with_the_same_id_is_not_in_the_way(person: Person) -> None:
    tokens = person.sandbox.tokens
    tokens.accounts.insert(0, dict(account("bcx", id=tokens.accounts[0]["id"])))
    found = by_title(person.run_here("doctor", "--streams", "people", "--json"))["account"]
    assert (found["state"], found["detail"]) == (
        "ok",
        "Honcho Design (1999990) is a Basecamp 3, 4 or 5 account, and answers.",
    )
