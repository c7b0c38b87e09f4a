"""The views that a sync leaves behind: rows worked out here from the account, equal on DuckDB and PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import psycopg2
import pytest

from integration_tests.support.connector import Connector, Record
from integration_tests.support.postgres import PASSWORD, Server
from integration_tests.support.sync import here
from sandbox import AccountSize, Sandbox
from sandbox.account import Account

SIZE = AccountSize(projects=5, todos=(60, 6, 4), messages=(20, 2, 1), schedule_entries=(30, 3, 2), comments=(40, 2, 1))
ANY_CHANGE = (
    "todos messages comments documents uploads schedule_entries cards question_answers".split()  # noqa: SIM905
)
STREAMS = ",".join(["projects", *ANY_CHANGE])
ZONES = ["UTC", "Pacific/Auckland", "America/Los_Angeles"]

Connect = Callable[..., Connector]
View = tuple[list[str], list[tuple[Any, ...]]]


def prepare(account: Account, leave: set[int]) -> None:
    """Dates around today, whatever day that is, and all that a view has to leave out; outside the projects `leave`."""
    today = datetime.now(UTC)
    people = account.people()
    todos, entries = (
        [record for record in account.feed(type) if record["bucket"]["id"] not in leave]
        for type in ("Todo", "Schedule::Entry")
    )
    due = [(today + timedelta(days=days)).date().isoformat() for days in (-30, -2, -1, 0, 1, 2)]
    for todo, day in zip(todos, [*due, None], strict=False):
        account.update(todo["id"], due_on=day, completed=False, completion=None, assignees=people[:2])
    account.update(todos[7]["id"], assignees=[], completed=False, due_on=due[0])
    # On either side of a week's beginning, in each of the zones.
    for n, moment in enumerate(("2025-11-02T23:30", "2025-11-03T00:30", "2025-11-02T10:30", "2025-11-03T08:30")):
        done = {"created_at": f"{moment}:00.000Z", "creator": people[n % 2]}
        account.update(todos[10 + n]["id"], completed=True, completion=done)
    for n, hours in enumerate((-30, -2, 2, 30)):
        begin, end = today + timedelta(hours=hours - 1), today + timedelta(hours=hours)
        account.update(entries[n]["id"], all_day=False, starts_at=iso(begin), ends_at=iso(end))
    for n, days in enumerate((-2, -1, 0, 1, 2)):
        day = (today + timedelta(days=days)).date().isoformat()
        account.update(entries[5 + n]["id"], all_day=True, starts_at=day, ends_at=day, participants=people[:n])
    for record in (todos[0], todos[20], entries[3]):
        account.trash(record["id"])
    for record in (todos[1], todos[21], entries[9]):
        account.archive(record["id"])


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Live:
    """What the tables hold of an account: a project that is archived or trashed keeps the records it had."""

    def __init__(self, sandbox: Sandbox, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self.today = datetime.now(self._zone).date()
        self._sandbox = sandbox
        self.projects = {p["id"]: p for p in sandbox.account.listing("projects") if p["status"] == "active"}

    def live(self, stream: str) -> list[Record]:
        records = self._sandbox.account.listing(stream)
        return [r for r in records if r["status"] == "active" and r["bucket"]["id"] in self.projects]

    def day(self, moment: str) -> date:
        return datetime.fromisoformat(moment).astimezone(self._zone).date() if len(moment) > 10 else parsed(moment)

    def project_of(self, record: Record) -> str:
        return str(self.projects[record["bucket"]["id"]]["name"])


def parsed(day: str) -> date:
    return date.fromisoformat(day)


def names(people: list[Record] | None) -> str | None:
    return ", ".join(person["name"] for person in people or []) or None


def open_todos(account: Live) -> dict[Any, tuple[Any, ...]]:
    rows = {}
    for todo in account.live("todos"):
        if not todo["completed"]:
            due = parsed(todo["due_on"]) if todo["due_on"] else None
            overdue = max((account.today - due).days, 0) if due else 0
            list_name = todo["parent"]["title"]
            rows[todo["id"]] = (
                todo["title"], names(todo["assignees"]), list_name, account.project_of(todo), due, overdue
            )  # fmt: skip
    return rows


def completed_per_week(account: Live) -> dict[Any, tuple[Any, ...]]:
    counts: Counter[tuple[date, str]] = Counter()
    for todo in account.live("todos"):
        if todo["completed"]:
            day = account.day(todo["completion"]["created_at"])
            counts[day - timedelta(days=day.weekday()), todo["completion"]["creator"]["name"]] += 1
    return {key: (count,) for key, count in counts.items()}


def project_activity(account: Live) -> dict[Any, tuple[Any, ...]]:
    rows = {}
    for id, project in account.projects.items():
        changes = [r["updated_at"] for stream in ANY_CHANGE for r in account.live(stream) if r["bucket"]["id"] == id]
        todos = [t for t in account.live("todos") if t["bucket"]["id"] == id and not t["completed"]]
        overdue = [t for t in todos if t["due_on"] and parsed(t["due_on"]) < account.today]
        last = datetime.fromisoformat(max([project["updated_at"], *changes]))
        rows[id] = (project["name"], last, len(todos), len(overdue))
    return rows


VIEWS: Mapping[str, tuple[int, Callable[[Live], dict[Any, tuple[Any, ...]]]]] = {
    "open_todos": (1, open_todos),
    "completed_per_week": (2, completed_per_week),
    "project_activity": (1, project_activity),
}
"""How many columns tell rows apart, and what the rows are; a view may have more columns behind those."""

Ask = Callable[[str], list[tuple[Any, ...]]]


@contextmanager
def duckdb_session(place: str, zone: str) -> Iterator[Ask]:
    with duckdb.connect(place.removeprefix("duckdb:"), read_only=True) as connection:
        connection.execute(f"SET TimeZone = '{zone}'")
        yield lambda statement: connection.execute(statement).fetchall()


@contextmanager
def postgres_session(place: str, zone: str) -> Iterator[Ask]:
    connection = psycopg2.connect(place, password=PASSWORD, options=f"-c timezone={zone} -c search_path=basecamp")
    with connection.cursor() as cursor:

        def ask(statement: str) -> list[tuple[Any, ...]]:
            cursor.execute(statement)
            return list(cursor.fetchall())

        yield ask
    connection.close()


def view(ask: Ask, name: str, keys: int, width: int) -> dict[Any, tuple[Any, ...]]:
    """The first columns of a view, by its key."""
    rows = ask(f"SELECT * FROM {name}")
    found = {row[0] if keys == 1 else row[:keys]: tuple(row[keys : keys + width]) for row in rows}
    assert len(found) == len(rows), f"{name} has a row twice"
    return found


@pytest.mark.parametrize("database", ["duckdb", "postgres"])
def test_the_views_answer_as_the_account_does_in_every_time_zone(
    connect: Connect, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    to = postgres.url(postgres.new_database("views")) if database == "postgres" else f"duckdb:{tmp_path}/views.duckdb"
    session = postgres_session if database == "postgres" else duckdb_session
    connector = connect(SIZE)
    account = connector.sandbox.account
    active = account.projects()
    prepare(account, {project["id"] for project in active[:2]})
    syncing = here(connector, tmp_path, to)
    assert syncing.sync("--streams", STREAMS, "--json").summary["views"] == sorted([*VIEWS, "upcoming_schedule"])
    # Their records stay in the tables, active as they were.
    account.archive(active[0]["id"])
    account.trash(active[1]["id"])
    syncing.sync("--streams", STREAMS)
    differing = set()
    for zone in ZONES:
        with session(to, zone) as ask:
            hidden = f"bucket ->> 'id' IN ('{active[0]['id']}', '{active[1]['id']}') AND status = 'active'"
            assert ask(f"SELECT count(*) FROM todos WHERE {hidden}") > [(0,)]
            for name, (keys, expect) in VIEWS.items():
                expected = expect(Live(connector.sandbox, zone))
                assert len(expected) > 1, f"{name} shows too little"
                width = len(next(iter(expected.values())))
                assert view(ask, name, keys, width) == expected, f"{name} in {zone}"
                differing |= {(name, str(sorted(expected.items(), key=str)))}
    assert sum(name == "completed_per_week" for name, _ in differing) > 1, "the zone made no difference"


def test_a_view_whose_tables_are_not_there_is_not_made(connect: Connect, tmp_path: Path) -> None:
    syncing = here(connect(SIZE), tmp_path)
    assert syncing.sync("--streams", "todos", "--json").summary["views"] == []
    made = syncing.sync("--streams", "projects", "--json")
    assert made.summary["views"] == ["completed_per_week", "open_todos"]
    assert made.stderr.count("Warning") == 0


@pytest.mark.parametrize("kind", ["TABLE", "VIEW"])
def test_what_somebody_else_made_under_the_name_of_a_view_is_left_alone(
    connect: Connect, tmp_path: Path, kind: str
) -> None:
    syncing = here(connect(SIZE), tmp_path)
    with duckdb.connect(str(tmp_path / "basecamp.duckdb")) as connection:
        connection.execute(f"CREATE {kind} open_todos AS SELECT 'mine' AS whose")
    ended = syncing.sync("--streams", "projects,todos", "--json")
    assert ended.exit_code == 0
    assert ended.summary["views"] == ["completed_per_week"]
    assert "Warning: The view open_todos was not made:" in ended.stderr
    assert syncing.query("FROM open_todos") == [("mine",)]


def test_views_in_a_schema_of_their_own_read_its_tables(connect: Connect, tmp_path: Path) -> None:
    syncing = here(connect(SIZE), tmp_path)
    syncing.sync("--streams", "projects,todos", "--dataset", "team")
    with duckdb_session(syncing.to, "UTC") as ask:
        (counted,) = ask("SELECT count(*) FROM team.open_todos")
    assert counted == (len(open_todos(Live(syncing.sandbox, "UTC"))),)
