"""Questions that people ask of a Basecamp account, as views: the same SQL for DuckDB and PostgreSQL.

A file is named as its view. Its first line names the tables that it reads. Days and weeks are those of the time zone
of the session that asks.
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
    """The views that can be made of these tables, in the order of their names."""
    files = sorted(resources.files(__name__).iterdir(), key=lambda file: file.name)
    known = [_view(file.name.removesuffix(".sql"), file.read_text("utf-8")) for file in files if _is_sql(file.name)]
    return [view for view in known if set(view.needs) <= set(tables)]


def _is_sql(name: str) -> bool:
    return name.endswith(".sql")


def _view(name: str, text: str) -> View:
    first = text.partition("\n")[0]
    return View(name, tuple(first.removeprefix(_NEEDS).split(", ")), text)
