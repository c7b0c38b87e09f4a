"""A person at a terminal, and the browser beside it."""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
import termios
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from integration_tests.support.fork_server import RUN, AtTerminal, Python
from integration_tests.support.ports import free_port
from sandbox import AccountSize, Sandbox
from source_basecamp.cli import basecamp
from source_basecamp.login import flow
from source_basecamp.transport import BasecampAdapter, Gate

SIZE = AccountSize(projects=2, archived_projects=0, trashed_projects=0, todos=1, messages=1, schedule_entries=1)
OTHER = {"product": "bc3", "id": 222, "name": "Enormi[/]com", "href": "", "app_href": ""}
OLD = {"product": "bcx", "id": 333, "name": "Old & Co", "href": "", "app_href": ""}
CLASSIC = {
    "product": "basecamp",
    "id": 444,
    "name": "Enormicom",
    "href": "https://enormicom.basecamphq.com",
    "app_href": "https://enormicom.basecamphq.com",
}
PATIENCE = 60
CTRL_C, CTRL_D = "\x03", "\x04"
# Opens nothing, but notes the address. It is a noisy one, which nobody may hear.
BROWSER = """#!/bin/sh
echo "noise of the browser"; echo "noise of the browser" >&2
printf %s "$1" > address.part && mv address.part address
"""


def assert_tells_no_secret(desk: Desk, *texts: str) -> None:
    secrets = (desk.sandbox.tokens.client_secret, desk.sandbox.tokens.refresh_token, "access-", "refresh-")
    assert not [text for text in texts for secret in secrets if secret in text]


class Desk:
    """A folder to work in, an integration registered with a free port, and a browser."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.folder = sandbox, folder / "desk"
        self.folder.mkdir()
        self.port = free_port()
        self.redirect_uri = f"http://localhost:{self.port}/callback"
        sandbox.tokens.app.redirect_uris = [self.redirect_uri]
        self._held: list[socket.socket] = []
        self._address = folder / "address"
        script = folder / "browser"
        script.write_text(f"#!/bin/sh\ncd '{folder}'\n{BROWSER}")
        script.chmod(0o755)
        self.env: dict[str, str] = {
            **{name: value for name, value in os.environ.items() if not name.startswith("BASECAMP_")},
            **sandbox.env,
            "BROWSER": str(script),
            "TERM": "dumb",
        }
        self.credentials = {
            "BASECAMP_CLIENT_ID": sandbox.tokens.client_id,
            "BASECAMP_CLIENT_SECRET": sandbox.tokens.client_secret,
        }

    @property
    def config(self) -> Path:
        return self.folder / "config.json"

    @property
    def files(self) -> dict[str, bytes]:
        """What lies in the folder, drafts included."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}

    def login(self, *arguments: str, **env: str) -> Terminal:
        """Starts a login at a terminal, as a process of its own."""
        return Terminal(("login", "--port", str(self.port), *arguments), self.folder, {**self.env, **env})

    def login_at_once(self, browse: Browse, *arguments: str, **env: str) -> Outcome:
        """A whole login in this process, without a terminal, with a browser that does `browse`."""
        said, errors, landed = io.StringIO(), io.StringIO(), []
        with ExitStack() as stack:
            browser = stack.enter_context(ThreadPoolExecutor(1))
            stack.enter_context(patch.dict(os.environ, {**self.env, **self.credentials, **env}, clear=True))
            stack.enter_context(patch.object(BasecampAdapter, "gate", Gate()))
            stack.enter_context(patch.object(flow, "has_browser", lambda: True))
            opens = patch.object(flow, "open_browser", lambda address: landed.append(browser.submit(browse, address)))
            stack.enter_context(opens)
            stack.enter_context(redirect_stdout(said))
            stack.enter_context(redirect_stderr(errors))
            try:
                basecamp.main(["login", "--port", str(self.port), "--config", str(self.config), *arguments])
            except SystemExit as end:
                code = int(end.code or 0)
        landing = landed[0].result() if landed else None
        return Outcome(code, said.getvalue(), errors.getvalue(), landing)

    def login_without_terminal(self, *arguments: str, **env: str) -> Python:
        """Starts a login whose standard input is a pipe, as a process of its own."""
        pipe = subprocess.PIPE
        return Python(
            RUN,
            *("login", "--port", str(self.port), *arguments),
            cwd=self.folder,
            env={**self.env, **self.credentials, **env},
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            text=True,
        )

    def opened(self) -> str:
        """The address that the browser was started with."""
        deadline = time.monotonic() + PATIENCE
        while not self._address.exists():
            assert time.monotonic() < deadline, "the browser was never opened"
            time.sleep(0.01)
        address = self._address.read_text()
        self._address.unlink()
        return address

    def hold_port(self, host: str) -> None:
        """Another program listens on the port, as long as this test lasts. Skips it where there is no such host."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            self._held.append(socket.create_server((host, self.port), family=family))
        except OSError as error:
            pytest.skip(f"{host}: {error.strerror}")

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        for held in self._held:
            held.close()


@dataclass(frozen=True)
class Landing:
    """Where the browser ended."""

    page: requests.Response
    query: Mapping[str, str]


Browse = Callable[[str], Landing]


@dataclass(frozen=True)
class Outcome:
    """How a login ended."""

    exit_code: int
    said: str
    errors: str
    landing: Landing | None


def allow(address: str) -> Landing:
    """Opens the address, clicks "Allow", and goes where that leads."""
    return land(decided(address))


def decline(address: str) -> Landing:
    """The same with "No thanks"."""
    return land(decided(address, "decline"))


def decided(address: str, decision: str = "allow") -> str:
    """Where the consent page sends a browser, in which a person clicks "Allow" or, to `decline`, "No thanks"."""
    page = requests.get(address, timeout=PATIENCE)
    assert page.status_code == 200, page.text
    form = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)">\n', page.text)}
    action = requests.compat.urljoin(address, re.findall(r'action="([^"]*)"', page.text)[0])
    sent = requests.post(action, data={**form, "decision": decision}, timeout=PATIENCE, allow_redirects=False)
    return sent.headers["Location"]


def land(address: str, **changes: str) -> Landing:
    """Follows a redirect to this machine, with other parameters if need be."""
    parts = urlsplit(address)
    query = {**{name: value for name, (value,) in parse_qs(parts.query).items()}, **changes}
    page = requests.get(parts._replace(query="").geturl(), params=query, timeout=PATIENCE)
    return Landing(page, query)


class Terminal:
    """A verb at a pseudo-terminal."""

    def __init__(self, arguments: tuple[str, ...], folder: Path, env: Mapping[str, str]) -> None:
        self._terminal = AtTerminal(RUN, *arguments, cwd=folder, env=env)
        self._screen = self._terminal.screen
        self.said = ""
        """Everything that stood on the terminal so far."""

    def reads(self, words: str) -> Terminal:
        """Waits until these words stand there."""
        self._screen.expect_exact(words)
        self.said += self._screen.before + self._screen.after
        return self

    def types(self, line: str) -> Terminal:
        self._screen.sendline(line)
        return self

    def presses(self, key: str) -> Terminal:
        self._screen.send(key)
        return self

    def shows_typing(self) -> bool:
        return bool(termios.tcgetattr(self._screen.fileno())[3] & termios.ECHO)

    def ends(self) -> int:
        """Waits for the end, and returns the exit code."""
        code = self._terminal.wait()
        self.said += self._screen.before
        assert code >= 0, f"killed by signal {-code}"
        return code

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self._terminal.__exit__()
