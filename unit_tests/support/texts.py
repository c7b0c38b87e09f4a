"""Every text in the connector's source that a person can be shown."""

from __future__ import annotations

from tools.docs.texts import HOLE, PACKAGE, texts

__all__ = ["HOLE", "shown"]

# Shown by the commands for people only: docs/commands.md has their texts. usage.py is the help of the others.
_COMMANDS = {"catalog.py", "connection.py", "terminal.py", "usage.py"}


def shown() -> set[str]:
    """The texts of the modules that Airbyte runs; `HOLE` stands for what is filled in at run time."""
    modules = (*PACKAGE.glob("*.py"), *(PACKAGE / "classic").glob("*.py"))
    return set(texts(module for module in sorted(modules) if module.name not in _COMMANDS))
