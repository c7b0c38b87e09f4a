"""Receives the answer that the browser brings back, on this machine only."""

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
"""Browsers open connections in advance, on which no request may ever come."""
_PAGE_SECONDS = 300.0
_SEND_SECONDS = 5.0


def redirect_uri(port: int) -> str:
    """The address that the integration has to have registered. `localhost`, because it is read by people."""
    return f"http://localhost:{port}{PATH}"


class BrowserAnswer:
    """The browser is back with an answer, and waits for its page."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self.query = query
        self._page: Page | None = None
        self.waiting = 0
        """Requests that wait for the page."""
        self._changed = threading.Condition()

    def reply(self, page: Page) -> None:
        """Shows `page` in the browser, and returns when it is on its way. Later calls change nothing."""
        with self._changed:
            self._page = self._page or page
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self.waiting, _SEND_SECONDS)

    def join(self) -> None:
        """One more request waits for the page."""
        with self._changed:
            self.waiting += 1

    @contextmanager
    def page(self) -> Iterator[Page]:
        """Waits for the page; the request that has joined sends it inside."""
        try:
            with self._changed:
                self._changed.wait_for(lambda: self._page is not None, _PAGE_SECONDS)
            yield self._page or failed()
        finally:
            with self._changed:
                self.waiting -= 1
                self._changed.notify_all()


class Receiver:
    """Listens on 127.0.0.1 and, where there is one, ::1: browsers take either for `localhost`.

    `on_foreign` is called for each answer with a wrong state. Entering raises a CommandError if the port cannot be had.
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
            with _optional():
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
        """Takes answers to `consent`."""
        self._consent = consent
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield
        finally:
            for server in self._servers:
                server.shutdown()

    def wait(self, seconds: float) -> BrowserAnswer | None:
        """The answer, or None if there is none in that time."""
        self._arrived.wait(seconds)
        return self._answer

    def arrive(self, query: Mapping[str, str]) -> BrowserAnswer | None:
        """Takes an answer from the browser; None for one with a wrong state.

        A page that is loaded again meanwhile brings the same answer, and gets the same page.
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
        """Nothing but the status: what was asked is not repeated. Other methods than GET get here, too."""
        self.close_connection = True
        found = code != HTTPStatus.NOT_IMPLEMENTED
        self.send_response_only(code if found else HTTPStatus.NOT_FOUND)
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: the code is in the address."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # On Windows, this option would let another program listen on the same port.
    allow_reuse_address = os.name == "posix"
    allow_reuse_port = False
    host = "127.0.0.1"

    def __init__(self, port: int, receiver: Receiver) -> None:
        self.receiver = receiver
        # Against a site whose name was made to lead to this machine.
        self.own_names = {f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]")}
        super().__init__((self.host, port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer asks for this machine's name, which can take seconds where name resolution is slow.
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing: a browser that goes away is no error."""


class _ServerV6(_Server):
    address_family = socket.AF_INET6
    host = "::1"


@contextmanager
def _optional() -> Iterator[None]:
    """Lets a machine be without IPv6."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_SUCH_ADDRESS:
            raise
