"""Writes the connector as Airbyte's Connector Builder and its `source-declarative-manifest` take it: two files.

`make manifest-only` puts `manifest.yaml` and `components.py` into `dist/manifest-only`. The manifest is the package's
with the schemas inside; the components are the modules whose classes it names, one after another.
docs/connector-builder.md tells how to use them, and what is missing there.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "source_basecamp"
TARGET = ROOT / "dist" / "manifest-only"

_PACKAGE_COMPONENTS, _BUILDER_COMPONENTS = "source_basecamp.components.", "source_declarative_manifest.components."
_REFERENCE = re.compile(r'"\$ref": "(\w+)\.json(?:#(/[\w/]+))?"')
_MANIFEST_HEAD = "# Written by `make manifest-only` from manifest.yaml, which says why. Change that, not this file.\n"
_HEAD = '''"""Written by `make manifest-only` from the modules of source_basecamp. Change those, not this file."""

from __future__ import annotations

{imports}

# Injected into a configuration, this text runs before it is a module, and dataclasses look their module up by name.
sys.modules.setdefault(__name__, types.ModuleType(__name__)).__dict__.update(globals())
'''


def main() -> None:
    write(TARGET)


def write(folder: Path) -> None:
    """Puts both files into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.yaml").write_text(manifest())
    path = folder / "components.py"
    path.write_text(components())
    for command in (["check", "--select", "I", "--fix"], ["format"]):
        options = ["--quiet", "--config", str(ROOT / "pyproject.toml")]
        subprocess.run([sys.executable, "-m", "ruff", *command, *options, str(path)], check=True)


def manifest() -> str:
    """The manifest with its schemas, and with the class names that the platform gives to components."""
    declared: dict[str, Any] = _renamed(yaml.safe_load((ROOT / "manifest.yaml").read_text()))
    del declared["definitions"]["file_uploader"]
    for stream in declared["streams"]:
        # The CDK copies files unasked, which only the package keeps it from.
        stream.pop("file_uploader", None)
        schema = {"$ref": f"#/schemas/{stream['$parameters']['name']}"}
        stream["schema_loader"] = {"type": "InlineSchemaLoader", "schema": schema}
    schemas = _schemas(PACKAGE / "schemas") | {"shared": _schemas(PACKAGE / "schemas" / "shared")}
    return _MANIFEST_HEAD + yaml.safe_dump(
        {**declared, "schemas": schemas}, sort_keys=False, width=120, allow_unicode=True
    )


def _renamed(node: Any) -> Any:
    """The same part of a manifest, its classes found where the platform puts them."""
    if isinstance(node, dict):
        return {key: _renamed(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_renamed(value) for value in node]
    return node.replace(_PACKAGE_COMPONENTS, _BUILDER_COMPONENTS) if isinstance(node, str) else node


def components() -> str:
    """The text of one module with all components, each name defined before it is used."""
    imports, bodies = {"import sys": None, "import types": None}, []
    defined: dict[str, str] = {}
    for name in _modules():
        text = (PACKAGE / f"{name}.py").read_text()
        tree = ast.parse(text)
        imports |= dict.fromkeys(ast.unparse(node) for node in _imports(tree) if not _sibling(node))
        bodies.append(_body(name, text, tree, defined))
    return "\n\n".join([_HEAD.format(imports="\n".join(imports)), *bodies])


def _schemas(folder: Path) -> dict[str, Any]:
    """The schemas of a folder, whose references to shared shapes are references inside the manifest."""
    return {path.stem: json.loads(_REFERENCE.sub(_inside, path.read_text())) for path in sorted(folder.glob("*.json"))}


def _inside(reference: re.Match[str]) -> str:
    return f'"$ref": "#/schemas/shared/{reference[1]}{reference[2] or ""}"'


def _modules() -> Iterator[str]:
    """The modules that components.py is made of, each behind those that it imports."""
    needs: dict[str, list[str]] = {}
    unread = ["components"]
    while unread:
        name = unread.pop()
        siblings = map(_sibling, _imports(ast.parse((PACKAGE / f"{name}.py").read_text())))
        needs[name] = [sibling for sibling in siblings if sibling]
        unread += [sibling for sibling in needs[name] if sibling not in needs]
    return (name for name in TopologicalSorter(needs).static_order() if name != "components")


def _imports(tree: ast.Module) -> list[ast.Import | ast.ImportFrom]:
    return [
        node
        for node in tree.body
        if isinstance(node, (ast.Import, ast.ImportFrom)) and getattr(node, "module", "") != "__future__"
    ]


def _sibling(node: ast.Import | ast.ImportFrom) -> str | None:
    """The module of this package that is imported from, if it is one."""
    package, _, module = (getattr(node, "module", None) or "").partition(".")
    if package != PACKAGE.name:
        return None
    if any(name.asname for name in node.names):
        raise ValueError(f"in one file, {ast.unparse(node)!r} has no meaning: import it by its own name")
    return module


def _body(name: str, text: str, tree: ast.Module, defined: dict[str, str]) -> str:
    """A module's text without its imports, and without what an earlier module defines in the same words."""
    lines = text.splitlines()
    for node in tree.body:
        source = ast.get_source_segment(text, node) or ""
        for symbol in _symbols(node):
            if symbol not in defined:
                defined[symbol] = source
            elif defined[symbol] == source:
                lines[node.lineno - 1 : node.end_lineno] = [""] * len(source.splitlines())
            else:
                raise ValueError(f"{name}.py gives {symbol} a second meaning: in one file, a name has one")
    first = max((node.end_lineno or 0 for node in _imports(tree)), default=0)
    docstring = (ast.get_docstring(tree) or "").splitlines()
    heading = [f"# --- {name} {'-' * (113 - len(name))}", "", *(f"# {line}".rstrip() for line in docstring)]
    return "\n".join([*heading, *lines[first:]])


def _symbols(node: ast.stmt) -> list[str]:
    """The names that a statement at the top of a module defines."""
    if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


if __name__ == "__main__":
    main()
