"""`source-basecamp sync` to a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest

from integration_tests.support.connector import Connector
from integration_tests.support.fork_server import RUN, AtTerminal, run_python
from integration_tests.support.nameless import nameless_ids, run_nameless
from integration_tests.support.postgres import PASSWORD, Server
from integration_tests.support.sync import TABLES, Syncing, assert_equal_to_the_account, expected, here, rows
from sandbox import AccountSize

SMALL = AccountSize(projects=4, archived_projects=0, todos=(40, 4, 2), messages=(12, 2, 1), schedule_entries=(8, 1, 1))
SOME = ("projects", "todos", "messages", "people")
ONLY = ("--streams", ",".join(SOME))
# Columns of every type, rows by key and whole tables; test_sync.py compares all streams.
ALL_KINDS = ("projects", "todos", "schedule_entries", "people", "uploads", "timesheet_entries", "project_people")
POSTGRES = {
    "bigint": "bigint",
    "double": "double precision",
    "decimal": "numeric",
    "bool": "boolean",
    "timestamp": "timestamp with time zone",
    "date": "date",
    "text": "character varying",
    "json": "jsonb",
}

Connect = Callable[..., Connector]


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)


def test_the_tables_are_the_account_value_by_value(connect: Connect, tmp_path: Path, postgres: Server) -> None:
    query = postgres.query(postgres.new_database("whole"))
    syncing = here(connect(AccountSize()), tmp_path, postgres.url("whole"))
    assert {column.kind for stream in ALL_KINDS for column in TABLES[stream].columns} == POSTGRES.keys()
    assert syncing.sync("--streams", ",".join(ALL_KINDS)).exit_code == 0
    assert_equal_to_the_account(syncing, ALL_KINDS)
    for stream in ALL_KINDS:
        types = dict(
            query(
                "SELECT column_name, data_type FROM information_schema.columns "
                f"WHERE table_schema = 'basecamp' AND table_name = '{stream}'"
            )
        )
        assert types == {column.name: POSTGRES[column.kind] for column in TABLES[stream].columns}
    schemas = "SELECT DISTINCT table_schema FROM information_schema.tables WHERE table_schema NOT IN ('pg_catalog', %s)"
    assert query(schemas.replace("%s", "'information_schema'")) == [("basecamp",)]
    assert query("SELECT table_name FROM information_schema.tables WHERE table_name LIKE '\\_dlt%'") == []


def test_a_second_sync_brings_what_changed_and_nothing_twice(
    connect_process: Connect, tmp_path: Path, postgres: Server
) -> None:
    """Each a process, as people run it."""
    query = postgres.query(postgres.new_database("twice"))
    connector = connect_process(SMALL)
    syncing = Syncing(connector.sandbox, tmp_path, postgres.url("twice"))
    assert syncing.sync(*ONLY).exit_code == 0
    # What somebody built on a table does not stand in the way of replacing its rows.
    query("CREATE VIEW mine AS SELECT * FROM basecamp.projects")
    account = connector.sandbox.account
    done, gone = (todo["id"] for todo in account.feed("Todo")[10:12])
    account.complete(done)
    account.trash(gone)
    account.create("Todo")
    account.update(account.projects()[0]["id"], purpose="changed")
    second = syncing.sync(*ONLY, "--json")
    assert second.exit_code == 0, second.stderr
    assert (second.counts("todos"), second.counts("projects")) == ((1, 1, 1, 0), (0, 1, 0, 0))
    assert query(f"SELECT status FROM basecamp.todos WHERE id = {gone}") == [("trashed",)]
    assert_equal_to_the_account(syncing, SOME)
    assert query("SELECT count(*) FROM mine") == query("SELECT count(*) FROM basecamp.projects")


def test_hostile_values_arrive_with_a_mark_in_the_place_of_nul(
    connect: Connect, tmp_path: Path, postgres: Server
) -> None:
    query = postgres.query(postgres.new_database("hostile"))
    connector = connect(SMALL)
    account = connector.sandbox.account
    title = "🐝 \u2028\u2029 ' \" \\ \\u0000 \\\\ $1 %s {} \r\n\t \u202e"
    deep: dict[str, object] = {}
    for _ in range(200):
        deep = {"deeper": deep}
    first, second, third = account.feed("Todo")[:3]
    account.update(first["id"], title=title, description="", position=2**63 - 1)
    account.update(second["id"], parent={**second["parent"], "deep": deep, "big": 2**53 + 1}, content="x" * 2_000_000)
    syncing = here(connector, tmp_path, postgres.url("hostile"))
    ended = syncing.sync("--streams", "todos")
    assert ended.exit_code == 0, ended.stderr
    assert rows(query, "todos", "basecamp") == expected(connector.sandbox, "todos")
    account.update(third["id"], title="a\x00b\\\x00", bucket={**third["bucket"], "name": "\x00"})
    syncing.sync("--streams", "todos")
    found = query(f"SELECT title, bucket ->> 'name' FROM basecamp.todos WHERE id = {third['id']}")
    assert found == [("a\ufffdb\\\ufffd", "\ufffd")]


@pytest.mark.parametrize("where", ["environment", "address", "login"])
def test_text_arrives_whatever_encoding_clients_are_told_to_use(
    connect: Connect, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    query = postgres.query(postgres.new_database(f"clients_{where}"))
    url = postgres.url(f"clients_{where}")
    if where == "environment":
        monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    elif where == "address":
        url += "?client_encoding=LATIN1"
    else:
        query(f"ALTER ROLE basecamp IN DATABASE clients_{where} SET client_encoding TO 'LATIN1'")
    connector = connect(SMALL)
    first = connector.sandbox.account.feed("Todo")[0]["id"]
    connector.sandbox.account.update(first, title="🐝 für Łódź")
    ended = here(connector, tmp_path, url).sync("--streams", "todos")
    assert ended.exit_code == 0, ended.stderr
    monkeypatch.delenv("PGCLIENTENCODING", raising=False)
    ((title,),) = query(f"SELECT encode(convert_to(title, 'UTF8'), 'hex') FROM basecamp.todos WHERE id = {first}")
    assert bytes.fromhex(title).decode() == "🐝 für Łódź"


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_that_cannot_hold_unicode_is_refused_at_the_start(
    connect: Connect, tmp_path: Path, postgres: Server, encoding: str
) -> None:
    postgres.query("postgres")(
        f"CREATE DATABASE narrow_{encoding} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
    )
    connector = connect(SMALL)
    name = f"narrow_{encoding.lower()}"
    ended = here(connector, tmp_path, postgres.url(name)).sync("--streams", "todos")
    assert ended.exit_code == 1
    assert ended.stderr == (
        f"Error: The database {name} is in {encoding}, which cannot hold all that people write in Basecamp. Make one "
        "with `createdb --encoding=UTF8 --template=template0 NAME`, and name that in the address.\n"
    )
    assert not connector.sandbox.log.requests


def test_a_login_needs_a_schema_and_temporary_tables_and_is_told_so_at_the_start(
    connect: Connect, tmp_path: Path, postgres: Server
) -> None:
    name, login = postgres.new_database("owned"), "owner"
    query = postgres.query(name)
    query(f"CREATE ROLE {login} LOGIN PASSWORD '{PASSWORD}'")
    query(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC")
    connector = connect(SMALL)
    syncing = here(connector, tmp_path, postgres.url(name, login))
    for remedy in (f"CREATE SCHEMA basecamp AUTHORIZATION {login}", f"GRANT TEMPORARY ON DATABASE {name} TO {login}"):
        ended = syncing.sync("--streams", "todos")
        assert ended.exit_code == 1
        assert ended.stderr.startswith(f"Error: The login {login!r} may not make ")
        assert ended.stderr.endswith(f"Have the owner of the database run `{remedy}`.\n")
        query(remedy)
    assert not connector.sandbox.log.requests
    for _ in range(2):
        connector.sandbox.account.update(connector.sandbox.account.feed("Todo")[-1]["id"], title="Changed")
        assert syncing.sync("--streams", "todos").exit_code == 0
    assert_equal_to_the_account(syncing, ["todos"])


@pytest.mark.skipif(not nameless_ids(), reason="needs user namespaces")
@pytest.mark.parametrize("user", ["basecamp", ""])
def test_a_user_id_without_a_name_needs_a_user_in_the_address(
    connect_process: Connect, tmp_path: Path, postgres: Server, user: str
) -> None:
    query = postgres.query(postgres.new_database(f"nameless_{user}"))
    url = postgres.url(f"nameless_{user}", user).replace("//@", "//")
    syncing = Syncing(connect_process(SMALL).sandbox, tmp_path, url)
    done = run_nameless(*syncing.arguments("--streams", "people"), **syncing.place)
    if user:
        assert done.exit_code == 0, done.stderr
        assert query("SELECT count(*) FROM basecamp.people") == [(12,)]
    else:
        assert done.exit_code == 2
        assert f"{url!r} names no user, and this process runs as a user id without a name." in done.stderr


def test_two_syncs_do_not_write_to_one_schema(connect: Connect, tmp_path: Path, postgres: Server) -> None:
    postgres.new_database("locked")
    connector = connect(SMALL)
    syncing = here(connector, tmp_path, postgres.url("locked"))
    other = psycopg2.connect(postgres.url("locked"), password=PASSWORD)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended('source-basecamp basecamp', 0))")
        refused = syncing.sync("--streams", "people")
    other.close()
    assert refused.stderr == (
        f"Error: Another sync is writing to {postgres.url('locked')}. Wait until it is done, and run this again.\n"
    )
    assert syncing.sync("--streams", "people").exit_code == 0


def test_a_whole_address_may_stand_in_the_environment(
    connect_process: Connect, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = postgres.query(postgres.new_database("from_env"))
    monkeypatch.delenv("PGPASSWORD")
    monkeypatch.setenv("BASECAMP_SYNC_TO", postgres.url("from_env").replace("@", ":p%40ss%3Aw%2Frd@"))
    syncing = Syncing(connect_process(SMALL).sandbox, tmp_path)
    arguments = [word for word in syncing.arguments("--streams", "people") if word not in ("--to", syncing.to)]
    done = run_python(RUN, *arguments, text=True, **syncing.place)
    assert done.returncode == 0, done.stderr
    assert "p@ss" not in done.stdout + done.stderr
    assert "p%40ss" not in done.stdout + done.stderr
    assert query("SELECT count(*) FROM basecamp.people") == [(12,)]


def test_a_socket_is_named_as_to_the_clients_of_postgresql(
    connect: Connect, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = postgres.query(postgres.new_database("socket"))
    monkeypatch.setenv("PGHOST", str(postgres.folder))
    monkeypatch.setenv("PGPORT", str(postgres.port))
    ended = here(connect(SMALL), tmp_path, "postgres://basecamp@/socket").sync("--streams", "people")
    assert ended.exit_code == 0, ended.stderr
    assert query("SELECT count(*) FROM basecamp.people") == [(12,)]


def test_a_password_is_asked_for_on_a_terminal_and_not_shown(
    connect_process: Connect, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = postgres.query(postgres.new_database("asked"))
    monkeypatch.delenv("PGPASSWORD")
    syncing = Syncing(connect_process(SMALL).sandbox, tmp_path, postgres.url("asked"))
    with AtTerminal(RUN, *syncing.arguments("--streams", "people", "--quiet"), **syncing.place) as terminal:
        terminal.screen.expect_exact("Password of basecamp at 127.0.0.1: ")
        terminal.screen.sendline(PASSWORD)
        assert terminal.wait() == 0
    assert PASSWORD not in terminal.screen.before
    assert query("SELECT count(*) FROM basecamp.people") == [(12,)]


@pytest.mark.parametrize(
    ("user", "database", "password", "words"),
    [
        ("basecamp", "postgres", "wrong", "PostgreSQL refuses the login 'basecamp' at"),
        ("basecamp", "postgres", "", "PostgreSQL refuses the login 'basecamp' at"),
        ("basecamp", "nonesuch", PASSWORD, "There is no database 'nonesuch' at"),
        ("reader", "postgres", PASSWORD, "The login may not write to schema 'basecamp' of"),
    ],
)
def test_what_the_server_refuses_is_told_in_words(
    connect: Connect,
    tmp_path: Path,
    postgres: Server,
    monkeypatch: pytest.MonkeyPatch,
    user: str,
    database: str,
    password: str,
    words: str,
) -> None:
    monkeypatch.setenv("PGPASSWORD", password)
    query = postgres.query("postgres")
    if not query("SELECT 1 FROM pg_roles WHERE rolname = 'reader'"):
        query(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
        query("GRANT CREATE ON DATABASE postgres TO reader")
        query("CREATE SCHEMA IF NOT EXISTS basecamp")
    connector = connect(SMALL)
    ended = here(connector, tmp_path, postgres.url(database, user)).sync("--streams", "people")
    assert ended.exit_code == 1
    assert ended.stderr.startswith(f"Error: {words} {postgres.url(database, user)}")
    assert "Traceback" not in ended.stderr
    assert PASSWORD not in ended.stderr
    assert not connector.sandbox.log.requests
