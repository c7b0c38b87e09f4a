"""A PostgreSQL server of the tests' own, from Debian's package postgresql."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg2

from integration_tests.support.ports import free_port

USER, PASSWORD = "basecamp", "p@ss:w/rd"


def server_programs() -> Path | None:
    """The folder with `initdb` and `postgres`, which Debian keeps off the path; the newest of several versions."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    found = [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]
    if found:
        return found[-1]
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@dataclass(frozen=True)
class Server:
    """A running server, on loopback and a socket in `folder`. Its one login has PASSWORD."""

    port: int
    folder: Path

    def url(self, database: str, user: str = USER) -> str:
        return f"postgres://{user}@127.0.0.1:{self.port}/{database}"

    def query(self, database: str) -> Callable[[str], list[tuple[Any, ...]]]:
        return partial(query_postgres, self.url(database))

    def new_database(self, name: str) -> str:
        self.query("postgres")(f'CREATE DATABASE "{name}"')
        return name


def query_postgres(url: str, statement: str) -> list[tuple[Any, ...]]:
    connection = psycopg2.connect(url, password=PASSWORD)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        connection.close()


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Starts a server in a new folder below `folder`, and stops it. Under root it runs as nobody, as it insists."""
    programs = server_programs()
    assert programs
    account = _unprivileged()
    with tempfile.TemporaryDirectory(prefix="pg-", dir=folder) as name:
        data = Path(name)
        if account:
            os.chown(data, account.pw_uid, account.pw_gid)
        secret = data / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        as_user: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid} if account else {}
        _run([programs / "initdb", "-D", data / "data", "-U", USER, "-A", "scram-sha-256", "--pwfile", secret], as_user)
        port = free_port()
        settings = f"-c listen_addresses=127.0.0.1 -p {port} -k {data} -c fsync=off"
        control = [programs / "pg_ctl", "-D", data / "data", "-w"]
        _run([*control, "-o", settings, "-l", data / "log", "start"], as_user)
        try:
            yield Server(port, data)
        finally:
            _run([*control, "-m", "immediate", "stop"], as_user)


def _run(command: list[Any], as_user: dict[str, Any]) -> None:
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment, cwd="/", timeout=60, **as_user)


def _unprivileged() -> pwd.struct_passwd | None:
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None
