"""What can be wrong with a configuration, a network or an account, and what `doctor` says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from integration_tests.support.cli import Person
from integration_tests.support.messages import (
    FOREIGN,
    INACTIVE,
    LATER,
    NETWORK,
    NOT_AMONG,
    OTHER,
    REDIRECTED,
    REVOKED,
    TOKEN_REFUSED,
    UNAVAILABLE,
    UNUSABLE,
    WRONG_CLIENT,
    account,
)
from integration_tests.support.ports import CLOSED
from sandbox import Fault

WITHIN_REACH = NETWORK.removesuffix(f" {LATER}")
HTML = {"Content-Type": "text/html"}
AFTER_ACCOUNT = {"projects", "archived projects"}
AFTER_TOKEN = {"account"} | AFTER_ACCOUNT
AFTER_CONFIGURATION = AFTER_TOKEN | {"token"}
AFTER_NETWORK = AFTER_TOKEN | {"rate limit"}

Arrange = Callable[[Person], object]


@dataclass(frozen=True)
class DoctorCase:
    """What is wrong, and what is found about it. `{url}` and `{host}` stand for the sandbox's."""

    name: str
    arrange: Arrange
    title: str
    says: str
    hint: str = ""
    state: str = "failure"
    skipped: set[str] = field(default_factory=set)


def configured(**config: Any) -> Arrange:
    return lambda person: person.save(**config)


def with_content(text: str) -> Arrange:
    return lambda person: person.file.write_text(text)


def answering(path: str, **fault: Any) -> Arrange:
    return lambda person: person.sandbox.faults.add(Fault(path, times=None, **fault))


def environment(**variables: str) -> Arrange:
    def arrange(person: Person) -> None:
        host = person.sandbox.url.removeprefix("http://")
        person.env |= {name: value.format(host=host) for name, value in variables.items()}

    return arrange


def of_another_account(product: str | None) -> Arrange:
    def arrange(person: Person) -> None:
        person.save(account_id=OTHER)
        person.sandbox.tokens.accounts += [dict(account(product))] if product else []

    return arrange


def inactive(person: Person) -> None:
    person.sandbox.switches.inactive = True


def skewed(seconds: int) -> Arrange:
    return lambda person: setattr(person.sandbox.switches, "clock_skew_seconds", seconds)


def expired(person: Person) -> None:
    person.save(access_token=person.sandbox.tokens.issue(), token_expiry_date="2099-01-01T00:00:00Z")
    person.sandbox.tokens.expire_all()


LOGIN = "source-basecamp login --config config.json"
CLOCK = (
    "Set it, best by NTP. It decides until when an access token is kept, and up to which day time entries are read. "
    "All other records are read by Basecamp's timestamps."
)

