"""Frequent questions to a Basecamp account as views, in SQL for both DuckDB and PostgreSQL.

A file has its view's name, and its first line names the tables that it reads. Days and weeks are in the time zone of
the session that reads the view.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib import resources

_NEEDS = "-- Reads: "


@dataclass(frozen=True)
class View:
    name: str
    needs: tuple[str, ...]
    query: str


def views(tables: Collection[str]) -> list[View]:
    """The views that read these tables only, in the order of their names."""
    files = sorted(resources.files(__name__).iterdir(), key=lambda file: file.name)
    known = [
        _view(file.name.removesuffix(".sql"), file.read_text("utf-8")) for file in files if file.name.endswith(".sql")
    ]
    return [view for view in known if set(view.needs) <= set(tables)]


def _view(name: str, text: str) -> View:
    first = text.partition("\n")[0]
    return View(name, tuple(first.removeprefix(_NEEDS).split(", ")), text)
