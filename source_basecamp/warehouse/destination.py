"""The destination of a sync, parsed from `--to`, or from a report's `--from`."""

from __future__ import annotations

import getpass
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from source_basecamp.process import MisuseError
from source_basecamp.product import BC3

UNKNOWN = (
    "{to!r} is not a destination. Write duckdb:FILE, postgres://USER@HOST/DATABASE, parquet:FOLDER, or the name of "
    "another dlt destination and a colon, like bigquery: (its credentials go into dlt's own environment variables)."
)
PASSWORD_IN_ARGUMENT = (
    "The address on the command line holds a password, which other users of this machine can see, and your shell's "
    "history keeps. Leave it out of the address, and put it into ~/.pgpass or the environment variable PGPASSWORD, or "
    "wait to be asked for it. The whole address may also be in the environment variable BASECAMP_SYNC_TO."
)
NO_USER = (
    "{to!r} names no user, and this process runs as a user id without a name. Write postgres://USER@HOST/DATABASE, or "
    "name the user in the environment variable PGUSER."
)
BAD_DATASET = "{dataset!r} cannot name a schema. Use lower-case letters, digits and underscores, a letter first."
AMBIGUOUS = (
    "DuckDB cannot tell schema {dataset!r} from the database in {place}, which it gives the same name. Name another "
    "after --dataset, or leave it out."
)

STORE_IN_FOLDER = ".basecamp.duckdb"
"""The database beside Parquet files, from which they are written: files cannot be merged by key."""

_POSTGRES = ("postgres", "postgresql")
_DATASET = re.compile(r"[a-z][a-z0-9_]{0,50}")


@dataclass(frozen=True)
class Destination:
    """A database, and the schema in it."""

    kind: str
    """`duckdb`, `postgres`, `parquet`, or `other`: a name that dlt knows."""
    place: str
    """A file, an address without a password, a folder, or dlt's name of the destination."""
    dataset: str

    @property
    def database(self) -> Path:
        """The DuckDB file."""
        return Path(self.place) / STORE_IN_FOLDER if self.kind == "parquet" else Path(self.place)

    @property
    def is_duckdb(self) -> bool:
        return self.kind in ("duckdb", "parquet")

    def __str__(self) -> str:
        return self.place if self.kind == "postgres" else f"{self.kind}:{self.place}".removeprefix("other:")


def destination(to: str, dataset: str | None, from_argument: bool, product: str = BC3) -> Destination:
    """Parses `--to` or `--from`. A password in it moves to PGPASSWORD in this process's environment.

    Each product has a schema of its own, unless a `dataset` is given. DuckDB's is that of the file.

    Raises a MisuseError if it is no destination, or holds a password and came as an argument.
    """
    if dataset is not None and not _DATASET.fullmatch(dataset):
        raise MisuseError(BAD_DATASET.format(dataset=dataset))
    schema = dataset or ("basecamp" if product == BC3 else f"basecamp_{product}")
    kind, colon, place = to.partition(":")
    if kind in _POSTGRES and place.startswith("//"):
        return Destination("postgres", _postgres(to, from_argument), schema)
    if kind in ("duckdb", "parquet") and place:
        return _duckdb(Destination(kind, os.path.expanduser(place.removeprefix("//")), dataset or "main"))
    if colon and not place and re.fullmatch(r"[a-z_]+", kind) and kind not in ("duckdb", "parquet", *_POSTGRES):
        return Destination("other", kind, schema)
    raise MisuseError(UNKNOWN.format(to=_without_password(to)))


def _duckdb(found: Destination) -> Destination:
    if found.database.stem.lower() == found.dataset:
        raise MisuseError(AMBIGUOUS.format(dataset=found.dataset, place=found.database))
    return found


def _postgres(to: str, from_argument: bool) -> str:
    """The address without its password, with the defaults of PostgreSQL's own clients."""
    try:
        parts = urlsplit(to)
        port = parts.port or int(os.environ.get("PGPORT", "5432"))
    except ValueError as error:
        raise MisuseError(UNKNOWN.format(to=_without_password(to))) from error
    query = parse_qs(parts.query)
    passwords = [unquote(parts.password)] if parts.password else query.pop("password", [])
    if passwords:
        if from_argument:
            raise MisuseError(PASSWORD_IN_ARGUMENT)
        os.environ["PGPASSWORD"] = passwords[0]
    user = parts.username or os.environ.get("PGUSER") or _user_of_this_process(to)
    host = parts.hostname or ("" if "host" in query else os.environ.get("PGHOST") or "localhost")
    if host.startswith("/"):
        # A socket's folder can only stand in the query.
        host, query["host"] = "", [host]
    # Ours to set: a text that another encoding does not hold would not arrive.
    query.pop("client_encoding", None)
    name = parts.path.lstrip("/") or os.environ.get("PGDATABASE") or user
    options = f"?{urlencode(query, doseq=True)}" if query else ""
    return f"postgres://{quote(unquote(user), safe='')}@{f'[{host}]' if ':' in host else host}:{port}/{name}{options}"


def _user_of_this_process(to: str) -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise MisuseError(NO_USER.format(to=_without_password(to))) from error


def _without_password(to: str) -> str:
    return re.sub(r"(//[^:/@]*):[^@]*@", r"\1@", to)
