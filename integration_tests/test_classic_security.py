"""The token of a Classic account goes to Launchpad and to the account's site, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integration_tests.support.classic import PAGED, SMALL, ClassicConnector, Start
from integration_tests.support.connector import Output
from integration_tests.support.messages import REDIRECTED, environment
from sandbox import AccountSize, Fault, Sandbox

pytestmark = pytest.mark.usefixtures("unhurried")

NO_SITES = [
    "https://evil.com",
    "https://x.basecamphq.com.evil.com",
    "https://evilbasecamphq.com",
    "https://basecamphq.com",
    "https://a.b.basecamphq.com",
    "https://x.basecamphq.com:8443",
    "https://user@x.basecamphq.com",
    "https://evil.com/x.basecamphq.com",
    "https://evil.com#.basecamphq.com",
    "https://evil.com\\.basecamphq.com",
    "https://x.basecamphq.com/path",
    "https://x.basecamphq.com\n",
    "ftp://x.basecamphq.com",
    "",
    None,
]
NOT_CLASSIC = (
    "Launchpad names an address for this Basecamp Classic account that is none of Basecamp Classic's. No request was "
    "made to it, because it would have carried this connection's access token. Please report it."
)
WITHOUT_SSL = (
    "The Basecamp Classic site {site} is not served over https, and this connector sends its token over https only. "
    "Have the account's owner switch on SSL in its settings."
)
NOT_FOLLOWED = (
    "Basecamp's answer names a next page that this connector does not follow, because it is not an address of the same "
    "host. No request was made to it. If a proxy rewrites Basecamp's answers, exclude Basecamp's hosts from it."
)


@pytest.fixture
def evil() -> Iterator[Sandbox]:
    with Sandbox(AccountSize(projects=1), rate_limit=False) as server:
        yield server


def read_at(connector: ClassicConnector, href: str | None) -> Output:
    entry = {**connector.sandbox.classic_entry(), "href": href}
    if href is None:
        del entry["href"]
    connector.sandbox.tokens.accounts = [entry]
    return connector.read(["account"])


def assert_refused(output: Output, kind: str, message: str) -> None:
    assert list(output.statuses.values()) == ["INCOMPLETE"]
    for error in output.errors:
        assert (error["message"], error["failure_type"]) == (message, kind)


@pytest.mark.parametrize("href", NO_SITES)
def test_an_address_that_is_no_site_of_classic_is_asked_nothing(connect_classic: Start, href: str | None) -> None:
    connector = connect_classic(SMALL)
    assert_refused(read_at(connector, href), "system_error", NOT_CLASSIC)
    assert connector.sandbox.log.api == []


def test_a_site_without_ssl_is_asked_nothing_and_the_owner_is_told(connect_classic: Start) -> None:
    connector = connect_classic(SMALL)
    message = WITHOUT_SSL.format(site="http://x.basecamphq.com")
    assert_refused(read_at(connector, "http://x.basecamphq.com"), "config_error", message)
    assert connector.sandbox.log.api == []


@pytest.mark.parametrize("href", ["https://x.basecamphq.com", "https://X-1.BasecampHQ.com/"])
def test_a_site_of_classic_is_asked(connect_classic: Start, href: str) -> None:
    assert read_at(connect_classic(SMALL), href).statuses == {"account": "COMPLETE"}


@pytest.mark.parametrize("location", ["{site}/account.xml", "{site}/login", "//{host}/account.xml"])
def test_a_redirect_to_http_is_told_as_ssl_that_is_off(connect_classic: Start, location: str) -> None:
    connector = connect_classic(SMALL)
    site = connector.sandbox.url
    target = location.format(site=site, host=site.removeprefix("http://"))
    connector.sandbox.faults.add(Fault(r"^/account\.xml", status=302, body="", headers={"Location": target}))
    assert_refused(connector.read(["account"]), "config_error", WITHOUT_SSL.format(site=site))
    assert len(connector.sandbox.log.api) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_elsewhere_is_not_followed(connect_classic: Start, evil: Sandbox, status: int) -> None:
    connector = connect_classic(SMALL)
    target = evil.url.replace("127.0.0.1", "localhost")
    fault = Fault(r"^/account\.xml", status=status, body="", headers={"Location": f"{target}/account.xml"}, times=None)
    connector.sandbox.faults.add(fault)
    output = connector.read(["account"])
    assert_refused(output, "transient_error", REDIRECTED.format(url=connector.sandbox.url, target=target))
    assert evil.log.requests == []


@pytest.mark.parametrize(
    "path", ["{evil}/posts/1/comments.xml", "//{host}/posts/1/comments.xml", "http://[", "ftp://x/"]
)
def test_older_comments_on_another_host_are_not_asked_for(connect_classic: Start, evil: Sandbox, path: str) -> None:
    connector = connect_classic(PAGED)
    address = path.format(evil=evil.url, host=evil.url.removeprefix("http://"))
    body = f'<comments count="51" continued-at="{address}"><comment><id>1</id></comment></comments>'
    headers = {"Content-Type": "application/xml"}
    connector.sandbox.faults.add(Fault(r"/comments\.xml", status=200, body=body, headers=headers, times=None))
    assert_refused(connector.read(["comments"]), "system_error", NOT_FOLLOWED)
    assert evil.log.requests == []
    assert connector.sandbox.log.count("/comments") == 1


def test_no_token_is_sent_but_to_launchpad_and_the_site(
    connect_classic: Start, evil: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = connect_classic(SMALL)
    environment(BASECAMP_BASE_URL=evil.url)(connector, monkeypatch)
    assert connector.read().exit_code == 0
    assert evil.log.requests == []
