"""The events to come: what a sync works out of the rules of those that repeat, and the view on top of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import duckdb
import pyarrow.parquet
import pytest

from integration_tests.support.connector import Connector, Record
from integration_tests.support.postgres import PASSWORD, Server
from integration_tests.support.sync import here
from integration_tests.support.warehouse import duckdb_session, postgres_session
from sandbox import AccountSize
from sandbox.account import Account
from source_basecamp.warehouse.occurrences import OCCURRENCES
from source_basecamp.warehouse.sql_store import MARK, SqlStore

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
        begin = datetime.combine(TODAY + timedelta(days=(-90, -14, 1)[n // len(RULES) % 3]), datetime.min.time(), UTC)
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


@pytest.mark.parametrize("database", ["duckdb", "postgres"])
def test_every_occurrence_of_ninety_days_is_a_row_and_none_is_one_twice(
    connect: Connect, tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    to = postgres.url(postgres.new_database("coming")) if database == "postgres" else f"duckdb:{tmp_path}/x.duckdb"
    session = postgres_session if database == "postgres" else duckdb_session
    account = connect(SIZE).sandbox.account
    rules = prepare(account)
    syncing = here(connect.made[-1], tmp_path, to)
    syncing.sync(*STREAMS)
    differing = set()
    for zone in ZONES:
        with session(to, zone) as ask:
            found = ask("SELECT * FROM upcoming_schedule")
        wanted = sorted(expected(account, rules, ZoneInfo(zone)), key=repr)
        assert sorted((row[:15] for row in found), key=repr) == wanted, zone
        assert len({row[0] for row in wanted}) < len(wanted) / 5
        differing.add(repr(wanted))
    assert len(differing) > 1, "the zone made no difference"
