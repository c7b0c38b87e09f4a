"""The parts that `make docs` writes of docs/tables.md (types, keys, diagram, tables of people, views), and those of
docs/classic.md on tables and views.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import duckdb

from source_basecamp.catalog import all_streams
from source_basecamp.product import CLASSIC
from source_basecamp.warehouse.derived import BRIDGES
from source_basecamp.warehouse.files.stored import STORED
from source_basecamp.warehouse.occurrences import OCCURRENCES
from source_basecamp.warehouse.postgres_store import PostgresStore
from source_basecamp.warehouse.tables import DUCKDB_TYPES, Table, all_tables, table_of_people
from source_basecamp.warehouse.views import View, all_views
from tools.docs import ROOT
from tools.docs.page import filled
from tools.docs.tables import table

TABLES_PAGE = ROOT / "docs" / "tables.md"

_SENT = {
    "bigint": "integer",
    "double": "number",
    "bool": "boolean",
    "timestamp": "date-time",
    "date": "date",
    "text": "string",
    "json": "object, list",
    "decimal": "a number in a text",
}
"""By kind of column: what Basecamp sends."""

_MANY = 20
"""Tables that are counted instead of listed."""

_SENT_KEYS = {"project_id": "projects", "card_table_id": "card_tables"}
"""Keys that Basecamp itself sends, or that say for which record a stream was asked, and their tables."""


def tables_page() -> str:
    """The whole page, its written parts as they should be today."""
    text, tables = TABLES_PAGE.read_text(), all_tables()
    views = _views([*tables, *map(table_of_people, BRIDGES), OCCURRENCES], all_views())
    parts = {"types": _types(), "keys": _keys(tables), "people": _people(), "diagram": _diagram(), "views": views}
    for name, content in parts.items():
        text = filled(text, name, content)
    return text


def with_classic_tables(text: str) -> str:
    """The page on Basecamp Classic, what it says of keys and views as it should be today."""
    tables = all_tables(CLASSIC)
    text = filled(text, "keys", _keys(tables))
    return filled(text, "views", _views(tables, all_views(CLASSIC)))


def _types() -> str:
    rows = [(_SENT[kind], type, PostgresStore.types[kind]) for kind, type in DUCKDB_TYPES.items()]
    return table(("sent as", "DuckDB", "PostgreSQL"), rows)


def _keys(every: Iterable[Table]) -> str:
    """Computed columns with one meaning in one row, and the tables that have them."""
    tables: dict[tuple[str, str, str], list[str]] = {}
    for each in every:
        for column in each.columns:
            if column.derived:
                refers_to = column.derived.refers_to if column.name != "parent_id" else None
                meaning = column.description + (f" In `{refers_to}`." if refers_to else "")
                tables.setdefault((f"`{column.name}`", DUCKDB_TYPES[column.kind], meaning), []).append(each.name)
    rows = [(*key, ", ".join(names) if len(names) < _MANY else f"{len(names)} tables") for key, names in tables.items()]
    return table(("column", "type", "meaning", "in"), rows)


def _people() -> str:
    tables = (*map(table_of_people, BRIDGES), OCCURRENCES, STORED)
    rows = [
        (f"`{one.name}`", ", ".join(f"`{column.name}`" for column in one.columns), one.description) for one in tables
    ]
    return table(("table", "columns", "what it holds"), rows)


def _diagram() -> str:
    lines = ["```mermaid", "erDiagram"]
    for one, many, key in sorted(set(_edges())):
        lines.append(f"    {one} ||--o{{ {many} : {key}")
    return "\n".join([*lines, "```"])


def _edges() -> Iterator[tuple[str, str, str]]:
    """One, many, and the column of the many that holds the id of the one; who created a record is left out."""
    names = {stream.name for stream in all_streams()}
    for each in all_tables():
        for column in each.columns:
            if column.derived and column.derived.refers_to and column.name != "creator_id":
                yield column.derived.refers_to, each.name, column.name
            elif not column.derived and _SENT_KEYS.get(column.name, each.name) in names - {each.name}:
                yield _SENT_KEYS[column.name], each.name, column.name
    for bridge in BRIDGES:
        yield bridge.table, bridge.name, bridge.key
        yield "people", bridge.name, "person_id"
    yield "schedule_entries", OCCURRENCES.name, OCCURRENCES.key[0]
    yield "projects", STORED.name, "project_id"


def _views(tables: Iterable[Table], views: Iterable[View]) -> str:
    with duckdb.connect() as connection:
        for each in tables:
            connection.execute(f"CREATE TABLE {each.name} ({_declared(each)})")
        return "\n\n".join(_view(connection, view) for view in views)


def _declared(each: Table) -> str:
    return ", ".join(f'"{column.name}" {column.duckdb_type}' for column in each.columns)


def _view(connection: duckdb.DuckDBPyConnection, view: View) -> str:
    connection.execute(f"CREATE VIEW {view.name} AS {view.sql}")
    types = {name: type for name, type, *_ in connection.execute(f"DESCRIBE {view.name}").fetchall()}
    rows = [(f"`{name}`", types[name], text) for name, text in view.columns.items()]
    needs = ", ".join(view.needs)
    heading = f"### {view.name}\n\n{view.description} Needs {needs}."
    more = f" Reads {', '.join(view.may_need)} too, where they are there." if view.may_need else ""
    return f"{heading}{more}\n\n" + table(("column", "type", "meaning"), rows)
