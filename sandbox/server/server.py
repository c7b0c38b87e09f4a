"""The sandbox as a server in a thread."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import uvicorn

from sandbox.account import Account
from sandbox.account.size import AccountSize
from sandbox.server.app import App, Switches
from sandbox.server.faults import Faults
from sandbox.server.launchpad import Tokens
from sandbox.server.limits import RateLimit
from sandbox.server.log import RequestLog

_START_SECONDS = 10.0


class Sandbox:
    """Basecamp and Launchpad on one loopback port, for as long as the `with` block lasts.

    Raises `OSError` on entering if a port was asked for and is taken.
    """

    def __init__(
        self,
        size: AccountSize | None = None,
        *,
        port: int = 0,
        rate_limit: bool = True,
        rotate_refresh_token: bool = False,
        gzip: bool = True,
    ) -> None:
        self.size = size or AccountSize()
        self.account = Account(self.size)
        self.tokens = Tokens(self.size.seed, rotate=rotate_refresh_token)
        self.limits = RateLimit(enabled=rate_limit)
        self.faults = Faults()
        self.log = RequestLog()
        self.switches = Switches(gzip=gzip)
        self.url = ""
        """The origin, without a slash at the end; set while the server runs."""
        self._port = port

    @property
    def account_url(self) -> str:
        """What API paths are appended to: the origin and the account."""
        return f"{self.url}/{self.account.account_id}"

    @property
    def env(self) -> dict[str, str]:
        """What points a connector's process here."""
        return {"BASECAMP_BASE_URL": self.url, "BASECAMP_LAUNCHPAD_URL": self.url}

    def config(self, **overrides: Any) -> dict[str, Any]:
        """A connector configuration that works against this sandbox."""
        return {
            "account_id": str(self.account.account_id),
            "client_id": self.tokens.client_id,
            "client_secret": self.tokens.client_secret,
            "client_refresh_token_2": self.tokens.refresh_token,
            **overrides,
        }

    def headers(self, **extra: str) -> Mapping[str, str]:
        """Request headers the API lets in, with a fresh access token."""
        return {
            "Authorization": f"Bearer {self.tokens.issue()}",
            "User-Agent": "sandbox tests (https://example.com/source-basecamp)",
            **extra,
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Listen, and return once requests are answered."""
        # Naming TCP matters: asyncio switches Nagle off only for sockets that say what they are.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self._port))
        except OSError:
            listener.close()
            raise
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.tokens.accounts = [self._account_entry()]
        app = App(self.account, self.tokens, self.limits, self.faults, self.log, self.switches)
        # log_config=None: uvicorn would set up logging for the whole process, and print to stdout.
        options = uvicorn.Config(
            app,
            log_config=None,
            log_level="critical",
            access_log=False,
            date_header=False,
            server_header=False,
        )
        options.lifespan = "off"
        self._server = uvicorn.Server(options)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name=f"sandbox {self.url}", daemon=True
        )
        self._thread.start()
        self._wait_until_started()

    def stop(self) -> None:
        """Close every connection, also those a fault holds open, and end the thread."""
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(_START_SECONDS)

    def _wait_until_started(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the sandbox did not start")
            time.sleep(0.002)

    def _account_entry(self) -> dict[str, Any]:
        return {
            "product": "bc3",
            "id": self.account.account_id,
            "name": self.account.info()["name"],
            "href": self.account_url,
            "app_href": self.account_url,
        }
