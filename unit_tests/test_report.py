"""The parts of a report that need no database: texts, addresses, colours."""

from __future__ import annotations

import re
from datetime import date
from importlib import resources

import pytest

from source_basecamp.report import charts
from source_basecamp.report.contents import cut, link, names
from source_basecamp.report.work import months_before
from source_basecamp.terminal import counted

TEMPLATE = resources.files("source_basecamp.report").joinpath("template.html").read_text("utf-8")


def test_every_colour_of_the_charts_is_one_of_the_page_and_has_another_in_the_dark() -> None:
    months = [(date(2026, month, 1), 1.0, 2.0, 3.0) for month in (1, 2)]
    drawn = (
        charts.overdue_by_age([("1 to 7 days", 3)]),
        charts.completed_per_week([(date(2026, 1, 5), 2), (date(2026, 1, 12), 3)], date(2026, 1, 12)),
        charts.cycle_time(months),
    )
    used = {colour for chart in drawn for colour in re.findall(r'(?:fill|stroke)="#\w+"', chart.wide + chart.narrow)}
    # Axes and the frame, which have no length or are not drawn.
    assert len(used) >= 4
    light, dark = TEMPLATE.split("@media screen and (prefers-color-scheme: dark)")
    for colour in used:
        assert f"svg [{colour}]" in dark, colour
        assert colour.partition('"')[2].strip('"') in light, colour


def test_a_chart_has_no_ids_scripts_or_addresses_that_another_could_disturb() -> None:
    svg = charts.overdue_by_age([("<script>&", 3), ("b", 0)]).wide
    assert "&lt;script&gt;&amp;" in svg
    assert re.findall(r"\bid=|<script|href=|url\(", svg) == []


def test_a_month_in_a_chart_has_its_name_whatever_the_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/Los_Angeles")
    chart = charts.cycle_time([(date(2026, month, 1), 1.0, 2.0, 3.0) for month in (1, 2, 3)])
    assert re.findall(r">([A-Z][a-z]{2}|20\d\d)<", chart.wide) == ["2026", "Feb", "Mar"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", " https://example.com", "", None, 5])
def test_only_a_web_address_becomes_a_link(url: object) -> None:
    assert link(url) == ""
    assert link("https://3.basecamp.com/1") == "https://3.basecamp.com/1"


def test_a_text_is_one_line_of_what_can_be_seen_and_is_cut() -> None:
    assert cut(" a\n\tb\x00c\u202ed \u2028e ") == "a b c d e"
    assert cut("👩\u200d👩\u200d👧") == "👩\u200d👩\u200d👧"
    assert cut("x" * 500) == "x" * 159 + "…"
    assert cut(None) == ""


def test_a_list_of_people_is_cut_at_a_comma() -> None:
    assert names("Ann, Bob") == "Ann, Bob"
    assert names(", ".join(["Somebody"] * 30)) == ", ".join(["Somebody"] * 9) + ", …"
    assert len(names("x" * 300)) < 100
    assert names(None) == ""


def test_a_count_has_its_noun() -> None:
    assert [counted(n, "to-do") for n in (0, 1, 1234)] == ["0 to-dos", "1 to-do", "1,234 to-dos"]


@pytest.mark.parametrize(("today", "first"), [("2026-11-27", "2025-12-01"), ("2026-12-31", "2026-01-01")])
def test_a_year_of_months_ends_with_this_one(today: str, first: str) -> None:
    assert months_before(date.fromisoformat(today), 11) == date.fromisoformat(first)
