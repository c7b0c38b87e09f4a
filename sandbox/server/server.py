"""The sandbox as a server in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import uvicorn

from sandbox.account import Account
from sandbox.account.size import AccountSize
from sandbox.classic import ClassicSite, ClassicSize
from sandbox.server.app import App, Switches
from sandbox.server.faults import Faults
from sandbox.server.launchpad import IssuedTokens
from sandbox.server.limits import RateLimit
from sandbox.server.log import RequestLog
from sandbox.server.storage import Storage

_SECONDS = 10.0
"""The most that a start or a stop may take: both are done in a few milliseconds."""


class Sandbox:
    """Basecamp, Launchpad and the storage of files on one loopback port, while the `with` block lasts.

    A Classic site is there always. Launchpad lists it beside the account where its size is given.

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
        classic: ClassicSize | None = None,
    ) -> None:
        self.size = size or AccountSize()
        self.account = Account(self.size)
        self.tokens = IssuedTokens(self.size.seed, rotate=rotate_refresh_token)
        self.limits = RateLimit(enabled=rate_limit)
        self.classic = ClassicSite(classic)
        self.classic_limits = RateLimit(enabled=rate_limit, requests=500)
        self.faults = Faults()
        self.log = RequestLog()
        self.switches = Switches(gzip=gzip)
        self.storage = Storage(self.account)
        self.url = ""
        """The origin, without a slash at the end; empty before the start."""
        self._port = port
        self._lists_classic = classic is not None

    @property
    def account_url(self) -> str:
        """The origin and the account, to which the paths of the API are appended."""
        return f"{self.url}/{self.account.account_id}"

    @property
    def env(self) -> dict[str, str]:
        """Environment variables that make a connector's process use this sandbox."""
        return {
            "BASECAMP_BASE_URL": self.url,
            "BASECAMP_LAUNCHPAD_URL": self.url,
            "BASECAMP_CLASSIC_URL": self.url,
        }

    def config(self, **overrides: Any) -> dict[str, Any]:
        """A connector configuration that works against this sandbox."""
        return {
            "account_id": self.account.account_id,
            "client_id": self.tokens.client_id,
            "client_secret": self.tokens.client_secret,
            "client_refresh_token_2": self.tokens.refresh_token,
            **overrides,
        }

    def classic_config(self, **overrides: Any) -> dict[str, Any]:
        """A connector configuration that reads the Classic site."""
        return self.config(**{"account_id": self.classic.account_id, "product": "classic", **overrides})

    def headers(self, **extra: str) -> Mapping[str, str]:
        """Request headers that the API accepts, with a new access token."""
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
        """Listen, and return when requests are answered."""
        listener = _listener(self._port)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.tokens.accounts = [self._account_entry()]
        if self._lists_classic:
            self.tokens.accounts.append(self.classic_entry())
        app = App(
            self.account,
            self.tokens,
            self.limits,
            self.faults,
            self.log,
            self.switches,
            self.classic,
            self.classic_limits,
            self.storage,
        )
        # log_config=None: uvicorn would set up logging for the whole process, and print to stdout.
        options = uvicorn.Config(
            app,
            log_config=None,
            log_level="critical",
            access_log=False,
            date_header=False,
            server_header=False,
            lifespan="off",
        )
        self._server = _Server(options)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name=f"sandbox {self.url}", daemon=True
        )
        self._thread.start()
        if not self._server.serving.wait(_SECONDS):
            raise RuntimeError("the sandbox did not start")

    def stop(self) -> None:
        """Close every connection, also those that a fault holds open, and end the thread."""
        self._server.end()
        self._thread.join(_SECONDS)

    def classic_entry(self) -> dict[str, Any]:
        """What Launchpad says of the Classic account. The address is a real one's, which no test may ask."""
        href = "https://sandbox.basecamphq.com"
        return {
            "product": "basecamp",
            "id": self.classic.account_id,
            "name": self.classic.name,
            "href": href,
            "app_href": href,
        }

    def _account_entry(self) -> dict[str, Any]:
        return {
            "product": "bc3",
            "id": self.account.account_id,
            "name": self.account.info()["name"],
            "href": self.account_url,
            "app_href": self.account_url,
        }


def _listener(port: int) -> socket.socket:
    # With the protocol named: asyncio switches Nagle's algorithm off only for sockets that say they are TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    return listener


class _Server(uvicorn.Server):
    """Uvicorn's server, which ends when it is told to; by itself it looks for that ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = threading.Event()
        """Set once requests are answered."""

    async def main_loop(self) -> None:
        """Serve until the end."""
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        self.serving.set()
        await self._ended.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the listener and every connection. The requests that are still open are cancelled with the loop."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        # The loop closes the sockets in its next round.
        await asyncio.sleep(0)

    def end(self) -> None:
        """Leave the main loop; called from another thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ended.set)
