from __future__ import annotations

import fcntl
import gc
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from integration_tests.support.classic import ClassicConnector
from integration_tests.support.cli import Person
from integration_tests.support.connector import Connector, Forked, InProcess
from integration_tests.support.faults import without_waits
from integration_tests.support.image import build
from integration_tests.support.order import slow_first
from integration_tests.support.patches import no_waiting
from integration_tests.support.postgres import PASSWORD, Server, running, server_programs
from sandbox import AccountSize, ClassicSize, Sandbox

# What the screen of whoever runs the tests is like has no part in them.
for _name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"):
    os.environ.pop(_name, None)

# Each example is a few whole syncs: no deadline. A failing one prints what replays it.
_SYNCS = settings(deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck))
settings.register_profile("ci", _SYNCS, derandomize=True)
settings.register_profile("soak", _SYNCS)
settings.load_profile("ci")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes ten seconds or more; these begin first, so that none is left alone")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = slow_first(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def pytest_collection_finish() -> None:
    """Has the garbage collector leave alone what is imported by now: to go over it took a seventh of all the time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_unconfigure() -> None:
    # DuckDB complains of what is frozen when Python ends.
    gc.unfreeze()


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Callable[..., Connector]]:
    """Starts a sandbox with an account of the given size, and returns the connector pointed at it, in this process."""
    yield from _starter(InProcess, tmp_path)


@pytest.fixture
def connect_process(tmp_path: Path) -> Iterator[Callable[..., Connector]]:
    """The same, run as a process of its own, forked."""
    yield from _starter(Forked, tmp_path)


@pytest.fixture
def connect_command(tmp_path: Path) -> Iterator[Callable[..., Connector]]:
    """The same, started as Airbyte does."""
    yield from _starter(Connector, tmp_path)


@pytest.fixture
def connect_classic(tmp_path: Path) -> Iterator[Callable[..., ClassicConnector]]:
    """Starts a sandbox with a Classic site of the given size, and returns the connector pointed at that."""
    with ExitStack() as stack:

        def start(size: ClassicSize, **options: Any) -> ClassicConnector:
            options = {"classic": size, "rate_limit": False, **options}
            return ClassicConnector(stack.enter_context(Sandbox(**options)), tmp_path)

        yield start


@pytest.fixture(scope="session")
def binaries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of the environment that the image gets: the wheel, with what it asks for, and nothing else.

    It takes a minute to build: once for all processes of pytest-xdist.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "image"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "built").exists():
            build(folder)
            (folder / "built").touch()
    return folder / "environment" / "bin"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Person]]:
    """Starts a sandbox with an account of the given size, for somebody with its configuration."""
    with ExitStack() as stack:

        def begin(size: AccountSize | None = None, **options: Any) -> Person:
            options.setdefault("rate_limit", False)
            return Person(stack.enter_context(Sandbox(size, **options)), tmp_path)

        yield begin


@pytest.fixture
def person(start: Callable[..., Person]) -> Person:
    """Somebody with the configuration of a small account."""
    return start(AccountSize(projects=4, archived_projects=1, trashed_projects=0))


@pytest.fixture
def unhurried() -> Iterator[None]:
    """No retry waits, and no budget holds a request back, in connectors that run in this process."""
    with no_waiting():
        yield


@pytest.fixture
def no_retry_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries wait no time; what the transport's gate waits for `Retry-After` is real."""
    without_waits(monkeypatch)


def _starter(kind: type[Connector], folder: Path) -> Iterator[Callable[..., Connector]]:
    with ExitStack() as stack:

        def start(size: AccountSize | None = None, **options: Any) -> Connector:
            options.setdefault("rate_limit", False)
            return kind(stack.enter_context(Sandbox(size, **options)), folder)

        yield start


@pytest.fixture(params=["duckdb", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a new database."""
    if request.param == "duckdb":
        return f"duckdb:{tmp_path / 'basecamp.duckdb'}"
    server: Server = request.getfixturevalue("postgres")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    return server.url(server.new_database(tmp_path.name))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server for all tests that want one."""
    if server_programs() is None:
        pytest.skip("no PostgreSQL server: install Debian's package postgresql (`sudo apt-get install postgresql`)")
    # Not below pytest's folder, which only its own user may enter.
    with running(Path(tempfile.gettempdir())) as server:
        yield server
