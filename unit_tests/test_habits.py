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
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
TARGETS = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
PLACES = (
    ".github/workflows/test.yml",
    ".ci/run",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "docs/connector-builder.md",
)


def steps(job: str) -> list[str]:
    return [step["run"] for step in WORKFLOW["jobs"][job]["steps"] if "run" in step]


@pytest.mark.parametrize("place", PLACES)
def test_every_make_that_is_told_of_is_there(place: str) -> None:
    text = (ROOT / place).read_text().replace("test-${{ matrix.set }}", "test-lowest")
    told = set(re.findall(r"(?:`|\$ |run: |^)make ([a-z-]+)", text, re.MULTILINE))
    assert told <= TARGETS
    assert told


def test_every_python_that_is_allowed_runs_the_tests() -> None:
    lowest, end = (int(minor) for minor in re.findall(r"3\.(\d+)", PROJECT["requires-python"]))
    tested = WORKFLOW["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert tested == [f"3.{minor}" for minor in range(lowest, end)]
    assert steps("test") == ["make test PYTHON=python"]


def test_the_audit_reports_and_does_not_gate() -> None:
    assert WORKFLOW["jobs"]["audit"]["continue-on-error"] is True


def test_the_workflow_may_only_read() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read"}


def test_what_contributing_tells_to_edit_is_there() -> None:
    told = re.findall(r"`([\w./-]+\.(?:py|yaml|txt|toml|md))`", (ROOT / "CONTRIBUTING.md").read_text())
    assert [name for name in told if not (ROOT / name).exists() and name != "people.json"] == []


def test_the_hooks_are_the_linters_of_make() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    recipe = (ROOT / "Makefile").read_text().partition("\nlint:")[2].partition("\n\n")[0]
    tools = [" ".join(line.removeprefix("\t$(BIN)/").split()[:2]) for line in recipe.splitlines()[1:]]
    assert [" ".join(hook["entry"].removeprefix(".venv/bin/").split()[:2]) for hook in hooks] == tools
