"""Opens what a sync left, and only reads: a read-only file of DuckDB, a read-only transaction of PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb
import orjson
import psycopg2

from source_basecamp.process import CommandError, MisuseError
from source_basecamp.product import CLASSIC, product_of
from source_basecamp.warehouse.databases import connect_postgres, duckdb_message
from source_basecamp.warehouse.destination import Destination
from source_basecamp.warehouse.state import STATES
from source_basecamp.warehouse.views import all_views

NO_FILE = "There is no file {file}. Name one that a sync has written, or write it: `source-basecamp sync --to {place}`."
NO_TABLES = (
    "{place} holds no tables of a sync in schema {dataset} that this login may read. Name another database, or another "
    "schema with --dataset; or load the account: `source-basecamp sync --to {place}`."
)
UNREADABLE = (
    "The tables and views in schema {dataset} of {place} cannot be read: {reason}. Where permission is denied, have "
    "their owner run `GRANT SELECT ON ALL TABLES IN SCHEMA {dataset} TO ...`; otherwise sync again, which makes the "
    "views anew."
)
NO_VIEWS = "There are no views to read in {place}. Name duckdb:FILE, postgres://USER@HOST/DATABASE or parquet:FOLDER."
OF_CLASSIC = (
    "{place} holds a Basecamp Classic account in schema {dataset}, and the report is on accounts of Basecamp 3, 4 and "
    "5. Ask its tables and views with SQL, or name the database of another account."
)

_SETTINGS: Any = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
_COLUMNS = (
    "SELECT table_name, column_name FROM information_schema.columns "
    "WHERE table_catalog = current_database() AND table_schema = '{}'"
)
# Without a zone: objects for times that have one would need pytz.
_STATE = (
    "SELECT max(account_id), CAST(max(synced_at) AS timestamp), CAST(min(synced_at) AS timestamp), "
    f"CAST(now() AS timestamp), current_date, current_setting('TimeZone') FROM {STATES.name}"
)


@dataclass(frozen=True)
class Reading:
    """One state of the database, whatever is written meanwhile. Names without a schema are those of the sync."""

    ask: Callable[[str], list[tuple[Any, ...]]]
    """The rows of a query."""
    views: frozenset[str]
    """Those that are there with all their columns."""
    lacking: Mapping[str, tuple[str, ...]]
    """By view that is not there: the tables that it lacks. Of one of an earlier version, none."""
    account: str
    """Its name, or its number where the stream account is not loaded."""
    synced_at: datetime
    """When a stream was last synced, in the time zone of the session."""
    oldest: datetime
    """When the stream that was not synced for longest was."""
    now: datetime
    today: date
    zone: str


@contextmanager
def open_for_reading(place: Destination) -> Iterator[Reading]:
    """Opens the database of a sync. Raises a CommandError if it is none, or cannot be read."""
    connection: Any
    if place.is_duckdb:
        connection = cursor = _open_duckdb(place)
        use = f"SET schema = '{place.dataset}'"
    elif place.kind == "postgres":
        connection = connect_postgres(place)
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        cursor, use = connection.cursor(), f"SELECT set_config('search_path', '{place.dataset}', false)"
    else:
        raise MisuseError(NO_VIEWS.format(place=place))

    def ask(query: str) -> list[tuple[Any, ...]]:
        try:
            cursor.execute(query)
            return list(cursor.fetchall())
        except (duckdb.Error, psycopg2.Error) as error:
            reason = str(error).strip().splitlines()[0].rstrip(".")
            raise CommandError(UNREADABLE.format(place=place, dataset=place.dataset, reason=reason)) from error

    try:
        yield _reading(place, ask, use)
    finally:
        connection.close()


def _open_duckdb(place: Destination) -> duckdb.DuckDBPyConnection:
    file = place.database
    if not file.exists():
        raise CommandError(NO_FILE.format(file=file, place=place))
    try:
        return duckdb.connect(str(file), read_only=True, config=_SETTINGS)
    except duckdb.Error as error:
        raise CommandError(duckdb_message(file, str(error))) from error


def _reading(place: Destination, ask: Callable[[str], list[tuple[Any, ...]]], use: str) -> Reading:
    found: dict[str, set[str]] = {}
    for table, column in ask(_COLUMNS.format(place.dataset)):
        found.setdefault(table, set()).add(column)
    none = NO_TABLES.format(place=place, dataset=place.dataset)
    if STATES.name not in found:
        raise CommandError(none)
    ask(use)
    ((account_id, *facts),) = ask(_STATE)
    if account_id is None:
        raise CommandError(none)
    if any(product_of(orjson.loads(scope)) == CLASSIC for (scope,) in ask(f"SELECT scope FROM {STATES.name}")):
        raise CommandError(OF_CLASSIC.format(place=place, dataset=place.dataset))
    views = {view.name: view for view in all_views()}
    whole = frozenset(name for name, view in views.items() if view.columns.keys() <= found.get(name, set()))
    lacking = {name: tuple(table for table in views[name].needs if table not in found) for name in views.keys() - whole}
    named = ask("SELECT name FROM account WHERE name <> ''") if "name" in found.get("account", ()) else []
    account = named[0][0] if named else f"Account {account_id}"
    return Reading(ask, whole, lacking, account, *facts)
