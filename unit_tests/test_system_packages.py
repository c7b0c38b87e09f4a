"""`make test` installs nothing on a system without saying so first, and nothing at all where it is told not to."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "tools" / "system-packages"


@pytest.fixture
def debian(tmp_path: Path) -> Path:
    """A folder with commands as on a Debian system without any of the packages; `apt-get` writes down its calls."""
    bodies = {"id": "echo ${AS_USER:-0}", "dpkg-query": "exit 1", "apt-get": f'echo "$@" >> {tmp_path}/calls'}
    for name, body in bodies.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    return tmp_path


def said(debian: Path, **variables: str) -> str:
    environment = os.environ | {"PATH": f"{debian}:{os.environ['PATH']}", "SYSTEM": "yes", **variables}
    command = [str(SCRIPT), "chromium", "postgresql"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def test_what_is_installed_is_said_first_and_how_to_leave_it_out(debian: Path) -> None:
    before, after = said(debian).splitlines()
    assert "installs on this system, for some of the tests: chromium postgresql" in before
    assert "make test SYSTEM=no" in before
    assert after == "system-packages: installed chromium postgresql"
    assert (debian / "calls").read_text().startswith("install ")


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"SYSTEM": "no"}, "SYSTEM=no, so nothing is installed; tests that need one of these are skipped: chromium"),
        ({"AS_USER": "1000"}, "to run them all: sudo apt-get install chromium postgresql"),
    ],
)
def test_nothing_is_installed_where_that_is_not_wanted_or_not_possible(
    debian: Path, variables: dict[str, str], words: str
) -> None:
    assert words in said(debian, **variables)
    assert not (debian / "calls").exists()
