"""Writes docs/commands.md: the help and the messages of each command for people, from the source."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from source_basecamp.cli import basecamp
from tools.docs import ROOT
from tools.docs.tables import table
from tools.docs.texts import PACKAGE, texts

PAGE = ROOT / "docs" / "commands.md"
# The package behind a command, where it has one.
_PACKAGES = {"doctor": "doctor", "login": "login", "report": "report", "sync": "warehouse"}
# What a report reads is in the warehouse.
_READING = PACKAGE / "warehouse" / "reading.py"
_INTRODUCTION = """\
The commands for people, with their options and every message that they show. `…` stands for what is filled in. The
connector's own messages, which the commands show as well, are [on its page](basecamp.md#messages)."""
# Columns and their descriptions are no messages, nor is what stands in a report.
_NO_MESSAGES = {"derived.py", "occurrences.py", "tables.py", "charts.py", "projects.py", "work.py", "stored.py"}
_SENTENCE = re.compile(r"[.?]$|: |\. ")


def commands() -> str:
    """The whole page, as Markdown."""
    group = click.Context(basecamp, info_name="source-basecamp")
    modules = {name: _modules(name) for name in basecamp.commands}
    shared = {PACKAGE / "connection.py", PACKAGE / "terminal.py", *(PACKAGE / "cli").glob("[a-z]*.py")}
    sections = [
        "<!-- Written by `make docs` from source_basecamp. Do not edit. -->\n# Commands",
        _INTRODUCTION,
        # The exit codes. The paragraph before is about Airbyte's verbs.
        str(basecamp.epilog).strip().rpartition("\n\n")[2],
        *(_section(command, group, modules[name]) for name, command in basecamp.commands.items()),
        *_messages("## Messages of every command", shared.difference(*modules.values())),
    ]
    return "\n\n".join(sections) + "\n"


def _modules(name: str) -> list[Path]:
    package = PACKAGE / _PACKAGES[name] if name in _PACKAGES else None
    own = {path for path in package.rglob("*.py") if path.name not in _NO_MESSAGES} if package else set()
    own = own | {_READING} if name == "report" else own - {_READING}
    return [*sorted((PACKAGE / "cli").glob(f"{name}*.py")), *sorted(own)]


def _section(command: click.Command, group: click.Context, modules: Iterable[Path]) -> str:
    context = click.Context(command, info_name=command.name, parent=group)
    options = [_option(option, context) for option in command.params if isinstance(option, click.Option)]
    parts = [
        f"## {command.name}",
        *_description(str(command.help)),
        table(("option", "default", "environment variable", "meaning"), options),
        *_messages(f"### Messages of {command.name}", modules),
    ]
    return "\n\n".join(parts)


def _description(text: str) -> Iterable[str]:
    """The paragraphs of a help text, examples (which begin with a mark for click) as code."""
    for paragraph in inspect.cleandoc(text).replace("\b\n", "\b").split("\n\n"):
        if paragraph.startswith("\b"):
            lines = "\n".join(f"$ {line.strip()}" for line in paragraph.removeprefix("\b").splitlines())
            yield f"```console\n{lines}\n```"
        else:
            yield " ".join(paragraph.split())


def _option(option: click.Option, context: click.Context) -> tuple[str, ...]:
    name = option.opts[0] if option.is_flag else f"{option.opts[0]} {option.make_metavar(context)}"
    default: Any = option.get_default(context)
    shown = "required" if option.required else str(default) if option.show_default else ""
    return f"`{name}`", shown, f"`{option.envvar}`" if option.envvar else "", str(option.help)


def _messages(heading: str, modules: Iterable[Path]) -> Iterable[str]:
    messages = sorted(filter(_SENTENCE.search, texts(sorted(modules))), key=str.lower)
    return (heading, table(("message",), [(message,) for message in messages])) if messages else ()
