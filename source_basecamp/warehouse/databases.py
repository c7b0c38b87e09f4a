"""Connections to DuckDB and PostgreSQL, each for one sync at a time, and the messages for errors at connecting."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import duckdb
import psycopg2

from source_basecamp.process import CommandError
from source_basecamp.terminal import ask_password
from source_basecamp.warehouse.destination import STORE_IN_FOLDER, Destination

IN_USE = (
    "{place} is in use by another program, which may be another sync or an open DuckDB shell. Close it, and run this "
    "again."
)
NOT_DUCKDB = "{place} is not a DuckDB database, or one of a newer DuckDB. Name another file after duckdb:."
NO_FOLDER = "{place} cannot be made: there is no folder {folder}. Make it, or name another place."
STRANGE_FILE = (
    "{folder} holds a file {name} that was not made by a sync, and would have to be replaced. Name another folder "
    "after parquet:, or move the file away."
)
CANNOT_OPEN = "{place} cannot be opened: {reason}. Correct it, or name another place."
OTHER_SYNC = "Another sync is writing to {place}. Wait until it is done, and run this again."
WRONG_PASSWORD = (
    "PostgreSQL refuses the login {user!r} at {place}. Put the right password into ~/.pgpass or into the environment "
    "variable PGPASSWORD, or name another user in the address: {reason}"
)
NO_DATABASE = "There is no database {database!r} at {place}. Make it with `createdb`, or name another in the address."
NOT_UNICODE = (
    "The database {database} is in {encoding}, which cannot hold all that people write in Basecamp. Make one with "
    "`createdb --encoding=UTF8 --template=template0 NAME`, and name that in the address."
)
NO_SCHEMA = (
    "The login {user!r} may not make the schema {dataset!r} in {place}. Have the owner of the database run `CREATE "
    "SCHEMA {dataset} AUTHORIZATION {user}`."
)
NO_TEMPORARY = (
    "The login {user!r} may not make temporary tables in {place}, through which a sync writes its rows. Have the owner "
    "of the database run `GRANT TEMPORARY ON DATABASE {database} TO {user}`."
)
UNREACHABLE = "No PostgreSQL answers at {place}: {reason}. Check the address, and that the server runs and lets you in."
QUESTION = "Password of {user} at {host}"

DUCKDB_SETTINGS: Any = {
    # No downloads: every extension in use is built in.
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # A second thread needs memory of its own, of which there is then too little for either to be fast.
    "threads": "1",
    # Larger loads go right into the file. DuckDB's default has most of them written to its log first.
    "checkpoint_threshold": "1MB",
    # DuckDB's default is most of the machine's memory. Beyond this, it writes to disk. What it has read and written of
    # a file it keeps in memory, up to this.
    "memory_limit": "136MiB",
}
ENGINE_SETTINGS: Any = DUCKDB_SETTINGS | {
    # Without a file: it gives its memory back after each statement.
    "memory_limit": "244MiB",
}
MORE_MEMORY = "2GB"

Result = TypeVar("Result")

_PATH_OF_DATABASE = "SELECT path FROM duckdb_databases() WHERE database_name = current_database()"
_ABOUT = (
    "SELECT current_database(), current_user, current_setting('server_encoding'), "
    "to_regnamespace(%s) IS NOT NULL OR has_database_privilege(current_database(), 'CREATE'), "
    "has_database_privilege(current_database(), 'TEMPORARY')"
)
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"


def prepare_folder(folder: Path, names: Iterable[str]) -> None:
    """Creates the folder for Parquet files. Raises a CommandError if it has one of these and no sync has made it."""
    if folder.absolute().parent.is_dir():
        folder.mkdir(exist_ok=True)
    if not (folder / STORE_IN_FOLDER).exists():
        refuse_files(folder, names)


def refuse_files(folder: Path, names: Iterable[str]) -> None:
    """Raises a CommandError if there is a file of one of these names: no sync has made it."""
    for name in names:
        if (folder / f"{name}.parquet").exists():
            raise CommandError(STRANGE_FILE.format(folder=folder, name=f"{name}.parquet"))


def quoted(path: Path) -> str:
    """A path as a string literal in DuckDB's SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def with_enough_memory(connection: duckdb.DuckDBPyConnection, action: Callable[[], Result]) -> Result:
    """Does something in DuckDB, once more with more memory if it takes more: not all of it can be written to disk."""
    try:
        return action()
    except duckdb.OutOfMemoryException:
        ((limit,),) = connection.execute("SELECT current_setting('memory_limit')").fetchall()
        set_memory(connection, MORE_MEMORY)
        try:
            return action()
        finally:
            set_memory(connection, limit)


