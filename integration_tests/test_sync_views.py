"""The views that a sync leaves behind: rows worked out here from the account, equal on DuckDB and PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import duckdb
import pytest

from integration_tests.support.connector import BY_DEFAULT, Connector
from integration_tests.support.places import Ask, execute, session
from integration_tests.support.postgres import PASSWORD, Server
from integration_tests.support.questions import ANSWERS, QUESTIONS, comparable
from integration_tests.support.storm import storm
from integration_tests.support.sync import here
from integration_tests.support.views import VIEWS, WITH_FILES, Live, in_utc, open_todos
from sandbox import AccountSize
from sandbox.account import Account
from source_basecamp.warehouse.views import all_views

SIZE = AccountSize(projects=5, todos=(60, 6, 4), messages=(20, 2, 1), schedule_entries=(30, 3, 2), comments=(40, 2, 1))
ZONES = ["UTC", "Pacific/Auckland", "America/Los_Angeles"]

Connect = Callable[..., Connector]


def prepare(account: Account, leave: set[int]) -> None:
    """Dates around today, whatever day that is, and all that a view has to leave out; outside the projects `leave`."""
    today = datetime.now(UTC)
    people = account.people()
    todos, entries, cards, steps = (
        [record for record in account.feed(type) if record["bucket"]["id"] not in leave]
        for type in ("Todo", "Schedule::Entry", "Kanban::Card", "Kanban::Step")
    )
    open_projects = {project["id"] for project in account.projects()} - leave
    due = [(today + timedelta(days=days)).date().isoformat() for days in (-30, -2, -1, 0, 1, 2)]
    for work in (todos, cards, steps):
        for record, day in zip(work, [*due, None], strict=False):
            account.update(record["id"], due_on=day, completed=False, completion=None, assignees=people[:2])
    account.update(todos[7]["id"], assignees=[], completed=False, due_on=due[0])
    # On either side of a week's beginning, and of the end of the day they were due, in each of the zones.
    for n, moment in enumerate(("2025-11-02T23:30", "2025-11-03T00:30", "2025-11-02T10:30", "2025-11-03T08:30")):
        done = {"created_at": f"{moment}:00.000Z", "creator": people[n % 2]}
        for record in (todos[10 + n], cards[8 + n]):
            account.update(record["id"], completed=True, completion=done, due_on="2025-11-02")
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

    columns = [one for one in account.listing("card_columns") if one["bucket"]["id"] in open_projects]
    for n, card in enumerate(cards[20:26]):
        for column in [one for one in columns if one["bucket"]["id"] == card["bucket"]["id"]][: 1 + n % 3]:
            account.move(card["id"], column["id"], by=n)
    for n, record in enumerate([*todos[24:30], *cards[20:24]]):
        for days in [3, None, -3][: 1 + n % 3]:
            day = None if days is None else (today + timedelta(days=days)).date().isoformat()
            account.reschedule(record["id"], day, by=n)

    of = next(e["bucket"]["id"] for e in account.records("Timesheet::Entry") if e["bucket"]["id"] in open_projects)
    account.create("Timesheet::Entry", of, date=today.date().isoformat())


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def assert_equal_to_the_account(ask: Ask, account: Live, views: Iterable[str] = VIEWS) -> None:
    """Every view has the rows of the account, in every column."""
    described = {view.name: list(view.columns) for view in all_views()}
    for name in views:
        columns, expected = described[name], list(VIEWS[name](account))
        assert all(row.keys() == set(columns) for row in expected), name
        wanted = Counter(tuple(in_utc(row[column]) for column in columns) for row in expected)
        found = Counter(tuple(map(in_utc, row)) for row in ask(f"SELECT {', '.join(columns)} FROM {name}"))
        assert list(found - wanted)[:3] == list(wanted - found)[:3], f"{name}: {columns}"
        assert found == wanted, name


@pytest.mark.slow
def test_the_views_answer_as_the_account_does_in_every_time_zone_whatever_has_changed(
    connect: Connect, tmp_path: Path, place: str
) -> None:
    connector = connect(SIZE)
    account = connector.sandbox.account
    active = account.projects()
    prepare(account, {project["id"] for project in active[:2]})
    syncing = here(connector, tmp_path, place)
    read = {table for view in all_views() for table in (*view.needs, *view.may_need)}
    only = ("--streams", ",".join(sorted(read.intersection(BY_DEFAULT))))
    assert syncing.sync(*only, "--json").summary["views"] == sorted([*VIEWS, "upcoming_schedule"])
    # One of long ago that is gone is found by --reconcile only.
    latest = max(account.records("Timesheet::Entry"), key=lambda entry: str(entry["date"]))
    account.trash(latest["id"])
    # Their records stay in the tables, active as they were.
    account.archive(active[0]["id"])
    account.trash(active[1]["id"])
    syncing.sync(*only)
    weeks = set()
    for zone in ZONES:
        with session(place, zone) as ask:
            hidden = f"project_id IN ({active[0]['id']}, {active[1]['id']}) AND status = 'active'"
            assert ask(f"SELECT count(*) FROM todos WHERE {hidden}") > [(0,)]
            live = Live(connector.sandbox, zone)
            assert min(len(list(rows(live))) for rows in VIEWS.values()) > 1, "a view shows too little"
            assert_equal_to_the_account(ask, live)
            weeks.add(str(ask("SELECT week, sum(completed) FROM completed_per_week GROUP BY week ORDER BY week")))
    assert len(weeks) > 1, "the zone made no difference"
    storm(account, Random(place.partition(":")[0]))
    assert syncing.sync(*only).exit_code == 0
    with session(place) as ask:
        live = Live(connector.sandbox, "UTC")
        assert_equal_to_the_account(ask, live)
        answers = {question: comparable(answer(live)) for question, answer in ANSWERS.items()}
        assert {question: comparable(ask(QUESTIONS[question])) for question in ANSWERS} == answers
        assert sum(map(bool, answers.values())) >= len(answers) - 3
        (untested,) = QUESTIONS.keys() - ANSWERS.keys()
        assert (
            len(ask(QUESTIONS[untested])) == ask("SELECT count(*) FROM upcoming_schedule WHERE days_until < 14")[0][0]
        )
    for table, column in [*WITH_FILES.items(), *((table, "assignees") for table in ("todos", "cards", "steps"))]:
        execute(place, f"UPDATE {table} SET {column} = '{{\"id\": 1}}'")
    with session(place) as ask:
        assert ask("SELECT count(*) > 1, count(assignees) FROM open_todos") == [(True, 0)]
        assert ask("SELECT * FROM workload") == []
        assert {kind for (kind,) in ask("SELECT kind FROM files")} == {"uploads"}


def test_a_view_takes_names_from_the_records_where_their_own_table_is_not_loaded(
    connect: Connect, tmp_path: Path
) -> None:
    connector = connect(SIZE)
    prepare(connector.sandbox.account, set())
    streams = ["projects", "todos"]
    made = here(connector, tmp_path).sync("--streams", ",".join(streams), "--json").summary["views"]
    live = Live(connector.sandbox, "UTC", streams)
    with session(f"duckdb:{tmp_path}/basecamp.duckdb") as ask:
        assert_equal_to_the_account(ask, live, made)


def test_where_recording_events_are_loaded_the_views_know_what_the_feed_no_longer_has(
    connect: Connect, tmp_path: Path, place: str
) -> None:
    connector = connect(SIZE)
    account = connector.sandbox.account
    prepare(account, set())
    card = account.feed("Kanban::Card")[3]
    column = next(
        one for one in account.listing("card_columns") if one["bucket"] == card["bucket"] and one.get("on_hold")
    )
    account.move(card["id"], column["id"], on_hold=True)
    account.move(card["id"], column["id"])
    account.store.epoch = account.store.feed_events[-12]["id"]
    streams = ["projects", "cards", "todos", "card_columns", "card_tables", "people", "events", "recording_events"]
    changing = ["card_moves", "due_date_changes", "card_flow"]
    here(connector, tmp_path, place).sync("--streams", ",".join(streams))
    without, live = (Live(connector.sandbox, "UTC", streams[:n]) for n in (-1, None))
    assert all(list(VIEWS[view](without)) != list(VIEWS[view](live)) for view in changing)
    with session(place) as ask:
        assert_equal_to_the_account(ask, live, changing)
        on_hold = f"card_id = {card['id']} AND from_column_id = to_column_id AND to_column_id = {column['id']}"
        assert ask(f"SELECT count(*) FROM card_moves WHERE {on_hold}") == [(1,)]


def test_a_view_whose_tables_are_not_there_is_not_made_and_the_sync_says_what_it_lacks(
    connect: Connect, tmp_path: Path
) -> None:
    syncing = here(connect(SIZE), tmp_path)
    first = syncing.sync("--streams", "todos", "--json").summary
    assert first["views"] == []
    assert first["views_not_made"]["workload"] == ["projects", "cards", "steps"]
    made = syncing.sync("--streams", "projects", "--json")
    assert made.summary["views"] == [
        "activity", "completed_per_week", "cycle_time", "files", "open_todos", "project_activity", "slipped"
    ]  # fmt: skip
    assert made.stderr.count("Warning") == 0
    assert made.summary["views_not_made"].keys().isdisjoint(made.summary["views"])
    people_only = syncing.sync("--streams", "people").stdout
    assert "Not made for want of tables: card_flow (card_columns, cards), " in people_only
    lacking = {table for tables in first["views_not_made"].values() for table in tables}
    last = syncing.sync("--streams", ",".join(sorted(lacking)))
    assert (last.exit_code, "Not made" in last.stdout) == (0, False)


FIRST_COLUMNS = {
    "open_todos": "id bigint, title varchar, assignees text, list varchar, project varchar, due_on date, "
    "days_overdue int, starts_on date, created_at timestamptz, updated_at timestamptz, app_url varchar",
    "completed_per_week": "week date, completed_by varchar, completed bigint",
    "project_activity": "id bigint, project varchar, last_change timestamptz, open_todos bigint, overdue_todos bigint, "
    "app_url varchar",
}
"""Those of version 1.0.0, with their types in PostgreSQL."""


def test_what_people_built_on_the_views_of_the_first_version_stays(
    connect: Connect, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    database = postgres.new_database("built")
    ask = postgres.query(database)
    ask("CREATE SCHEMA basecamp")
    for name, columns in FIRST_COLUMNS.items():
        nulls = (f"CAST(NULL AS {type}) AS {column}" for column, type in map(str.split, columns.split(", ")))
        ask(f"CREATE VIEW basecamp.{name} AS SELECT {', '.join(nulls)} WHERE FALSE")
        ask(f"COMMENT ON VIEW basecamp.{name} IS 'Made anew by each source-basecamp sync.'")
        ask(f"CREATE VIEW mine_on_{name} AS SELECT * FROM basecamp.{name}")
    ended = here(connect(SIZE), tmp_path, postgres.url(database)).sync("--streams", "projects,todos", "--json")
    assert set(ended.summary["views"]) >= set(FIRST_COLUMNS)
    assert [name for name in FIRST_COLUMNS if ask(f"SELECT count(*) FROM mine_on_{name}") == [(0,)]] == []


@pytest.mark.parametrize("kind", ["TABLE", "VIEW"])
def test_what_somebody_else_made_under_the_name_of_a_view_is_left_alone(
    connect: Connect, tmp_path: Path, kind: str
) -> None:
    syncing = here(connect(SIZE), tmp_path)
    with duckdb.connect(str(tmp_path / "basecamp.duckdb")) as connection:
        connection.execute(f"CREATE {kind} open_todos AS SELECT 'mine' AS whose")
    ended = syncing.sync("--streams", "projects,todos", "--json")
    assert ended.exit_code == 0
    assert "open_todos" not in ended.summary["views"]
    assert "completed_per_week" in ended.summary["views"]
    assert "Warning: The view open_todos was not made:" in ended.stderr
    assert syncing.query("FROM open_todos") == [("mine",)]


def test_views_in_a_schema_of_their_own_read_its_tables(connect: Connect, tmp_path: Path) -> None:
    syncing = here(connect(SIZE), tmp_path)
    syncing.sync("--streams", "projects,todos", "--dataset", "team")
    with session(syncing.to) as ask:
        (counted,) = ask("SELECT count(*) FROM team.open_todos")
    assert counted == (len(list(open_todos(Live(syncing.sandbox, "UTC")))),)
