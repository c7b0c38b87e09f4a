"""What SECURITY.md promises of the network: no connection but to Basecamp, and no token in an address."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from integration_tests.support.connector import MAIN, ROOT, Connector
from integration_tests.support.sync import Syncing
from sandbox import AccountSize, Sandbox
from source_basecamp.endpoints import API_URL, LAUNCHPAD_URL

SIZE = AccountSize(projects=2, todos=5, messages=2, schedule_entries=2, people=3)
# Python runs this when it starts. An audit hook hears of every connection and every name, whichever library asks.
WATCH = """
import sys

def note(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        print(*arguments[1][:2], file=notes, flush=True)
    elif event == "socket.getaddrinfo":
        print(*arguments[:2], file=notes, flush=True)

notes = open({notes!r}, "a")
sys.addaudithook(note)
"""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SIZE, rate_limit=False) as server:
        yield server


@pytest.fixture
def connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], set[str]]:
    """The host and port of every connection that a process started from here has opened, or looked up."""
    notes = tmp_path / "connections"
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH.format(notes=str(notes)))
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(tmp_path / "watch"), *filter(None, [os.getenv("PYTHONPATH")])])
    )
    return lambda: set(notes.read_text().splitlines())


def origin(sandbox: Sandbox) -> set[str]:
    parts = urlsplit(sandbox.url)
    return {f"{parts.hostname} {parts.port}"}


def test_a_read_connects_to_basecamp_alone_and_puts_no_secret_into_an_address(
    sandbox: Sandbox, tmp_path: Path, connections: Callable[[], set[str]]
) -> None:
    connector = Connector(sandbox, tmp_path)
    assert connector.read().exit_code == 0
    assert connections() == origin(sandbox)
    requests = sandbox.log.requests
    tokens = {request.headers.get("authorization", "").removeprefix("Bearer ") for request in requests} - {""}
    secrets = tokens | {str(connector.config[field]) for field in connector.config if "client" in field}
    assert len(secrets) == 4
    addresses = [f"{request.path}?{request.query}" for request in requests]
    assert [address for address in addresses if any(secret in address for secret in secrets)] == []


def test_a_sync_connects_to_basecamp_alone(
    sandbox: Sandbox, tmp_path: Path, connections: Callable[[], set[str]]
) -> None:
    syncing = Syncing(sandbox, tmp_path)
    subprocess.run([*MAIN, *syncing.arguments("--streams", "todos")], check=True, capture_output=True, **syncing.place)
    assert connections() == origin(sandbox)


def test_security_md_names_the_two_hosts() -> None:
    promises = (ROOT / "SECURITY.md").read_text().partition("## Promises")[2].partition("## ")[0]
    hosts = re.findall(r"`([\w.-]+\.com)`", promises)
    assert sorted(hosts) == sorted(str(urlsplit(url).hostname) for url in (API_URL, LAUNCHPAD_URL))