def set_memory(connection: duckdb.DuckDBPyConnection, limit: str) -> None:
    """Lets DuckDB hold so much in memory."""
    connection.execute(f"SET memory_limit = '{limit}'")


@contextmanager
def open_duckdb(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens the database in a file, or creates it. No other process can open it at the same time."""
    try:
        # What DuckDB's log holds after a stop is read first: of long texts, with more memory.
        connection = duckdb.connect(str(path), config=DUCKDB_SETTINGS | {"memory_limit": MORE_MEMORY})
    except duckdb.Error as error:
        raise CommandError(duckdb_message(path, str(error))) from error
    # DuckDB opens a data file, such as JSON, as a view in a database in memory.
    if connection.execute(_PATH_OF_DATABASE).fetchall() == [(None,)]:
        raise CommandError(NOT_DUCKDB.format(place=path))
    set_memory(connection, DUCKDB_SETTINGS["memory_limit"])
    try:
        yield connection
    finally:
        # Refused while the worker thread is still loading. That is after a stop or an error only, which goes before.
        with suppress(duckdb.ResourceInUseException):
            connection.close()


def duckdb_message(path: Path, text: str) -> str:
    """The message for DuckDB's error at opening a file."""
    if not path.absolute().parent.is_dir():
        return NO_FOLDER.format(place=path, folder=path.parent)
    if "Could not set lock" in text:
        return IN_USE.format(place=path)
    # A data file, such as JSON, would be read in memory.
    if "in-memory" in text or "not a valid DuckDB" in text or "version number" in text or "sqlite" in text:
        return NOT_DUCKDB.format(place=path)
    return CANNOT_OPEN.format(place=path, reason=text.rpartition(": ")[2].strip().rstrip("."))


@contextmanager
def open_postgres(destination: Destination) -> Iterator[Any]:
    """Connects to PostgreSQL, and locks the dataset. Asks for the password if one is needed.

    Raises a CommandError if rows cannot be loaded there: found out before anything is read.
    """
    connection = connect_postgres(destination)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(_ABOUT, [f'"{destination.dataset}"'])
            database, user, encoding, has_schema, has_temporary = cursor.fetchone()
            names = {"database": database, "user": user, "place": destination.place, "dataset": destination.dataset}
            if encoding != "UTF8":
                raise CommandError(NOT_UNICODE.format(encoding=encoding, **names))
            if not has_schema:
                raise CommandError(NO_SCHEMA.format(**names))
            if not has_temporary:
                raise CommandError(NO_TEMPORARY.format(**names))
            cursor.execute(_LOCK, [f"source-basecamp {destination.dataset}"])
            if cursor.fetchone() != (True,):
                raise CommandError(OTHER_SYNC.format(place=destination.place))
        yield connection
    finally:
        # A statement of the worker's, after a stop: closing would wait for its end.
        with suppress(psycopg2.Error):
            connection.cancel()
        connection.close()


def connect_postgres(destination: Destination) -> Any:
    """Connects, and asks for the password if one is needed. Raises a CommandError where PostgreSQL refuses."""
    # It takes precedence over a setting of the login.
    os.environ["PGCLIENTENCODING"] = "UTF8"
    try:
        return psycopg2.connect(destination.place)
    except psycopg2.OperationalError as error:
        if "no password supplied" not in str(error) or not sys.stdin.isatty():
            raise CommandError(_postgres_message(destination, str(error))) from error
        _ask_for_password(destination)
        try:
            return psycopg2.connect(destination.place)
        except psycopg2.OperationalError as second:
            raise CommandError(_postgres_message(destination, str(second))) from second


def _ask_for_password(destination: Destination) -> None:
    parts = urlsplit(destination.place)
    question = QUESTION.format(user=parts.username, host=parts.hostname or "the socket")
    os.environ["PGPASSWORD"] = ask_password(question)


def _postgres_message(destination: Destination, text: str) -> str:
    parts = urlsplit(destination.place)
    reason = text.strip().splitlines()[0].rpartition("failed: ")[2].removeprefix("FATAL:  ").rstrip(".")
    if "password" in text or "authentication failed" in text or ("role" in text and "does not exist" in text):
        return WRONG_PASSWORD.format(user=parts.username, place=destination.place, reason=reason)
    if "database" in text and "does not exist" in text:
        return NO_DATABASE.format(database=parts.path.lstrip("/"), place=destination.place)
    return UNREACHABLE.format(place=destination.place, reason=reason)
