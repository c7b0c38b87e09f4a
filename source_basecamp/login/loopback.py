"""An HTTP server on this machine's loopback addresses, for the answer that the browser brings from Launchpad."""

from __future__ import annotations

import errno
import os
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from source_basecamp.login.oauth import Consent
from source_basecamp.login.pages import Page, failed, foreign, headers
from source_basecamp.process import CommandError

PATH = "/callback"
PORT_UNUSABLE = (
    "Port {port} of this machine cannot be used for the answer of the browser: {reason}. Choose another one, such as "
    "--port {other}, and enter http://localhost:{other}/callback as the redirect URI of your integration."
)
_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
_IDLE_SECONDS = 20.0
"""Of a connection without a request. Browsers open some in advance."""
_PAGE_SECONDS = 300.0
"""A request's longest wait for its page."""
_SEND_SECONDS = 5.0
"""The terminal's longest wait for a page to be sent."""


def redirect_uri(port: int) -> str:
    """The redirect URI that the integration has to have. `localhost`, since people read and type it."""
    return f"http://localhost:{port}{PATH}"


class BrowserAnswer:
    """An answer from the browser, which waits for its page."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self.query = query
        self._page: Page | None = None
        self.waiting = 0
        """Requests that wait for the page."""
        self._changed = threading.Condition()

    def reply(self, page: Page) -> None:
        """Sends `page` to the browser, and returns when that is done. Later calls have no effect."""
        with self._changed:
            self._page = self._page or page
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self.waiting, _SEND_SECONDS)

    def join(self) -> None:
        """Counts one more request that waits for the page."""
        with self._changed:
            self.waiting += 1

    @contextmanager
    def page(self) -> Iterator[Page]:
        """Waits for the page. The request that has joined sends it in the `with` block."""
        try:
            with self._changed:
                self._changed.wait_for(lambda: self._page is not None, _PAGE_SECONDS)
            yield self._page or failed()
        finally:
            with self._changed:
                self.waiting -= 1
                self._changed.notify_all()


class Receiver:
    """Listens on 127.0.0.1 and, if the machine has it, ::1: `localhost` is either to a browser.

    `on_foreign` is called for each answer with a wrong state. Entering raises a CommandError if the port is taken.
    """

    def __init__(self, port: int, on_foreign: Callable[[], None]) -> None:
        self._port, self._on_foreign = port, on_foreign
        self._servers: list[_Server] = []
        self._consent: Consent | None = None
        self._lock = threading.Lock()
        self._answer: BrowserAnswer | None = None
        self._arrived = threading.Event()

    def __enter__(self) -> Receiver:
        try:
            self._servers.append(_Server(self._port, self))
            with _without_ipv6():
                self._servers.append(_ServerV6(self._port, self))
        except OSError as error:
            self.__exit__()
            other = self._port + 1 if self._port < 65_535 else self._port - 1
            taken = error.errno == errno.EADDRINUSE
            reason = "another program uses it" if taken else str(error.strerror)
            raise CommandError(PORT_UNUSABLE.format(port=self._port, reason=reason, other=other)) from error
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.server_close()

    @contextmanager
    def listening(self, consent: Consent) -> Iterator[None]:
        """Accepts answers to `consent`."""
        self._consent = consent
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield
        finally:
            for server in self._servers:
                server.shutdown()

    def wait(self, seconds: float) -> BrowserAnswer | None:
        """The answer, or None if none arrives in that time."""
        self._arrived.wait(seconds)
        return self._answer

    def arrive(self, query: Mapping[str, str]) -> BrowserAnswer | None:
        """Accepts an answer from the browser. Returns None for one with a wrong state.

        A request that repeats the answer, as when its page is loaded again, joins the first one.
        """
        with self._lock:
            if self._consent is None or not self._consent.is_answered_by(query):
                self._on_foreign()
                return None
            self._answer = self._answer or BrowserAnswer(query)
            self._answer.join()
        self._arrived.set()
        return self._answer


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _IDLE_SECONDS

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if address.path != PATH or self.headers.get("Host") not in self.server.own_names:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        answer = self.server.receiver.arrive(dict(parse_qsl(address.query)))
        with answer.page() if answer else nullcontext(foreign()) as page:
            self._send(page)

    def _send(self, page: Page) -> None:
        self.send_response_only(page.status)
        for name, value in {**headers(), "Content-Length": str(len(page.body)), "Connection": "close"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Sends the status only, nothing of the request. A method other than GET is not found."""
        self.close_connection = True
        found = code != HTTPStatus.NOT_IMPLEMENTED
        self.send_response_only(code if found else HTTPStatus.NOT_FOUND)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing: the address holds the code."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # On Windows, address reuse would let another program listen on the same port.
    allow_reuse_address = os.name == "posix"
    allow_reuse_port = False
    host = "127.0.0.1"

    def __init__(self, port: int, receiver: Receiver) -> None:
        self.receiver = receiver
        # Against DNS rebinding: a site whose name resolves to this machine.
        self.own_names = {f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]")}
        super().__init__((self.host, port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer asks for this machine's name, which can take seconds where name resolution is slow.
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Prints nothing: a browser may close a connection at any time."""


class _ServerV6(_Server):
    address_family = socket.AF_INET6
    host = "::1"


@contextmanager
def _without_ipv6() -> Iterator[None]:
    """Ignores the error of a machine that has no IPv6."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_SUCH_ADDRESS:
            raise
