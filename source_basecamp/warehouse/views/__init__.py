"""Frequent questions to a Basecamp account as views, in SQL for both DuckDB and PostgreSQL.

A file has its view's name. It begins with what the view shows, `-- Reads:` names the tables that it needs, and
`-- May read:` those that may be missing: they are read as empty ones. Either may take several lines. A comment at the
end of a line describes the column that ends there. Days and weeks are in the time zone of the session that reads the
view. A view of what is open shows live records of active projects. One of what has been done counts records whatever
has become of them and of their project, unless that was trashed or deleted. The views of Basecamp Classic are in a
folder of their own.

The columns that a view had in an earlier version stay where they were: PostgreSQL replaces a view only by one that has
its columns, in their order, and keeps what people have built on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from source_basecamp.product import BC3

_NEEDS = "-- Reads: "
_MAY_NEED = "-- May read: "
_WITH = "WITH "
_COLUMN = re.compile(r"^ +(?:.*\bAS |.*\.)?(\w+),? +-- (.+)$")


@dataclass(frozen=True)
class View:
    name: str
    product: str
    description: str
    needs: tuple[str, ...]
    may_need: tuple[str, ...]
    columns: Mapping[str, str]
    """Its columns and their descriptions."""
    sql: str

    def query(self, existing: Collection[str], types_of: Callable[[str], Mapping[str, str]]) -> str:
        """Its query, with an empty table in the place of each that is missing.

        `types_of` returns the columns of a table and their types in the database.
        """
        empty = [_empty(table, types_of(table)) for table in self.may_need if table not in existing]
        if not empty:
            return self.sql
        rest = f",\n{self.sql.removeprefix(_WITH)}" if self.sql.startswith(_WITH) else f"\n{self.sql}"
        return f"{_WITH}{', '.join(empty)}{rest}"


@cache
def all_views(product: str = BC3) -> tuple[View, ...]:
    """Those on the tables of a product, in the order of their names."""
    folder = resources.files(__name__) if product == BC3 else resources.files(__name__) / product
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=str)
    return tuple(_view(file.name.removesuffix(".sql"), product, file.read_text("utf-8")) for file in files)


def _view(name: str, product: str, text: str) -> View:
    lines = text.splitlines()
    heading = [line for line in lines if line.startswith("-- ")]
    described = " ".join(line.removeprefix("-- ") for line in heading if not line.startswith((_NEEDS, _MAY_NEED)))
    columns = {found[1]: found[2] for found in map(_COLUMN.match, lines) if found}
    sql = "\n".join(line for line in lines if line not in heading)
    return View(name, product, described, _listed(heading, _NEEDS), _listed(heading, _MAY_NEED), columns, sql)


def _listed(lines: list[str], mark: str) -> tuple[str, ...]:
    return tuple(name for line in lines if line.startswith(mark) for name in line.removeprefix(mark).split(", "))


def _empty(table: str, columns: Mapping[str, str]) -> str:
    nulls = ", ".join(f'CAST(NULL AS {type}) AS "{name}"' for name, type in columns.items())
    return f"{table} AS (SELECT {nulls} WHERE FALSE)"
