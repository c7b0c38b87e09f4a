"""What is written down in several files is the same in all, and none says where it was written."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from source_basecamp.catalog import all_streams, resolved_manifest
from source_basecamp.endpoints import API_URL, LAUNCHPAD_URL, site_in_force
from source_basecamp.error_handler import BasecampErrorHandler
from source_basecamp.product import CLASSIC
from source_basecamp.transport import LONGEST_WAIT

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
METADATA: dict[str, Any] = yaml.safe_load((ROOT / "metadata.yaml").read_text())["data"]
MANIFEST, CLASSIC_MANIFEST = resolved_manifest(), resolved_manifest(CLASSIC)
STREAMS = {stream.name for stream in all_streams()}

# Written so that this file does not hold what they look for.
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:work|root|home/\w+|Users/\w+)/[\w.]|[A-Z]:\\Users\\|file:///\w")
PACKAGE_INDEX = re.compile(
    r"index[-_]url|trusted[-_]host|pythonhosted\.org|https?://(?!pypi\.org/project/)[^\s\"'<>)]*pypi", re.IGNORECASE
)


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_one_version_is_released() -> None:
    assert MANIFEST["definitions"]["user_agent"] == CLASSIC_MANIFEST["definitions"]["user_agent"]
    (agent,) = re.findall(r"^source-basecamp/(\S+) \(https://", MANIFEST["definitions"]["user_agent"])
    assert PROJECT["version"] == METADATA["dockerImageTag"] == agent


def test_a_major_version_says_what_it_breaks() -> None:
    is_major = PROJECT["version"].endswith(".0.0")
    assert not is_major or PROJECT["version"] in METADATA["releases"]["breakingChanges"]


def test_the_manifests_are_written_for_the_oldest_cdk_allowed() -> None:
    (cdk,) = [entry for entry in PROJECT["dependencies"] if entry.startswith("airbyte-cdk")]
    for manifest in (MANIFEST, CLASSIC_MANIFEST):
        assert cdk.startswith(f"airbyte-cdk>={manifest['version']},<")


def test_the_budget_of_classic_is_below_its_limit() -> None:
    """500 requests in 10 seconds."""
    (policy,) = CLASSIC_MANIFEST["api_budget"]["policies"]
    (rate,) = policy["rates"]
    assert rate["limit"] <= 500
    assert rate["interval"] == "PT11S"


def test_the_platform_lets_out_to_the_hosts_of_the_connector_and_to_no_other() -> None:
    hosts = [urlsplit(url).hostname for url in (API_URL, LAUNCHPAD_URL)]
    assert METADATA["allowedHosts"] == {"hosts": [*hosts, "*.basecamphq.com"]}
    assert site_in_force("https://acme.basecamphq.com") == "https://acme.basecamphq.com"


def test_the_suggested_streams_are_streams() -> None:
    assert set(METADATA["suggestedStreams"]["streams"]) <= STREAMS


def rows(page: str, section: str, column: int) -> list[str]:
    """The names in one column of the tables of a page's section."""
    tables = (ROOT / page).read_text().partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    cells = [line.split("|")[column] for line in tables.splitlines() if line.startswith("|")]
    return [name for cell in cells for name in re.findall(r"`(\w+)`", cell)]


def test_the_readme_names_every_stream() -> None:
    assert sorted(rows("README.md", "Streams", 2)) == sorted(STREAMS)


def test_the_reference_names_every_option_that_a_user_sees() -> None:
    options = MANIFEST["spec"]["connection_specification"]["properties"]
    shown = [name for name, option in options.items() if not option.get("airbyte_hidden")]
    assert sorted(rows("docs/reference.md", "Options", 1)) == sorted(shown)


def test_the_image_finds_its_command_and_the_registry_its_package() -> None:
    assert METADATA["dockerRepository"].removeprefix("airbyte/") in PROJECT["scripts"]
    assert METADATA["remoteRegistries"]["pypi"]["packageName"] == PROJECT["name"]
    assert (ROOT / METADATA["icon"]).is_file()


def test_licence_and_documentation_are_the_same_everywhere() -> None:
    addresses = (MANIFEST["spec"]["documentation_url"], PROJECT["urls"]["Documentation"])
    assert {METADATA["documentationUrl"]} == set(addresses)
    assert PROJECT["urls"]["Changelog"] == f"{METADATA['documentationUrl']}#changelog"
    assert METADATA["license"] == PROJECT["license"]


def test_the_classifiers_name_the_pythons_and_the_types_that_the_package_has() -> None:
    told = [entry.removeprefix("Programming Language :: Python :: 3.") for entry in PROJECT["classifiers"]]
    lowest, end = (int(minor) for minor in re.findall(r"3\.(\d+)", PROJECT["requires-python"]))
    assert [int(minor) for minor in told if minor.isdigit()] == list(range(lowest, end))
    assert "Typing :: Typed" in told
    assert (ROOT / "source_basecamp" / "py.typed").exists()


def test_airbyte_waits_longer_than_the_connector_is_ever_silent() -> None:
    longest_retries = BasecampErrorHandler(config={}, parameters={}).max_time
    assert longest_retries is not None
    assert METADATA["maxSecondsBetweenMessages"] > longest_retries + LONGEST_WAIT


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")
@pytest.mark.parametrize("pattern", [MACHINE_PATH, PACKAGE_INDEX], ids=["machine path", "package index"])
def test_no_file_names_the_machine_it_was_written_on(pattern: re.Pattern[str]) -> None:
    texts = {str(path.relative_to(ROOT)): path.read_text(errors="replace") for path in tracked_files()}
    assert {name: found.group() for name, text in texts.items() if (found := pattern.search(text))} == {}


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        (MACHINE_PATH, ("cd /work", "/main")),
        (MACHINE_PATH, ("'/home/", "someone/venv'")),
        (MACHINE_PATH, ("file://", "/srv/packages")),
        (PACKAGE_INDEX, ("--extra-index", "-url x")),
        (PACKAGE_INDEX, ("PIP_INDEX", "_URL=x")),
        (PACKAGE_INDEX, ("https://py", "pi.example/simple")),
        (PACKAGE_INDEX, ("https://files.python", "hosted.org/packages")),
    ],
)
def test_what_names_a_machine_is_recognised(pattern: re.Pattern[str], parts: tuple[str, str]) -> None:
    assert pattern.search("".join(parts))
    assert not any(pattern.search(part) for part in parts)
