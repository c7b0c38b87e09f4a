"""The events to come: what a sync works out of the rules of those that repeat, and the view on top of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pyarrow.parquet
import pytest

from integration_tests.support.connector import Connector, Record
from integration_tests.support.places import session
from integration_tests.support.postgres import PASSWORD, Server
from integration_tests.support.sync import here
from sandbox import AccountSize
from sandbox.account import Account
from source_basecamp.warehouse.duckdb_store import DuckDBStore
from source_basecamp.warehouse.occurrences import OCCURRENCES
from source_basecamp.warehouse.postgres_store import PostgresStore
from source_basecamp.warehouse.sql_store import MARK
from source_basecamp.warehouse.views import all_views

TABLE = OCCURRENCES.name
SIZE = AccountSize(projects=3, schedule_entries=(40, 3, 2), todos=0, messages=0)
STREAMS = ("--streams", "projects,schedule_entries")
ZONES = ["UTC", "Pacific/Auckland", "America/Los_Angeles"]
TODAY = datetime.now(UTC).date()
OLD_COLUMNS = [
    ("id", "bigint"),
    ("title", "character varying"),
    ("project", "character varying"),
    ("all_day", "boolean"),
    ("first_day", "date"),
    ("last_day", "date"),
    ("starts_at", "timestamp with time zone"),
    ("ends_at", "timestamp with time zone"),
    ("participants", "text"),
    ("repeats", "text"),
    ("repeats_until", "date"),
    ("app_url", "character varying"),
]
"""Of version 1.0.0. PostgreSQL replaces a view only by one that begins with its columns."""

Connect = Callable[..., Connector]
Repeats = Callable[[date, date], bool]
"""Whether an event of this first day takes place on that day, worked out day by day."""


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def months(first: date, day: date) -> int:
    return (day.year - first.year) * 12 + day.month - first.month


def is_last(day: date) -> bool:
    """Whether it is the last such day of the week in its month."""
    return (day + timedelta(weeks=1)).month != day.month


RULES: list[tuple[Record, Repeats]] = [
    ({"frequency": "every_day"}, lambda first, day: True),
    ({"frequency": "every_day", "days": [0, 3]}, lambda first, day: day.isoweekday() in (7, 3)),
    ({"frequency": "every_weekday"}, lambda first, day: day.isoweekday() < 6),
    ({"frequency": "every_week"}, lambda first, day: day.weekday() == first.weekday()),
    (
        {"frequency": "every_other_week", "days": [1, 5]},
        lambda first, day: day.isoweekday() in (1, 5) and (monday(day) - monday(first)).days % 14 == 0,
    ),
    (
        {"frequency": "custom_week", "week_interval": 3, "days": []},
        lambda first, day: (day - first).days % 21 == 0,
    ),
    (
        {"frequency": "every_month", "week_instance": -1, "days": [2]},
        lambda first, day: day.isoweekday() == 2 and is_last(day),
    ),
    (
        {"frequency": "custom_month", "week_instance": 2, "days": [4], "month_interval": 2},
        lambda first, day: day.isoweekday() == 4 and 8 <= day.day <= 14 and months(first, day) % 2 == 0,
    ),
    ({"frequency": "every_day_of_month", "days": [10]}, lambda first, day: day.day == 10),
    ({"frequency": "every_year"}, lambda first, day: (day.month, day.day) == (first.month, first.day)),
    ({"frequency": "every_full_moon"}, lambda first, day: False),
    ({"frequency": "every_week", "days": [9], "week_interval": 0}, lambda first, day: False),
]
NOT_SAID: Record = dict.fromkeys(
    ("days", "hour", "minute", "week_instance", "week_interval", "month_interval", "start_date", "duration", "end_date")
)


def prepare(account: Account) -> dict[int, Repeats]:
    """Events that begin on days around today and repeat by every rule, and the rules; some are no longer there."""
    entries, rules = account.feed("Schedule::Entry"), {}
    for n, entry in enumerate(entries):
        rule, repeats = RULES[n % len(RULES)]
        begin = datetime.combine(TODAY + timedelta(days=(-90, -14, 1, 1)[n // len(RULES)]), datetime.min.time(), UTC)
        begin, length = begin + timedelta(hours=n * 7 % 24), timedelta(hours=n % 5, days=n % 3 // 2)
        if n % 2:
            times = {"starts_at": begin.date().isoformat(), "ends_at": (begin + length).date().isoformat()}
        else:
            times = {"starts_at": iso(begin), "ends_at": iso(begin + length)}
        end = (TODAY + timedelta(days=(20, -1)[n % 4 // 3])).isoformat() if n % 3 == 0 else None
        again = {"recurrence_schedule": {**NOT_SAID, **rule, "end_date": end}} if n < 36 else {}
        account.update(entry["id"], all_day=bool(n % 2), **times, **again)
        rules[entry["id"]] = repeats
    account.trash(entries[0]["id"])
    account.archive(entries[1]["id"])
    return rules


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def expected(account: Account, rules: dict[int, Repeats], zone: ZoneInfo) -> Iterator[tuple[Any, ...]]:
    """The first columns of the view, worked out day by day."""
    now = datetime.now(zone)
    active = {project["id"]: project["name"] for project in account.projects()}
    for entry in account.listing("schedule_entries"):
        if entry["status"] != "active" or entry["bucket"]["id"] not in active:
            continue
        rule, timed = entry.get("recurrence_schedule"), not entry["all_day"]
        begin, end = (datetime.fromisoformat(entry[key]) for key in ("starts_at", "ends_at"))
        until = date.fromisoformat(rule["end_date"]) if rule and rule["end_date"] else None
        for day in days_of(begin.date(), rule, rules.get(entry["id"]), until):
            first, last = (moment + (day - begin.date()) for moment in (begin, end))
            local = [moment.astimezone(zone).date() if timed else moment.date() for moment in (first, last)]
            if (last < now if timed else local[1] < now.date()) or (rule and (local[0] - now.date()).days > 90):
                continue
            times = (first, last) if timed else (None, None)
            people = ", ".join(person["name"] for person in entry["participants"]) or None
            shown = (entry["title"], active[entry["bucket"]["id"]], not timed, *local, *times, people)
            more = (rule["frequency"] if rule else None, until, entry["app_url"])
            ids = (entry["bucket"]["id"], entry["parent"]["id"], max((local[0] - now.date()).days, 0))
            yield entry["id"], *shown, *more, *ids


def days_of(first: date, rule: Record | None, repeats: Repeats | None, until: date | None) -> Iterator[date]:
    yield first
    day = first
    while rule and repeats and day < TODAY + timedelta(days=120):
        day += timedelta(days=1)
        if repeats(first, day) and (until is None or day <= until):
            yield day


def test_each_time_in_ninety_days_is_a_row_of_the_view_once_in_every_zone(
    connect: Connect, tmp_path: Path, place: str
) -> None:
    connector = connect(SIZE)
    account = connector.sandbox.account
    rules = prepare(account)
    assert here(connector, tmp_path, place).sync(*STREAMS).stderr.count("Warning") == 0
    differing = set()
    for zone in ZONES:
        with session(place, zone) as ask:
            found = sorted((row[:15] for row in ask("SELECT * FROM upcoming_schedule")), key=repr)
        wanted = sorted(expected(account, rules, ZoneInfo(zone)), key=repr)
        assert [tuple(map(told, row)) for row in found] == [tuple(map(told, row)) for row in wanted], zone
        assert len({row[0] for row in wanted}) < len(wanted) / 5
        differing.add(repr(wanted))
    assert len(differing) > 1, "the zone made no difference"


def told(value: Any) -> Any:
    """A value in one form: a moment is the same in every zone."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


