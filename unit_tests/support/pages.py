"""The written pages, taken apart for tests: code blocks, tables, commands."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "examples/README.md",
    *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").rglob("*.md"))),
]


def fenced(text: str, language: str) -> list[str]:
    """The blocks of code in a language."""
    return [block.strip() for block in re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)]


def table(text: str, name: str) -> list[list[str]]:
    """The rows, without headings, of the table that a command has written between the markers of `name`."""
    (written,) = re.findall(rf"<!-- {name}: written by .*? -->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
    lines = [line for line in written.strip().split("\n") if line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def commands(text: str) -> list[tuple[str, list[str]]]:
    """What `source-basecamp` is told to do: the verb, and the options that it is given."""
    found = re.findall(r"(?<![\w/.-])source-basecamp ([a-z]+)((?: --?[\w-]+(?:[ =][^\s`-][^\s`]*)?)*)", text)
    return [(verb, re.findall(r" (--[\w-]+)", options)) for verb, options in found]
