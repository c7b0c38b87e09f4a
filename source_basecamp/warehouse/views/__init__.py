"""Frequent questions to a Basecamp account as views, in SQL for both DuckDB and PostgreSQL.

A file has its view's name. Its first line names the tables that it reads; another one the columns from which it takes
the present names of things, instead of the names inside a record, which are as old as the record. A table of those may
be missing. Days and weeks are in the time zone of the session that reads the view.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib import resources

_NEEDS = "-- Reads: "
_NAMES = "-- Names: "
_NO_NAMES = "{table} (id, {column}) AS (SELECT CAST(NULL AS bigint), CAST(NULL AS text) WHERE FALSE)"


@dataclass(frozen=True)
class View:
    name: str
    needs: tuple[str, ...]
    names: tuple[str, ...]
    """Tables that it takes names from. They may be missing."""
    query: str


def views(tables: Collection[str]) -> list[View]:
    """The views that read these tables only, in the order of their names."""
    files = sorted(resources.files(__name__).iterdir(), key=lambda file: file.name)
    texts = {file.name.removesuffix(".sql"): file.read_text("utf-8") for file in files if file.name.endswith(".sql")}
    known = [_view(name, text, tables) for name, text in texts.items()]
    return [view for view in known if set(view.needs) <= set(tables)]


def _view(name: str, text: str, tables: Collection[str]) -> View:
    heading = text.splitlines()
    needs, named = (_listed(heading, mark) for mark in (_NEEDS, _NAMES))
    columns = dict(each.split(".") for each in named)
    missing = [_NO_NAMES.format(table=table, column=columns[table]) for table in columns if table not in tables]
    return View(name, tuple(needs), tuple(columns), f"WITH {', '.join(missing)}\n{text}" if missing else text)


def _listed(lines: list[str], mark: str) -> list[str]:
    return next((line.removeprefix(mark).split(", ") for line in lines if line.startswith(mark)), [])
