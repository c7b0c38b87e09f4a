"""The messages for a database's errors.

PostgreSQL's errors are told apart by their codes (SQLSTATE), since their texts are in the server's language. DuckDB and
dlt's other destinations have no codes: there, the English texts decide.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg2

from source_basecamp.process import CommandError
from source_basecamp.warehouse.destination import Destination

KEPT = "What was loaded before is kept; the next sync goes on from there."
NO_SPACE = f"{{place}} has no room left on its disk. Make some, and run this again. {KEPT}"
FORBIDDEN = (
    "The login may not write to schema {dataset!r} of {place}: {reason}. Have its owner run "
    "`GRANT ALL ON SCHEMA {dataset} TO ...` for it, or make it the owner of the tables in it, or name another schema "
    "with --dataset."
)
GONE = f"The connection to {{place}} was lost: {{reason}}. Check the server, and run this again. {KEPT}"
NO_EXTRA = (
    "dlt has no destination {place}, or its packages are not installed: {reason}. See dlt's list of destinations, and "
    "install one's extra as in `pip install 'dlt[bigquery]'`."
)
NO_CREDENTIALS = "{place} needs credentials: {reason}. Put them into dlt's environment variables for that destination."
REFUSED = (
    "{place} did not take the rows: {reason}. If somebody has changed the table, undo that, or drop the table, and the "
    "next sync makes it anew. Otherwise report it with this message."
)


NOT_NOW = (
    f"{{place}} stopped a statement of the sync: {{reason}}. If it comes again, look for what holds the tables, and at "
    f"the login's settings, such as statement_timeout. {KEPT}"
)


class RefusedError(CommandError):
    """The database did not take, or not give, the rows of the tables at hand. It may do so with other tables."""


_BY_CODE = {
    "08": GONE,
    "42501": FORBIDDEN,
    "53100": NO_SPACE,
    "57P01": GONE,
    "57P02": GONE,
    "57P03": GONE,
    "57014": NOT_NOW,
    "55P03": NOT_NOW,
    "25006": NOT_NOW,
}
"""By SQLSTATE or its class: connection, insufficient_privilege, disk_full, the server's shutdown, crash and start; a
statement that was cancelled, a lock that was not to be had, a session that may only read.
"""

_BY_TEXT = {
    "no space left": NO_SPACE,
    "disk full": NO_SPACE,
    "could not write to file": NO_SPACE,
    "permission denied": FORBIDDEN,
    "connection refused": GONE,
}


@contextmanager
def translated_errors(destination: Destination) -> Iterator[None]:
    """Raises a CommandError for every error of the database, or a RefusedError; its `__cause__` is the original."""
    try:
        yield
    except CommandError:
        raise
    except Exception as error:
        chain = list(_causes(error))
        text, reason = _message(chain), _first_line(chain[-1])
        message = text.format(place=destination, dataset=destination.dataset, reason=reason)
        raise (RefusedError if text == REFUSED else CommandError)(message) from error


def _message(chain: Sequence[BaseException]) -> str:
    if any(isinstance(error, OSError) and error.errno == errno.ENOSPC for error in chain):
        return NO_SPACE
    of_postgres = [error for error in chain if isinstance(error, psycopg2.Error)]
    found = next(filter(None, map(_message_by_code, of_postgres)), None) if of_postgres else _message_by_text(chain)
    if found:
        return found
    # By name: dlt takes a second to import, and most syncs do without it.
    kinds = {kind.__name__ for error in chain for kind in type(error).__mro__}
    if kinds & {"ImportError", "UnknownDestinationModule"}:
        return NO_EXTRA
    return NO_CREDENTIALS if "ConfigFieldMissingException" in kinds else REFUSED


def _message_by_code(error: psycopg2.Error) -> str | None:
    if error.pgcode is None:
        # The client's own error: no answer came from the server.
        return GONE if isinstance(error, psycopg2.OperationalError) else None
    return _BY_CODE.get(error.pgcode) or _BY_CODE.get(error.pgcode[:2])


def _message_by_text(chain: Sequence[BaseException]) -> str | None:
    text = "\n".join(map(str, chain)).lower()
    return next((message for words, message in _BY_TEXT.items() if words in text), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".")
