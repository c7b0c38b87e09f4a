"""What the project asks of those who change it, and of its own machines, is there to be done."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
GITHUB = ROOT / ".github"
WORKFLOWS: dict[str, dict[str, Any]] = {
    path.name: yaml.safe_load(path.read_text()) for path in sorted((GITHUB / "workflows").iterdir())
}
TARGETS = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
PLACES = (
    *(f".github/workflows/{name}" for name in WORKFLOWS),
    ".github/pull_request_template.md",
    ".ci/run",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "docs/connector-builder.md",
)
MAY_WRITE = {
    ("release.yml", "image"): {"contents": "read", "packages": "write"},
    ("release.yml", "pypi"): {"id-token": "write"},
    ("release.yml", "github"): {"contents": "write"},
}
"""What a job may do beyond reading, by its workflow and name."""


def jobs() -> list[tuple[str, str, dict[str, Any]]]:
    """`(workflow, name, job)` of every job."""
    return [(file, name, job) for file, workflow in WORKFLOWS.items() for name, job in workflow["jobs"].items()]


def commands(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def needed(jobs: dict[str, Any], name: str) -> set[str]:
    """All jobs that have to succeed before one begins."""
    needs = jobs[name].get("needs", [])
    direct = {needs} if isinstance(needs, str) else set(needs)
    return direct.union(*(needed(jobs, other) for other in direct))


@pytest.mark.parametrize("place", PLACES)
def test_documented_make_targets_exist(place: str) -> None:
    text = (ROOT / place).read_text().replace("test-${{ matrix.set }}", "test-lowest")
    told = set(re.findall(r"(?:`|\$ |run: |^)make ([a-z-]+)", text, re.MULTILINE))
    assert told <= TARGETS
    assert told


@pytest.mark.parametrize("job", ["quick", "test"])
def test_every_python_that_is_allowed_runs_the_tests(job: str) -> None:
    lowest, end = (int(minor) for minor in re.findall(r"3\.(\d+)", PROJECT["requires-python"]))
    declared = WORKFLOWS["test.yml"]["jobs"][job]
    assert declared["strategy"]["matrix"]["python"] == [f"3.{minor}" for minor in range(lowest, end)]
    assert commands(declared) == [f"make {job} PYTHON=python"]


def test_the_audit_reports_and_does_not_gate() -> None:
    assert WORKFLOWS["nightly.yml"]["jobs"]["audit"]["continue-on-error"] is True


def test_a_job_may_only_read_unless_it_releases() -> None:
    assert [file for file, told in WORKFLOWS.items() if told["permissions"] != {"contents": "read"}] == []
    assert {(file, name): job["permissions"] for file, name, job in jobs() if "permissions" in job} == MAY_WRITE


def test_a_release_is_published_only_after_the_gate_and_the_check_of_its_tag() -> None:
    release = WORKFLOWS["release.yml"]["jobs"]
    assert release["gate"]["uses"] == "./.github/workflows/test.yml"
    assert all({"notes", "gate"} <= needed(release, name) for _, name in MAY_WRITE)
    assert release["pypi"]["environment"] == "pypi"


def test_every_action_is_pinned_to_a_major_version() -> None:
    used = [step["uses"] for _, _, job in jobs() for step in job.get("steps", ()) if "uses" in step]
    assert [action for action in used if not re.search(r"@(release/)?v\d+$", action)] == []


@pytest.mark.parametrize("form", sorted((GITHUB / "ISSUE_TEMPLATE").iterdir()), ids=lambda path: path.name)
def test_an_issue_form_has_what_github_asks_of_it(form: Path) -> None:
    told = yaml.safe_load(form.read_text())
    assert {"name", "description", "body"} <= set(told)
    fields = [field for field in told["body"] if field["type"] != "markdown"]
    assert all(field["attributes"]["label"] for field in fields)
    assert len({field["id"] for field in fields}) == len(fields)


def test_what_contributing_tells_to_edit_is_there() -> None:
    told = re.findall(r"`([\w./-]+\.(?:py|yaml|txt|toml|md))`", (ROOT / "CONTRIBUTING.md").read_text())
    assert [name for name in told if not (ROOT / name).exists() and name != "people.json"] == []


def test_the_hooks_are_the_linters_of_make() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    recipe = (ROOT / "Makefile").read_text().partition("\nlint:")[2].partition("\n\n")[0]
    tools = [" ".join(line.removeprefix("\t$(BIN)/").split()[:2]) for line in recipe.splitlines()[1:]]
    assert [" ".join(hook["entry"].removeprefix(".venv/bin/").split()[:2]) for hook in hooks] == tools
