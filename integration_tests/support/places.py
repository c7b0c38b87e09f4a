"""Databases of a sync, of either kind, asked by their address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import duckdb
import psycopg2

from integration_tests.support.postgres import PASSWORD

Ask = Callable[[str], list[tuple[Any, ...]]]


@contextmanager
def session(place: str, zone: str = "UTC", dataset: str = "basecamp", read_only: bool = False) -> Iterator[Ask]:
    """Runs statements in a time zone; names without a schema are those of the sync."""
    if place.startswith("duckdb:"):
        with duckdb.connect(place.removeprefix("duckdb:"), read_only=read_only) as connection:
            connection.execute(f"SET TimeZone = '{zone}'")
            yield lambda statement: connection.execute(statement).fetchall()
        return
    options = f"-c timezone={zone} -c search_path={dataset}"
    with closing(psycopg2.connect(place, password=PASSWORD, options=options)) as server, server.cursor() as cursor:
        server.autocommit = True

        def ask(statement: str) -> list[tuple[Any, ...]]:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

        yield ask


def execute(place: str, statement: str) -> list[tuple[Any, ...]]:
    """Runs one statement."""
    with session(place) as ask:
        return ask(statement)
