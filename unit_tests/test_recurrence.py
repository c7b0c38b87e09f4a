"""When an event that repeats takes place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_basecamp.warehouse.recurrence import occurrences

FIRST, LAST = date(2026, 3, 1), date(2026, 6, 30)


def days(begin: str, rule: Any, first: date = FIRST, last: date = LAST) -> list[str]:
    """The days on which an event that lasts all day begins, month and day."""
    return [f"{span[0]:%m-%d}" for span in occurrences(begin, begin, rule, first, last)]


@pytest.mark.parametrize(
    ("begin", "rule", "expected"),
    [
        ("2026-06-27", {"frequency": "every_day"}, "06-27 06-28 06-29 06-30"),
        ("2026-06-22", {"frequency": "every_day", "days": [0, 6]}, "06-22 06-27 06-28"),
        ("2026-06-25", {"frequency": "every_weekday"}, "06-25 06-26 06-29 06-30"),
        ("2025-11-05", {"frequency": "every_week", "end_date": "2026-03-18"}, "03-04 03-11 03-18"),
        ("2025-11-05", {"frequency": "every_week", "days": [1, 4], "end_date": "2026-03-09"}, "03-02 03-05 03-09"),
        ("2026-02-25", {"frequency": "every_other_week", "end_date": "2026-04-08"}, "03-11 03-25 04-08"),
        ("2025-11-05", {"frequency": "custom_week", "week_interval": 6}, "03-11 04-22 06-03"),
        ("2019-02-18", {"frequency": "every_month", "days": [1], "week_instance": 3}, "03-16 04-20 05-18 06-15"),
        ("2025-11-25", {"frequency": "every_month", "days": [2], "week_instance": -1}, "03-31 04-28 05-26 06-30"),
        ("2025-11-25", {"frequency": "every_month", "week_instance": -1}, "03-31 04-28 05-26 06-30"),
        ("2025-11-30", {"frequency": "every_month"}, "03-30 04-30 05-30 06-30"),
        ("2025-12-31", {"frequency": "every_day_of_month", "days": [31]}, "03-31 05-31"),
        ("2025-11-07", {"frequency": "custom_month", "month_interval": 5, "days": [7]}, "04-07"),
        (
            "2025-12-01",
            {"frequency": "custom_month", "month_interval": 2, "days": [1], "week_instance": 1},
            "04-06 06-01",
        ),
        ("2020-04-30", {"frequency": "every_year", "days": None}, "04-30"),
        ("2024-02-29", {"frequency": "every_year"}, ""),
    ],
)
def test_each_frequency_of_basecamp_has_its_days(begin: str, rule: Any, expected: str) -> None:
    assert " ".join(days(begin, rule)) == expected


def test_an_occurrence_has_the_length_and_the_time_of_the_first() -> None:
    rule = {"frequency": "every_week"}
    found = occurrences("2025-11-05T22:30:00.250Z", "2025-11-06T01:00:00.250Z", rule, FIRST, date(2026, 3, 12))
    begin = datetime(2026, 3, 4, 22, 30, 0, 250_000, UTC)
    week, length = timedelta(weeks=1), timedelta(hours=2, minutes=30)
    assert found == [(begin, begin + length), (begin + week, begin + week + length)]


def test_what_began_before_the_first_day_and_is_not_over_is_found() -> None:
    rule = {"frequency": "every_week"}
    found = occurrences("2025-11-06", "2025-11-09", rule, FIRST, date(2026, 3, 5))
    assert found == [(date(2026, 2, 26), FIRST), (date(2026, 3, 5), date(2026, 3, 8))]


@pytest.mark.parametrize("hour", [18, 2], ids=["in Los Angeles", "in UTC"])
def test_a_day_of_a_rule_is_one_where_the_rule_was_made(hour: int) -> None:
    """On Mondays, which are Tuesdays in UTC: the beginning in the other zone says so. In UTC, it is on Tuesdays."""
    local = datetime(2026, 2, 3, hour) - timedelta(days=hour == 18)
    rule = {"frequency": "every_week", "days": [local.isoweekday() % 7], "hour": hour, "minute": 0}
    rule |= {"start_date": local.date().isoformat()}
    found = occurrences("2026-02-03T02:00:00.000Z", "2026-02-03T03:00:00.000Z", rule, FIRST, date(2026, 3, 12))
    assert [span[0] for span in found] == [datetime(2026, 3, 3, 2, tzinfo=UTC), datetime(2026, 3, 10, 2, tzinfo=UTC)]


def test_an_old_event_takes_no_longer_than_a_new_one() -> None:
    began = datetime.now(UTC)
    for rule in ({"frequency": "every_day"}, {"frequency": "custom_week", "week_interval": 2}):
        for _ in range(100):
            assert days("0900-01-05", rule)
    assert datetime.now(UTC) - began < timedelta(seconds=10)


NOT_UNDERSTOOD: list[Any] = [
    None,
    "every_day",
    [],
    7,
    {},
    {"frequency": None},
    {"frequency": 5},
    {"frequency": ["every_day"]},
    {"frequency": "every_full_moon"},
    {"frequency": "every_day", "end_date": "never"},
    {"frequency": "every_day", "end_date": 20260301},
    {"frequency": "every_day", "end_date": "2019-01-01"},
    {"frequency": "every_day", "days": "1,2"},
    {"frequency": "every_week", "days": [7]},
    {"frequency": "every_week", "days": [None]},
    {"frequency": "every_week", "days": ["1"]},
    {"frequency": "every_week", "days": [True]},
    {"frequency": "every_week", "week_interval": 0},
    {"frequency": "every_week", "week_interval": -2},
    {"frequency": "every_week", "week_interval": "2"},
    {"frequency": "custom_week", "week_interval": 10**12},
    {"frequency": "custom_week", "week_interval": None},
    {"frequency": "custom_month", "month_interval": 0},
    {"frequency": "custom_month", "month_interval": 10**9},
    {"frequency": "every_month", "days": [32]},
    {"frequency": "every_month", "days": [0]},
    {"frequency": "every_month", "days": [1], "week_instance": 0},
    {"frequency": "every_month", "days": [1], "week_instance": 99},
    {"frequency": "every_month", "days": [9], "week_instance": 1},
]


@pytest.mark.parametrize("rule", NOT_UNDERSTOOD, ids=repr)
def test_a_rule_that_is_not_understood_adds_nothing_to_the_first_occurrence(rule: Any) -> None:
    assert days("2026-03-04", rule) == ["03-04"]
    assert days("2025-03-04", rule) == []


@pytest.mark.parametrize("begin", [None, "", "soon", "2026-02-31", 7, "2026-03-04T25:00:00Z"])
def test_an_event_that_begins_at_no_time_does_not_take_place(begin: Any) -> None:
    assert occurrences(begin, begin, {"frequency": "every_day"}, FIRST, LAST) == []


@pytest.mark.parametrize("end", [None, "later", "2026-06-30", "2026-06-01T09:00:00Z"])
def test_an_event_without_a_sound_end_ends_as_it_begins(end: Any) -> None:
    found = occurrences("2026-06-29T10:00:00Z", end, {"frequency": "every_day"}, FIRST, LAST)
    assert [begin == end for begin, end in found] == [True, True]


def test_what_lasts_longer_than_a_year_is_not_repeated() -> None:
    assert len(occurrences("2020-01-01", "9999-12-31", {"frequency": "every_day"}, FIRST, LAST)) == 1


ANY = st.none() | st.integers() | st.text(max_size=12) | st.lists(st.integers(-2, 40) | st.none(), max_size=3)
DAYS = st.dates().map(str) | st.datetimes().map(lambda moment: f"{moment.isoformat()}Z") | ANY
WEEKLY = ("every_day", "every_weekday", "every_week", "every_other_week", "custom_week")
MONTHLY = ("every_month", "every_day_of_month", "custom_month", "every_year")
FREQUENCIES = st.sampled_from((*WEEKLY, *MONTHLY))
KEYS = ("days", "hour", "minute", "week_instance", "week_interval", "month_interval", "start_date", "end_date")
RULES = ANY | st.fixed_dictionaries(
    {"frequency": FREQUENCIES | ANY}, optional={key: DAYS if "date" in key else ANY for key in KEYS}
)


@given(DAYS, DAYS, RULES)
def test_whatever_is_sent_gives_distinct_occurrences_within_the_days(begin: Any, end: Any, rule: Any) -> None:
    found = occurrences(begin, end, rule, FIRST, LAST)
    assert found == sorted(set(found))
    for span in found:
        begins, ends = (moment.date() if isinstance(moment, datetime) else moment for moment in span)
        assert begins <= ends
        assert begins <= LAST
        assert ends >= FIRST
