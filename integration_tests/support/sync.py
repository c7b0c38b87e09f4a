"""Runs `source-basecamp sync`, and reads what it left in a database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date, datetime
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import duckdb

from integration_tests.support.connector import Connector, Record, truth
from integration_tests.support.derived import assert_derived
from integration_tests.support.fork_server import RUN, run_python
from integration_tests.support.patches import like_a_process, no_waiting
from integration_tests.support.places import session
from sandbox import Sandbox
from source_basecamp.catalog import all_streams
from source_basecamp.run import run
from source_basecamp.warehouse.tables import Table

TABLES = {stream.name: Table.of(stream) for stream in all_streams()}
OWN = ("_extra", "_fingerprint", "_deleted_at")

Query = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def summary(self) -> dict[str, Any]:
        """What it printed with `--json`."""
        return dict(json.loads(self.stdout))

    def counts(self, stream: str) -> tuple[int, int, int, int]:
        """Rows new, changed, trashed, removed."""
        (found,) = (one for one in self.summary["streams"] if one["stream"] == stream)
        return found["new"], found["changed"], found["trashed"], found["removed"]


class Syncing:
    """The sync of a sandbox's account to one place, each a process of its own, forked."""

    dataset = "basecamp"
    """Of a PostgreSQL database."""

    def __init__(self, sandbox: Sandbox, folder: Path, to: str | None = None, **config: Any) -> None:
        self.sandbox, self.folder = sandbox, folder
        self.to = to or f"duckdb:{folder / 'basecamp.duckdb'}"
        self.config = folder / "config.json"
        self.config.write_text(json.dumps(sandbox.config(lookback_minutes=0) | config))
        self.env = {"HOME": str(folder / "home")}

    def arguments(self, *options: str) -> list[str]:
        return ["sync", "--to", self.to, "--config", str(self.config), *options]

    @property
    def place(self) -> dict[str, Any]:
        """The folder and the environment of its processes."""
        return {"cwd": self.folder, "env": os.environ | self.sandbox.env | self.env}

    def sync(self, *options: str) -> Ended:
        done = run_python(RUN, *self.arguments(*options), stdin=subprocess.DEVNULL, **self.place)
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    @property
    def schema(self) -> str:
        """Of the tables."""
        return self.dataset if self.to.startswith("postgres:") else "main"

    def asking(self) -> AbstractContextManager[Query]:
        """Runs many statements: to open a database of so many tables takes longer than most of them."""
        return session(self.to, dataset=self.dataset, read_only=True)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with self.asking() as ask:
            return ask(statement)


class SyncingHere(Syncing):
    """The same in this process, where no budget holds a request back."""

    tables: ClassVar[Mapping[str, Table]] = TABLES

    def sync(self, *options: str) -> Ended:
        with ExitStack() as stack:
            stack.enter_context(no_waiting())
            # The same tables each time, for all streams.
            stack.enter_context(patch.object(Table, "of", lambda stream: self.tables[stream.name]))
            stack.enter_context(like_a_process(self.sandbox.env | self.env))
            # Which would end the tests' own process.
            stack.enter_context(patch.object(import_module("source_basecamp.cli.sync"), "exit_at_once", sys.exit))
            stdout = stack.enter_context(redirect_stdout(StringIO()))
            stderr = stack.enter_context(redirect_stderr(StringIO()))
            try:
                run(self.arguments(*options))
            except SystemExit as end:
                return Ended(int(end.code or 0), stdout.getvalue(), stderr.getvalue())
        raise AssertionError("the command never ended")


def here(connector: Connector, folder: Path, to: str | None = None, **config: Any) -> SyncingHere:
    """A sync of the account that `connector` reads."""
    return SyncingHere(connector.sandbox, folder, to, **config)


def rows(query: Query, stream: str, schema: str = "main", tables: Mapping[str, Table] = TABLES) -> dict[Any, Record]:
    """The rows that are not marked as deleted, by key, without nulls. Fails where a key is there twice."""
    table = tables[stream]
    kinds = {column.name: column.kind for column in table.columns if column.name in table.declared}
    columns = ", ".join(f'"{name}"' for name in kinds)
    found = query(f"SELECT {columns} FROM {schema}.{stream} WHERE _deleted_at IS NULL")
    records = [
        {name: _plain(kind, value) for (name, kind), value in zip(kinds.items(), row, strict=True) if value is not None}
        for row in found
    ]
    keyed = {_key(table, record): record for record in records}
    assert len(keyed) == len(records), f"{stream} holds a key twice"
    return keyed


def rows_of_file(file: Path, stream: str, tables: Mapping[str, Table] = TABLES) -> dict[Any, Record]:
    """The same of a Parquet file."""
    with duckdb.connect() as reader:
        reader.execute(f"CREATE SCHEMA files; CREATE VIEW files.{stream} AS FROM '{file}'")
        return rows(lambda statement: reader.execute(statement).fetchall(), stream, "files", tables)


def expected(sandbox: Sandbox, stream: str) -> dict[Any, Record]:
    """What the account holds of a stream, in the types of its columns."""
    return keyed(TABLES[stream], truth(sandbox, stream))


def keyed(table: Table, records: Iterable[Record]) -> dict[Any, Record]:
    """Records by their key, in the types of the table's columns, without nulls."""
    kinds = {column.name: column.kind for column in table.columns}
    return {_key(table, record): _typed(record, kinds) for record in records}


def assert_equal_to_the_account(syncing: Syncing, streams: Iterable[str], schema: str = "", **how: Query) -> None:
    schema = schema or syncing.schema
    with nullcontext(how["query"]) if how else syncing.asking() as ask:
        for stream in streams:
            assert rows(ask, stream, schema) == expected(syncing.sandbox, stream), stream
            assert_derived(ask, TABLES[stream], schema)


def _key(table: Table, record: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(record[name] for name in table.key)


def _typed(record: Record, kinds: Mapping[str, str]) -> Record:
    return {name: _read(kinds[name], value) for name, value in record.items() if value is not None}


def _read(kind: str, value: Any) -> Any:
    """A value as Basecamp sends it, as the column's type holds it."""
    if kind == "timestamp":
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if kind == "date" else value


def _plain(kind: str, value: Any) -> Any:
    return json.loads(value) if kind == "json" and isinstance(value, str) else value
