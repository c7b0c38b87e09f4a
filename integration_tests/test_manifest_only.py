"""The two files for Airbyte's Connector Builder are the connector, run by the CDK's own command."""

from __future__ import annotations

import ast
import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path
from typing import Any

import pytest
from airbyte_cdk.utils.yaml_loader import safe_load_yaml

from integration_tests.support.connector import FIVE, Connector, Forked, by_id, truth
from sandbox import AccountSize, Sandbox
from source_basecamp.config import normalised
from tools.manifest_only import write

SIZE = AccountSize(projects=3, archived_projects=1, todos=(20, 2, 1), messages=(4, 1, 1), schedule_entries=(4, 1, 1))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both files."""
    folder = tmp_path_factory.mktemp("manifest-only")
    write(folder)
    return folder


@pytest.fixture(autouse=True)
def custom_code_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRBYTE_ENABLE_UNSAFE_CODE", "true")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SIZE, rate_limit=False) as server:
        yield server


class Declarative(Forked):
    """What the CDK's command `source-declarative-manifest` runs, given both files by their paths."""

    program = "from airbyte_cdk.cli.source_declarative_manifest import run; run()"

    def __init__(self, sandbox: Sandbox, folder: Path, pair: Path | None = None) -> None:
        super().__init__(sandbox, folder)
        # The loader takes values as the spec types them, and no others.
        self.config = normalised(self.config)
        files = {"--manifest-path": "manifest.yaml", "--components-path": "components.py"} if pair else {}
        self._files = [word for option, name in files.items() for word in (option, f"{pair}/{name}")]

    def _start(self, arguments: list[str], **options: Any) -> subprocess.Popen[bytes]:
        return super()._start([*arguments, *self._files], **options)


def injected(pair: Path) -> dict[str, Any]:
    """Both files as the platform puts them into a configuration."""
    text = (pair / "components.py").read_text()
    return {
        "__injected_declarative_manifest": safe_load_yaml((pair / "manifest.yaml").read_text()),
        "__injected_components_py": text,
        "__injected_components_py_checksums": {"sha256": hashlib.sha256(text.encode()).hexdigest()},
    }


def what_the_cdk_brings(package: str = "airbyte-cdk", found: frozenset[str] = frozenset()) -> frozenset[str]:
    """The packages that are installed with the CDK, itself among them."""
    try:
        wanted = [entry for entry in requires(package) or [] if "extra ==" not in entry]
    except PackageNotFoundError:
        return found
    found |= {canonical(package)}
    for name in (canonical(re.split(r"[^\w.-]", entry)[0]) for entry in wanted):
        found = found if name in found else what_the_cdk_brings(name, found)
    return found


def canonical(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def imported(path: Path) -> set[str]:
    """The top-level names of what a module imports."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.partition(".")[0] for name in names}


def test_the_components_need_nothing_but_what_the_cdk_brings(pair: Path) -> None:
    foreign = imported(pair / "components.py") - sys.stdlib_module_names
    owners = {name: {canonical(owner) for owner in packages_distributions()[name]} for name in foreign}
    assert "airbyte_cdk" in foreign
    assert {name for name, owner in owners.items() if not owner & what_the_cdk_brings()} == set()


def test_the_catalog_is_the_connector_s(pair: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    (ours,) = Connector(sandbox, tmp_path).discover().of_type("CATALOG")
    (theirs,) = Declarative(sandbox, tmp_path, pair).discover().of_type("CATALOG")
    with_files = [stream for stream in ours["streams"] if stream["is_file_based"]]
    assert [stream["name"] for stream in with_files] == ["uploads"]
    with_files[0]["is_file_based"] = False
    assert theirs == ours


def test_check_succeeds(pair: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    """By the command as it is installed."""
    connector = Declarative(sandbox, tmp_path, pair)
    connector.command = (str(Path(sys.executable).with_name("source-declarative-manifest")),)
    assert connector.check().connection == {"status": "SUCCEEDED"}


def test_the_five_streams_are_read_whole_and_then_only_what_changed(
    pair: Path, sandbox: Sandbox, tmp_path: Path
) -> None:
    connector = Declarative(sandbox, tmp_path, pair)
    first = connector.read()
    assert (first.exit_code, first.errors) == (0, [])
    for stream in FIVE:
        assert len(first.records(stream)) == len(truth(sandbox, stream)) > 0
        assert by_id(first.records(stream)) == by_id(truth(sandbox, stream)), stream
    gone = sandbox.account.feed("Todo")[7]["id"]
    sandbox.account.trash(gone)
    second = connector.read(["todos"], state=first.state, lookback_minutes=0)
    assert by_id(second.records("todos"))[gone]["status"] == "trashed"
    assert len(second.records("todos")) < len(first.records("todos"))


def test_injected_into_a_configuration_they_read_the_same(pair: Path, sandbox: Sandbox, tmp_path: Path) -> None:
    output = Declarative(sandbox, tmp_path).read(["todos"], **injected(pair))
    assert (output.exit_code, output.errors) == (0, [])
    assert by_id(output.records("todos")) == by_id(truth(sandbox, "todos"))
