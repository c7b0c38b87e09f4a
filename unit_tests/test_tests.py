"""The tests' own order: a test module is no library, and a name is a law that fits on a line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("unit_tests", "integration_tests")
MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """The modules of the tests that a module imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_what_tests_share_is_in_a_support_package() -> None:
    found = {(path.stem, name) for path in MODULES for name in imported(path) if name.split(".")[0] in FOLDERS}
    assert {(module, name) for module, name in found if name.split(".")[1] != "support"} == set()


def test_the_name_of_a_test_is_short_and_has_no_genitive() -> None:
    nodes = [node for path in MODULES for node in ast.walk(ast.parse(path.read_text()))]
    names = [node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    assert len(names) > 500
    assert [name for name in names if len(name) > 90 or "_s_" in name] == []