CASES = [
    DoctorCase(
        "no file",
        lambda person: person.file.unlink(),
        "configuration",
        "There is no configuration at config.json. Make one with `source-basecamp login`, or name another with "
        "--config.",
        skipped=AFTER_CONFIGURATION | {"file mode"},
    ),
    DoctorCase(
        "no JSON",
        with_content("{"),
        "configuration",
        "The configuration at config.json cannot be read: it is not JSON. Correct it, or make a new one with "
        "`source-basecamp login`.",
        skipped=AFTER_CONFIGURATION,
    ),
    DoctorCase(
        "an invalid value",
        configured(account_id="12x"),
        "configuration",
        "'account_id' has to be a whole number above zero: take the number behind https://3.basecamp.com/ in the "
        "address of your Basecamp. For Basecamp Classic, `source-basecamp login` finds it.",
        skipped=AFTER_CONFIGURATION,
    ),
    DoctorCase(
        "an option of no effect",
        configured(project_id=7),
        "configuration",
        "config.json is valid. It sets account_id (1999990), client_id, client_secret, client_refresh_token_2. Unknown "
        "options, ignored: 'project_id'.",
        "The options are account_id, client_id, client_secret, client_refresh_token_2, start_date, project_ids, "
        "lookback_minutes, timesheet_lookback_days, num_workers, product.",
        state="warning",
    ),
    DoctorCase(
        "a file that others can read",
        lambda person: person.file.chmod(0o640),
        "file mode",
        "config.json holds secrets, and others on this machine may use it (mode 0640).",
        "chmod 600 config.json",
        state="warning",
    ),
    DoctorCase("a wrong secret", configured(client_secret="wrong"), "token", WRONG_CLIENT, LOGIN, skipped=AFTER_TOKEN),
    DoctorCase(
        "a revoked refresh token",
        lambda person: person.sandbox.tokens.revoke_refresh_token(),
        "token",
        REVOKED,
        LOGIN,
        skipped=AFTER_TOKEN,
    ),
    DoctorCase(
        "an access token that ended early",
        expired,
        "token",
        "A new access token of Victor Cooper (victor@honcho.example) works for another 14 days.",
        state="ok",
    ),
    DoctorCase(
        "Launchpad's tokens down",
        answering("/authorization/token", status=503, body=""),
        "token",
        f"{UNUSABLE}it answered with status 503. {LATER}",
        skipped=AFTER_TOKEN,
    ),
    DoctorCase(
        "a token that Launchpad never takes",
        answering(r"/authorization\.json", status=401, body=""),
        "token",
        TOKEN_REFUSED.format(account=1999990),
        skipped=AFTER_TOKEN,
    ),
    DoctorCase(
        "a wrong account",
        of_another_account(None),
        "account",
        f"{NOT_AMONG}It can read: Honcho Design (1999990). Correct 'account_id', or authorise the connection as a user "
        "of account 222.",
        "`source-basecamp accounts --config config.json` lists them.",
        skipped=AFTER_ACCOUNT,
    ),
    DoctorCase(
        "a Basecamp 2 account",
        of_another_account("bcx"),
        "account",
        "Account 222 (Old & Co) is a Basecamp 2 account, which has another API. This connector reads Basecamp 3, 4 "
        "and 5, and Basecamp Classic. It can read: Honcho Design (1999990).",
        "`source-basecamp accounts --config config.json` lists them.",
        skipped=AFTER_ACCOUNT,
    ),
    DoctorCase(
        "a Basecamp Classic account without 'product'",
        of_another_account("basecamp"),
        "account",
        "Account 222 (Old & Co) is a Basecamp Classic account: set 'product' to 'classic'.",
        skipped=AFTER_ACCOUNT,
    ),
    DoctorCase(
        "a product written with a capital",
        configured(product=" BC3"),
        "configuration",
        "config.json is valid. It sets account_id (1999990), client_id, client_secret, client_refresh_token_2, product "
        "(bc3).",
        state="ok",
    ),
    DoctorCase(
        "an inactive account",
        inactive,
        "account",
        INACTIVE.format(account=1999990),
        skipped=AFTER_ACCOUNT,
    ),
    DoctorCase(
        "a clock that is behind",
        skewed(300),
        "clock",
        "This machine's clock is 5 minutes behind Basecamp's.",
        CLOCK,
        state="warning",
    ),
    DoctorCase(
        "a clock that is far ahead",
        skewed(-26 * 3600),
        "clock",
        "This machine's clock is 1 day 2 hours ahead of Basecamp's.",
        CLOCK,
        state="warning",
    ),
    DoctorCase(
        "a project out of sight",
        configured(project_ids=[3, 4]),
        "projects",
        "'project_ids' names projects that the user who authorised this connection cannot see: 3, 4. Correct them, or "
        "add the user to these projects in Basecamp.",
        "Visible are 4 active, 1 archived, 0 trashed.",
        skipped={"archived projects"},
    ),
    DoctorCase(
        "nobody listens",
        environment(BASECAMP_BASE_URL=f"http://{CLOSED}"),
        "Basecamp",
        f"No complete answer from http://{CLOSED}: Failed to establish a new connection: [system]. {WITHIN_REACH}",
        f"Compare with another program: curl -I http://{CLOSED}",
        skipped=AFTER_NETWORK,
    ),
    DoctorCase(
        "an unknown name",
        environment(BASECAMP_LAUNCHPAD_URL="https://nowhere.invalid"),
        "Launchpad",
        f"No complete answer from nowhere.invalid: Failed to resolve 'nowhere.invalid' ([system]). {WITHIN_REACH}",
        "Compare with another program: curl -I https://nowhere.invalid",
        skipped=AFTER_CONFIGURATION,
    ),
    DoctorCase(
        "a proxy that refuses",
        environment(BASECAMP_BASE_URL="https://nowhere.invalid", HTTPS_PROXY="http://me:hunter2@{host}"),
        "Basecamp",
        "No complete answer from nowhere.invalid: the proxy could not be used, Tunnel connection failed: 400 Bad "
        f"Request. {WITHIN_REACH}",
        "Correct HTTPS_PROXY, which names {url}, or go past it: NO_PROXY=nowhere.invalid",
        skipped=AFTER_NETWORK,
    ),
    DoctorCase(
        "a login page in between",
        answering(r"projects\.json", status=200, body="<html>", headers=HTML),
        "Basecamp",
        FOREIGN.format(url="{url}", what="status 200, text/html, 6 bytes"),
        "Open {url} in a browser on this machine, and pass the login page that shows up.",
        skipped=AFTER_NETWORK,
    ),
    DoctorCase(
        "a redirect to a login page",
        answering("/authorization", status=302, body="", headers={"Location": "https://login.example.com/"}),
        "Launchpad",
        REDIRECTED.format(url="{url}", target="https://login.example.com:443"),
        skipped=AFTER_CONFIGURATION,
    ),
    DoctorCase(
        "Basecamp is down",
        answering(r"projects\.json", status=502, body=""),
        "Basecamp",
        UNAVAILABLE.format(status=502, path="/1/projects.json"),
        skipped=AFTER_NETWORK,
    ),
]
