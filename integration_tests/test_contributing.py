"""The recipe of CONTRIBUTING.md for a new stream, carried out in a copy of the project."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from integration_tests.support.connector import ROOT
from unit_tests.support.pages import fenced

NEW = "pingable_people"
LAWS = (
    "unit_tests/test_docs.py",
    "unit_tests/test_schemas.py",
    "unit_tests/test_versions.py",
    "integration_tests/test_airbyte_standards.py",
    "integration_tests/test_whole_account.py",
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with the project's files."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


DOCS_AND_TEST = """
import sys
import pytest
from integration_tests.support import samples
from tools.docs import generate
generate.main()
samples.main()
sys.exit(pytest.main(sys.argv[1:]))
"""
"""What `make docs` does and then pytest, in one process, for each would import all anew."""


def run(folder: Path, program: str, *arguments: str) -> None:
    """Runs a program in the copy."""
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def follow(recipe: str, folder: Path) -> None:
    """Does what the recipe says is to be done by hand."""
    (line,) = fenced(recipe, "yaml")
    insert(folder / "manifest.yaml", "  # Lists of the whole account.\n", after=f"  {line}\n")
    schemas = folder / "source_basecamp" / "schemas"
    schema = json.loads((schemas / "people.json").read_text()) | {"description": "The people whom the user can ping."}
    (schemas / f"{NEW}.json").write_text(json.dumps(schema))
    ((table, file),) = re.findall(r"In `(\w+)` of `([\w/]+\.py)`", recipe)
    (listing,), (function,) = fenced(recipe, "text"), fenced(recipe, "python")
    (begin,) = re.findall(rf"^{table}\b.*= \(\n", (folder / file).read_text(), re.MULTILINE)
    insert(folder / file, begin, before=f"{function}\n\n\n", after=f"    {listing}\n")


def insert(file: Path, at: str, *, before: str = "", after: str = "") -> None:
    text = file.read_text()
    assert text.count(at) == 1, at
    file.write_text(text.replace(at, f"{before}{at}{after}"))


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")
@pytest.mark.slow
def test_a_new_stream_takes_three_files_and_one_command_and_keeps_the_laws_of_all(copy: Path) -> None:
    recipe = (ROOT / "CONTRIBUTING.md").read_text().partition("\n## Add a stream")[2].partition("\n## ")[0]
    before = contents(copy)
    follow(re.sub(r"^   ", "", recipe, flags=re.MULTILINE), copy)
    by_hand = {name for name, content in contents(copy).items() if content != before.get(name)}
    assert len(by_hand) == 3
    laws = f"{NEW} or every_stream or fresh"
    run(copy, DOCS_AND_TEST, "-q", "-p", "no:cacheprovider", "-k", laws, *LAWS)
