"""The wheel, installed and run as in the image, is the connector of the checkout."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from signal import SIGTERM
from zipfile import ZipFile

import pytest

from integration_tests.support import classic
from integration_tests.support.confined import confine
from integration_tests.support.connector import (
    FIVE,
    ROOT,
    STREAMS,
    Connector,
    InProcess,
    Record,
    described_catalog,
    truth,
)
from integration_tests.support.stopping import SIZE as LONGER
from integration_tests.support.stopping import Stopped, assert_stopped, read_until_request, restart_and_compare
from integration_tests.support.warehouse import Warehouse
from sandbox import AccountSize, Sandbox

pytestmark = pytest.mark.slow

SIZE = AccountSize(
    projects=3, archived_projects=1, todos=(20, 2, 1), messages=(4, 1, 1), schedule_entries=(4, 1, 1), people=4
)
DECOY = "version: 7.39.1\ntype: DeclarativeSource\ncheck: {type: CheckStream, stream_names: [decoy]}\nstreams: []\n"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SIZE, rate_limit=False) as server:
        yield server


@pytest.fixture
def installed(binaries: Path, sandbox: Sandbox, tmp_path: Path) -> Iterator[Connector]:
    """The installed command as in the image, run in a folder with the manifest of another connector.

    Whatever it writes has to go to its temporary folder, and to be gone in the end.
    """
    connector = Connector(sandbox, tmp_path, (str(binaries / "source-basecamp"),))
    (tmp_path / "workplace").mkdir()
    (tmp_path / "workplace" / "manifest.yaml").write_text(DECOY)
    temporary = confine(connector, tmp_path)
    yield connector
    assert list(temporary.iterdir()) == []


@pytest.fixture
def checkout(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Connector:
    return InProcess(sandbox, tmp_path_factory.mktemp("checkout"))


def in_order(records: list[Record]) -> list[Record]:
    return sorted(records, key=lambda record: record["id"])


def test_the_wheel_holds_the_package_with_its_manifest_and_nothing_else(binaries: Path) -> None:
    (wheel,) = (binaries.parent.parent / "build" / "dist").iterdir()
    package = ROOT / "source_basecamp"
    files = [path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    manifests = ("manifest.yaml", "manifest_classic.yaml")
    expected = {str(path.relative_to(ROOT)) for path in files} | {f"source_basecamp/{name}" for name in manifests}
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if not name.split("/")[0].endswith(".dist-info")}
        assert held == expected
        for name in manifests:
            assert archive.read(f"source_basecamp/{name}") == (ROOT / name).read_bytes()
    assert {f"source_basecamp/schemas/{stream}.json" for stream in STREAMS} < held


def test_the_installed_package_is_not_the_checkout(binaries: Path) -> None:
    script = "import source_basecamp; print(source_basecamp.__file__)"
    told = subprocess.run([binaries / "python", "-I", "-c", script], capture_output=True, text=True, check=True)
    assert Path(told.stdout.strip()).is_relative_to(binaries.parent)


def test_the_command_runs_without_privileges_and_may_write_to_one_folder_only(installed: Connector) -> None:
    *prefix, _ = installed.command
    script = (
        "import os, tempfile; places = os.curdir, os.path.expanduser('~'), tempfile.gettempdir();"
        "print(os.geteuid() != 0, *(os.access(place, os.W_OK, effective_ids=True) for place in places))"
    )
    started = {"env": installed.environment, "cwd": installed.workplace}
    told = subprocess.run(
        [*prefix, sys.executable, "-c", script], **started, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == ["True", "False", "False", "True"]


def test_spec_is_that_of_the_checkout(installed: Connector, checkout: Connector) -> None:
    (spec,) = installed.spec().of_type("SPEC")
    assert [spec] == checkout.spec().of_type("SPEC")


def test_check_succeeds(installed: Connector) -> None:
    checked = installed.check()
    assert (checked.connection, checked.stderr) == ({"status": "SUCCEEDED"}, "")


def test_discover_is_that_of_the_checkout(installed: Connector, checkout: Connector) -> None:
    (catalog,) = installed.discover().of_type("CATALOG")
    assert {stream["name"] for stream in catalog["streams"]} == set(STREAMS)
    assert [catalog] == checkout.discover().of_type("CATALOG")


def test_read_brings_what_the_checkout_brings(installed: Connector, checkout: Connector, sandbox: Sandbox) -> None:
    ours, theirs = installed.read(), checkout.read()
    assert ours.exit_code == theirs.exit_code == 0
    assert ours.stderr == ""
    assert ours.counts() == {stream: len(truth(sandbox, stream)) for stream in FIVE}
    for stream in FIVE:
        assert in_order(ours.records(stream)) == in_order(theirs.records(stream))


def test_read_brings_what_a_classic_site_has(installed: Connector) -> None:
    with Sandbox(classic=classic.SMALL, rate_limit=False) as sandbox:
        installed.sandbox, installed.config = sandbox, sandbox.classic_config()
        installed.environment = {**(installed.environment or {}), **sandbox.env}
        classic.assert_whole(installed, installed.read_catalog(described_catalog(classic.CATALOG.values())))


def test_a_signal_ends_it_within_seconds_with_a_state_to_go_on_from(binaries: Path, tmp_path: Path) -> None:
    with Sandbox(LONGER, rate_limit=False) as sandbox:
        connector = Stopped(sandbox, tmp_path, SIGTERM)
        connector.command = (str(binaries / "source-basecamp"),)
        temporary = confine(connector, tmp_path)
        warehouse = Warehouse(connector.config)
        assert_stopped(connector, read_until_request(connector, 14, warehouse))
        assert warehouse.state
        assert list(temporary.iterdir()) == []
        restart_and_compare(connector, tmp_path, warehouse)
