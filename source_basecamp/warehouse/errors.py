"""What a database says when it cannot take the rows, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from source_basecamp.process import CommandError
from source_basecamp.warehouse.destination import Destination

KEPT = "What was loaded before is kept; the next sync goes on from there."
NO_SPACE = f"{{place}} has no room left on its disk. Make some, and run this again. {KEPT}"
FORBIDDEN = (
    "The login may not write to schema {dataset!r} of {place}: {reason}. Have its owner run "
    "`GRANT CREATE ON DATABASE ...` and `GRANT ALL ON SCHEMA {dataset} TO ...` for it, or name another schema with "
    "--dataset."
)
GONE = f"The connection to {{place}} was lost: {{reason}}. Check the server, and run this again. {KEPT}"
NO_EXTRA = (
    "dlt has no destination {place}, or what it needs is not installed: {reason}. See dlt's list of destinations, and "
    "install one's extra as in `pip install 'dlt[bigquery]'`."
)
NO_CREDENTIALS = "{place} needs credentials: {reason}. Put them into dlt's environment variables for that destination."
REFUSED = f"{{place}} did not take the rows: {{reason}}. {KEPT} If it happens again, report it with these words."


@contextmanager
def translated_errors(destination: Destination) -> Iterator[None]:
    """Turns what goes wrong with the database into a CommandError; its cause is what really happened."""
    try:
        yield
    except CommandError:
        raise
    except Exception as error:
        raise _database_error(error, destination) from error


def _database_error(error: Exception, destination: Destination) -> CommandError:
    chain = list(_causes(error))
    reason = _first_line(chain[-1])
    text = "\n".join(str(one) for one in chain).lower()
    if "no space left" in text or "disk full" in text or "could not write to file" in text:
        words = NO_SPACE
    elif "permission denied" in text or "insufficientprivilege" in text:
        words = FORBIDDEN
    elif "server closed the connection" in text or "connection refused" in text or "terminating connection" in text:
        words = GONE
    elif any(isinstance(one, ImportError) or "unknowndestination" in type(one).__name__.lower() for one in chain):
        words = NO_EXTRA
    elif any(type(one).__name__ == "ConfigFieldMissingException" for one in chain):
        words = NO_CREDENTIALS
    else:
        words = REFUSED
    return CommandError(words.format(place=destination, dataset=destination.dataset, reason=reason))


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".")
