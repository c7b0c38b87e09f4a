"""What listens for the browser's answer takes that answer, and nothing else."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from integration_tests.support.ports import free_port
from source_basecamp.login import pages
from source_basecamp.login.loopback import Receiver, redirect_uri
from source_basecamp.login.oauth import Consent
from source_basecamp.process import CommandError

PAGE = pages.declined()


class Served:
    """A receiver that waits for the answer to `consent`."""

    def __init__(self) -> None:
        self.port = free_port()
        self.foreign: list[None] = []
        self.consent = Consent("client", redirect_uri(self.port))
        self.receiver = Receiver(self.port, on_foreign=lambda: self.foreign.append(None))
        self.right = f"/callback?code=c0de&state={self.consent.state}"

    def ask(self, target: str, method: str = "GET", host: str | None = None, at: str = "127.0.0.1") -> tuple[int, str]:
        """The status and the body of the answer."""
        connection = http.client.HTTPConnection(at, self.port, timeout=10)
        connection.request(method, target, headers={"Host": host or f"localhost:{self.port}"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.fixture
def served() -> Iterator[Served]:
    served = Served()
    with served.receiver as receiver, receiver.listening(served.consent):
        yield served


@pytest.fixture
def browser() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def has_v6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def test_the_browser_gets_the_page_that_its_answer_leads_to(served: Served, browser: ThreadPoolExecutor) -> None:
    asked = browser.submit(served.ask, served.right)
    arrival = served.receiver.wait(10)
    assert arrival is not None
    assert arrival.query == {"code": "c0de", "state": served.consent.state}
    arrival.reply(PAGE)
    arrival.reply(pages.failed())
    assert asked.result() == (200, PAGE.body.decode())


@pytest.mark.parametrize(
    "address", ["127.0.0.1", pytest.param("::1", marks=pytest.mark.skipif(not has_v6(), reason="no IPv6"))]
)
def test_both_addresses_of_localhost_lead_here(served: Served, address: str) -> None:
    assert served.ask("/callback", at=address)[0] == 400


def test_no_other_interface_of_this_machine_does(served: Served) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Sends nothing, but tells from which address it would.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no other interface")
        own = probe.getsockname()[0]
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((own, served.port), timeout=5)


@pytest.mark.parametrize("path", ["/", "/callback/", "/callback/x", "/favicon.ico", "/robots.txt", "*"])
def test_nothing_else_is_there(served: Served, path: str) -> None:
    assert served.ask(f"{path}?code=c0de&state={served.consent.state}") == (404, "")
    assert served.receiver.wait(0) is None


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "<script>"])
def test_no_other_method_counts(served: Served, method: str) -> None:
    assert served.ask(served.right, method) == (404, "")
    assert served.receiver.wait(0) is None


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "localhost", "localhost:1", "127.0.0.1.nip.io:{port}"]
)
def test_a_name_that_only_leads_here_is_not_ours(served: Served, host: str) -> None:
    assert served.ask(served.right, host=host.format(port=served.port)) == (404, "")
    assert served.receiver.wait(0) is None


@pytest.mark.parametrize(
    "state", ["", "state=", "state=wrong", "state={state}x", "state=%F0%9F%8F%95", "error=access_denied"]
)
def test_an_answer_with_a_wrong_state_is_refused_and_counts_for_nothing(served: Served, state: str) -> None:
    status, page = served.ask(f"/callback?code=c0de&{state.format(state=served.consent.state)}")
    assert (status, "This answer was refused" in page, "c0de" in page) == (400, True, False)
    assert (served.receiver.wait(0), len(served.foreign)) == (None, 1)


def test_a_page_that_is_loaded_again_shows_the_same(served: Served, browser: ThreadPoolExecutor) -> None:
    asked = [browser.submit(served.ask, served.right) for _ in range(3)]
    arrival = served.receiver.wait(10)
    assert arrival is not None
    deadline = time.monotonic() + 10
    while arrival.waiting < 3:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    arrival.reply(PAGE)
    # It has returned, so that the process may end: every page is on its way.
    assert [each.result(10) for each in asked] == [(200, PAGE.body.decode())] * 3


def test_connections_on_which_nothing_comes_hold_nobody_up(served: Served, browser: ThreadPoolExecutor) -> None:
    idle = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(5)]
    asked: Future[tuple[int, str]] = browser.submit(served.ask, served.right)
    arrival = served.receiver.wait(10)
    assert arrival is not None
    began = time.monotonic()
    arrival.reply(PAGE)
    assert asked.result()[0] == 200
    assert time.monotonic() - began < 10
    for each in idle:
        each.close()


def test_a_browser_that_has_gone_is_no_error(served: Served, capfd: pytest.CaptureFixture[str]) -> None:
    gone = socket.create_connection(("127.0.0.1", served.port))
    gone.sendall(f"GET {served.right} HTTP/1.1\r\nHost: localhost:{served.port}\r\n\r\n".encode())
    arrival = served.receiver.wait(10)
    assert arrival is not None
    gone.close()
    arrival.reply(PAGE)
    assert capfd.readouterr() == ("", "")


def test_every_page_may_load_and_tell_nothing(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    connection.request("GET", "/callback?state=wrong", headers={"Host": f"localhost:{served.port}"})
    headers = connection.getresponse().headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    style = policy.pop("style-src")
    assert set(policy.values()) == {"'none'"}
    assert policy.keys() == {"default-src", "base-uri", "form-action", "frame-ancestors"}
    assert style.startswith("'sha256-")
    assert (headers["Referrer-Policy"], headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in headers


@pytest.mark.parametrize(
    "host", ["127.0.0.1", pytest.param("::1", marks=pytest.mark.skipif(not has_v6(), reason="no IPv6"))]
)
def test_a_port_that_somebody_listens_on_is_not_shared(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} .* another program uses it.*--port {port + 1}"):
            Receiver(port, lambda: None).__enter__()
    # Nothing of it stays open.
    with Receiver(port, lambda: None):
        pass


def test_nobody_is_waited_for_longer_than_was_said(served: Served) -> None:
    began, threads = time.monotonic(), threading.active_count()
    assert served.receiver.wait(0.05) is None
    assert time.monotonic() - began < 5
    assert threading.active_count() <= threads