COLUMNS = "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = '{}' ORDER BY {}"


def test_the_view_of_an_earlier_version_is_replaced_with_its_columns_first(
    connect: Connect, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    query = postgres.query(postgres.new_database("coming_earlier"))
    syncing = here(connect(SIZE), tmp_path, postgres.url("coming_earlier"))
    syncing.sync("--streams", "projects")
    nulls = ", ".join(f"CAST(NULL AS {type}) AS {name}" for name, type in OLD_COLUMNS)
    query(f"CREATE VIEW basecamp.upcoming_schedule AS SELECT {nulls}")
    query("COMMENT ON VIEW basecamp.upcoming_schedule IS 'Events. Made anew by each source-basecamp sync.'")
    query("CREATE VIEW basecamp.mine AS SELECT title FROM basecamp.upcoming_schedule")
    assert syncing.sync(*STREAMS).stderr.count("Warning") == 0
    columns = query(COLUMNS.format("upcoming_schedule", "ordinal_position"))
    assert columns[: len(OLD_COLUMNS)] == OLD_COLUMNS
    (view,) = (view for view in all_views() if view.name == "upcoming_schedule")
    assert [name for name, _ in columns] == list(view.columns)
    assert query("SELECT count(*) FROM basecamp.mine") > [(0,)]


def test_the_table_is_described_and_written_only_when_what_is_to_come_differs(
    connect: Connect, tmp_path: Path, place: str
) -> None:
    connector = connect(SIZE)
    account = connector.sandbox.account
    daily = list(prepare(account))[2 * len(RULES)]
    syncing = here(connector, tmp_path, place)
    assert changes_by(lambda: syncing.sync(*STREAMS)) > 0
    assert changes_by(lambda: syncing.sync(*STREAMS)) == 0
    account.trash(daily)
    assert changes_by(lambda: syncing.sync(*STREAMS)) > 0
    with session(place) as ask:
        (listed,) = ask(f"SELECT count(*), sum(CASE WHEN schedule_entry_id = {daily} THEN 1 ELSE 0 END) FROM {TABLE}")
        assert (listed[0] > 100, listed[1]) == (True, 0)
        if place.startswith("duckdb:"):
            comments = "SELECT {} FROM duckdb_{}() WHERE table_name = 'schedule_occurrences'"
            described = [*ask(comments.format("comment", "tables")), *ask(comments.format("comment", "columns"))]
        else:
            described = ask("SELECT description FROM pg_description WHERE objoid = 'schedule_occurrences'::regclass")
    wanted = [f"{OCCURRENCES.description} {MARK}.", *(column.description for column in OCCURRENCES.columns)]
    assert sorted(text for (text,) in described) == sorted(wanted)


def changes_by(act: Callable[[], Any]) -> int:
    """How many statements changed rows of the table meanwhile."""
    statements: list[str] = []

    def noting(run: Callable[..., Any]) -> Callable[..., Any]:
        return lambda store, statement, *rest: (statements.append(statement), run(store, statement, *rest))[1]

    with ExitStack() as stack:
        for kind in (DuckDBStore, PostgresStore):
            stack.enter_context(patch.object(kind, "run", noting(kind.run)))
        act()
    return sum(TABLE in one and one.startswith(("INSERT", "DELETE")) for one in statements)


@pytest.mark.parametrize(
    "rule",
    [{"frequency": "every_day", "end_date": "someday"}, {"frequency": 7}, {"frequency": "every_week", "days": {}}],
    ids=repr,
)
def test_an_event_with_an_odd_rule_is_shown_once_while_it_is_to_come(
    connect: Connect, tmp_path: Path, place: str, rule: Record
) -> None:
    connector = connect(SIZE)
    account = connector.sandbox.account
    for entry, days in zip(account.feed("Schedule::Entry"), (-3, 3, 30), strict=False):
        day = (TODAY + timedelta(days=days)).isoformat()
        account.update(entry["id"], all_day=True, starts_at=day, ends_at=day, recurrence_schedule=rule)
    assert here(connector, tmp_path, place).sync(*STREAMS).stderr.count("Warning") == 0
    with session(place) as ask:
        odd = f"repeats = '{rule['frequency']}' AND repeats_until IS NULL"
        found = ask(f"SELECT days_until FROM upcoming_schedule WHERE {odd} ORDER BY 1")
    assert found == [(3,), (30,)]


@pytest.mark.parametrize("kind", ["TABLE", "VIEW"])
def test_what_somebody_else_named_like_the_table_is_left_alone(
    connect: Connect, tmp_path: Path, place: str, kind: str
) -> None:
    connector = connect(SIZE)
    prepare(connector.sandbox.account)
    syncing = here(connector, tmp_path, place)
    syncing.sync("--streams", "projects")
    with session(place) as ask:
        ask(f"CREATE {kind} schedule_occurrences AS SELECT 'mine' AS whose")
    ended = syncing.sync(*STREAMS)
    assert ended.exit_code == 0
    (warning,) = (line for line in ended.stderr.splitlines() if line.startswith("Warning"))
    assert warning.startswith("Warning: The table schedule_occurrences was not made: there is another table or view")
    with session(place) as ask:
        assert ask("SELECT * FROM schedule_occurrences") == [("mine",)]
        assert ask("SELECT DISTINCT repeats FROM upcoming_schedule") == [(None,)]


def test_parquet_has_the_occurrences_too(connect: Connect, tmp_path: Path) -> None:
    connector = connect(SIZE)
    prepare(connector.sandbox.account)
    here(connector, tmp_path, f"parquet:{tmp_path}/out").sync(*STREAMS)
    table = pyarrow.parquet.read_table(tmp_path / "out" / "schedule_occurrences.parquet")
    assert table.column_names == [column.name for column in OCCURRENCES.columns]
    assert table.num_rows > 100
