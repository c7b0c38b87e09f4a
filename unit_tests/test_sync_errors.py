"""A database's error becomes a message by its code, whatever language the server speaks."""

from __future__ import annotations

import errno
from typing import NoReturn

import duckdb
import psycopg2
import psycopg2.errors
import pytest
from dlt.common.configuration.exceptions import ConfigFieldMissingException
from dlt.common.destination.exceptions import UnknownDestinationModule
from dlt.destinations.exceptions import DatabaseTransientException
from dlt.destinations.impl.postgres.configuration import PostgresCredentials
from dlt.load.exceptions import LoadClientJobFailed

from source_basecamp.process import CommandError
from source_basecamp.warehouse.destination import Destination
from source_basecamp.warehouse.errors import translated_errors

PLACE = "postgres://me@db:5432/x"
POSTGRES = Destination("postgres", PLACE, "basecamp")
KEPT = "What was loaded before is kept; the next sync goes on from there."


def server_error(code: str | None, text: str) -> psycopg2.Error:
    """An error as psycopg2 raises it: the class by the code, the text by the server's `lc_messages`."""
    error: psycopg2.Error = psycopg2.errors.lookup(code)(text) if code else psycopg2.OperationalError(text)
    error.__setstate__({"pgcode": code})
    return error


def fail_as_dlt(error: Exception) -> NoReturn:
    """Raises an error as dlt passes it on from one of its load jobs."""
    try:
        try:
            raise error
        except Exception as cause:
            raise DatabaseTransientException(cause) from cause
    except DatabaseTransientException as cause:
        raise LoadClientJobFailed("1", "todos", str(error), error) from cause


def message_of(error: Exception, destination: Destination = POSTGRES) -> str:
    with pytest.raises(CommandError) as raised, translated_errors(destination):
        fail_as_dlt(error)
    return str(raised.value)


@pytest.mark.parametrize(
    ("code", "text", "says"),
    [
        ("42501", "keine Berechtigung für Schema basecamp", "The login may not write to schema 'basecamp' of {}: {}."),
        ("53100", "konnte Datei »base/1« nicht erweitern", "{} has no room left on its disk."),
        ("57P01", "Verbindung wird abgebrochen aufgrund von Befehl", "The connection to {} was lost: {}."),
        ("57P02", "Verbindung wird abgebrochen wegen Absturz", "The connection to {} was lost: {}."),
        ("57P03", "das Datenbanksystem startet", "The connection to {} was lost: {}."),
        ("08006", "Verbindungsfehler", "The connection to {} was lost: {}."),
        (None, "Server beendete die Verbindung unerwartet", "The connection to {} was lost: {}."),
        ("22003", "bigint ist außerhalb des gültigen Bereichs", "{} did not take the rows: {}."),
    ],
)
def test_a_code_of_postgresql_counts_in_every_language(code: str | None, text: str, says: str) -> None:
    assert message_of(server_error(code, f"{text}\n")).startswith(says.format(PLACE, text))


def test_a_code_goes_before_what_a_text_sounds_like() -> None:
    assert message_of(server_error("22003", "permission denied")).startswith(f"{PLACE} did not take the rows: ")


@pytest.mark.parametrize(
    "error",
    [
        duckdb.IOException('IO Error: Could not write file "x": No space left on device'),
        OSError(errno.ENOSPC, "Kein Speicherplatz mehr auf dem Gerät verfügbar"),
    ],
    ids=["DuckDB", "this machine"],
)
def test_a_full_disk_is_one_wherever_it_is(error: Exception) -> None:
    duck = Destination("duckdb", "x.duckdb", "main")
    assert message_of(error, duck) == (
        f"duckdb:x.duckdb has no room left on its disk. Make some, and run this again. {KEPT}"
    )


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (UnknownDestinationModule("nonesuch", "nonesuch", []), "dlt has no destination bigquery, or its packages are"),
        (ModuleNotFoundError("No module named 'google'"), "dlt has no destination bigquery, or its packages are"),
        (ConfigFieldMissingException(PostgresCredentials(), {}), "bigquery needs credentials: "),
        (RuntimeError("403 Permission denied on dataset"), "The login may not write to schema 'basecamp' of bigquery"),
        (RuntimeError("Connection refused"), "The connection to bigquery was lost: Connection refused."),
        (RuntimeError("what nobody foresaw"), "bigquery did not take the rows: what nobody foresaw."),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_another_destination_of_dlt_lacks_is_named(error: Exception, says: str) -> None:
    assert message_of(error, Destination("other", "bigquery", "basecamp")).startswith(says)
