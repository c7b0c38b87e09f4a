"""The charts, drawn by Altair into SVG when the report is made: the page has no script, and a mail program shows them.

Each is drawn twice, for a wide page and for a phone, so that its letters are as large as those around it. The page's
style sheet knows the colours by their names here, and gives them others in the dark (`template.html`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import altair as alt
import vl_convert

from source_basecamp.report.contents import Chart

ACCENT, SOFT, INK, QUIET, LINE = "#0f6b5c", "#619b8e", "#1d2422", "#5c6461", "#dfe3e0"
_WIDE, _NARROW, _LABEL = 680, 331, 104
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
_AXIS = {
    "labelColor": QUIET, "labelFont": _FONT, "labelFontSize": 12, "titleColor": QUIET, "titleFont": _FONT,
    "titleFontSize": 12, "titleFontWeight": "normal", "domain": False, "ticks": False, "gridColor": LINE,
    "labelPadding": 6, "titleAlign": "left", "titleAnchor": "end", "titleAngle": 0, "titlePadding": 0,
}  # fmt: skip


def overdue_by_age(counts: Sequence[tuple[str, int]]) -> Chart:
    """A bar for each age, with its number at the end."""
    rows = [{"age": age, "count": count} for age, count in counts]
    # Labels that ended at the bars would begin outside, where the page's letters are wider than those that Vega knows.
    axis = alt.Axis(labelFontSize=13, labelAlign="left", labelPadding=_LABEL, minExtent=_LABEL, maxExtent=_LABEL)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("age:N", sort=None, title=None, axis=axis),
        x=alt.X("count:Q", axis=None),
    )
    bars = base.mark_bar(color=ACCENT, height=16)
    numbers = base.mark_text(color=QUIET, align="left", dx=6, font=_FONT, fontSize=13).encode(text="count:Q")
    said = ", ".join(f"{age}: {count}" for age, count in counts)
    return _drawn("How long it has been overdue", said, "", bars + numbers, 26 * len(rows), top=0)


def completed_per_week(weeks: Sequence[tuple[date, int]], this_week: date) -> Chart:
    rows = [{"week": week.isoformat(), "count": count, "whole": week < this_week} for week, count in weeks]
    bars = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("week:O", title=None, scale=alt.Scale(paddingInner=0.28), axis=_months(rows, "week")),
            y=_y("count", "to-dos"),
            color=alt.Color("whole:N", legend=None, scale=alt.Scale(domain=[True, False], range=[ACCENT, SOFT])),
        )
    )
    counts = [count for _, count in weeks]
    said = f"Between {min(counts)} and {max(counts)} a week"
    return _drawn("To-dos completed each week", said, "The last bar is this week so far.", bars, 170)


def cycle_time(months: Sequence[tuple[date, float, float, float]]) -> Chart:
    rows = [
        {"month": month.isoformat(), "low": low, "median": middle, "high": high} for month, low, middle, high in months
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("month:O", title=None, scale=alt.Scale(paddingInner=0.3), axis=_months(rows, "month"))
    )
    # Wide bars for the spread, and a short line across each for the median.
    spread = base.mark_bar(color=SOFT).encode(y=_y("low", "days"), y2="high:Q")
    middle = base.mark_tick(color=INK, thickness=3, opacity=1).encode(y="median:Q")
    medians = [month[2] for month in months]
    said = f"The medians lie between {min(medians):.1f} and {max(medians):.1f} days"
    note = "The line is the median. The bar holds the middle half of what was completed in the month."
    return _drawn("Days from creation to completion, by month", said, note, spread + middle, 170)


def _y(field: str, unit: str) -> alt.Y:
    whole = alt.Axis(tickCount=4, tickMinStep=1, format=",d", titleX=0, titleY=-10)
    return alt.Y(f"{field}:Q", title=unit, axis=whole)


def _months(rows: Sequence[dict[str, Any]], field: str) -> alt.Axis:
    """An axis with the name of each month where it begins, and the year in the place of January."""
    firsts = {row[field][:7]: date.fromisoformat(row[field]) for row in reversed(rows)}
    # Named here: Vega would take the days for moments, and tell them in the time zone of this machine.
    named = {one.isoformat(): f"{one:%Y}" if one.month == 1 else f"{one:%b}" for one in firsts.values()}
    return alt.Axis(
        values=sorted(named),
        labelExpr=f"({named})[datum.value]",
        labelAngle=0,
        labelOverlap="greedy",
        grid=False,
    )


def _drawn(title: str, said: str, note: str, chart: alt.LayerChart | alt.Chart, height: int, top: int = 22) -> Chart:
    wide, narrow = (_svg(chart, width, height, top) for width in (_WIDE, _NARROW))
    return Chart(title, said, note, wide, narrow)


def _svg(chart: alt.LayerChart | alt.Chart, width: int, height: int, top: int) -> str:
    drawn = (
        chart.properties(width=width, height=height, autosize=alt.AutoSizeParams(type="fit-x", contains="padding"))
        .configure(aria=False, background="transparent", padding={"left": 0, "right": 4, "top": top, "bottom": 2})
        .configure_view(stroke=None)
        .configure_axis(**_AXIS)
    )
    return str(vl_convert.vegalite_to_svg(drawn.to_dict()))
