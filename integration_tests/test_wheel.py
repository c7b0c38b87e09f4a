"""The wheel, installed where no checkout is, is the connector of the checkout."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from integration_tests.connector import FIVE, ROOT, STREAMS, Connector, Record, truth
from sandbox import AccountSize, Sandbox

SIZE = AccountSize(
    projects=3, archived_projects=1, todos=(20, 2, 1), messages=(4, 1, 1), schedule_entries=(4, 1, 1), people=4
)
DECOY = "version: 7.39.1\ntype: DeclarativeSource\ncheck: {type: CheckStream, stream_names: [decoy]}\nstreams: []\n"


def run(*command: str | Path) -> str:
    """Runs a command, and returns what it prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def pip(*arguments: str | Path) -> None:
    run(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-deps", "--wheel-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def binaries(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of a virtual environment into which only the wheel was installed, with what it asks for."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder)
    pip("--python", folder / "bin" / "python", "install", "-c", ROOT / "constraints.txt", wheel)
    return folder / "bin"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SIZE, rate_limit=False) as server:
        yield server


@pytest.fixture
def installed(binaries: Path, sandbox: Sandbox, tmp_path: Path) -> Connector:
    """The installed command, run in a folder with the manifest of another connector."""
    (tmp_path / "manifest.yaml").write_text(DECOY)
    return Connector(sandbox, tmp_path, (str(binaries / "source-basecamp"),))


@pytest.fixture
def checkout(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Connector:
    return Connector(sandbox, tmp_path_factory.mktemp("checkout"))


def in_order(records: list[Record]) -> list[Record]:
    return sorted(records, key=lambda record: record["id"])


def test_the_wheel_holds_the_package_with_its_manifest_and_nothing_else(wheel: Path) -> None:
    package = ROOT / "source_basecamp"
    files = [path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    expected = {str(path.relative_to(ROOT)) for path in files} | {"source_basecamp/manifest.yaml"}
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if not name.split("/")[0].endswith(".dist-info")}
        assert held == expected
        assert archive.read("source_basecamp/manifest.yaml") == (ROOT / "manifest.yaml").read_bytes()
    assert {f"source_basecamp/schemas/{stream}.json" for stream in STREAMS} < held


def test_the_installed_package_is_not_the_checkout(binaries: Path) -> None:
    location = run(binaries / "python", "-I", "-c", "import source_basecamp; print(source_basecamp.__file__)")
    assert Path(location.strip()).is_relative_to(binaries.parent)


def test_spec_is_that_of_the_checkout(installed: Connector, checkout: Connector) -> None:
    (spec,) = installed.spec().of_type("SPEC")
    assert [spec] == checkout.spec().of_type("SPEC")


def test_check_succeeds(installed: Connector) -> None:
    assert installed.check().connection == {"status": "SUCCEEDED"}


def test_discover_is_that_of_the_checkout(installed: Connector, checkout: Connector) -> None:
    (catalog,) = installed.discover().of_type("CATALOG")
    assert {stream["name"] for stream in catalog["streams"]} == set(STREAMS)
    assert [catalog] == checkout.discover().of_type("CATALOG")


def test_read_brings_what_the_checkout_brings(installed: Connector, checkout: Connector, sandbox: Sandbox) -> None:
    ours, theirs = installed.read(), checkout.read()
    assert ours.exit_code == theirs.exit_code == 0
    assert ours.counts() == {stream: len(truth(sandbox, stream)) for stream in FIVE}
    for stream in FIVE:
        assert in_order(ours.records(stream)) == in_order(theirs.records(stream))
