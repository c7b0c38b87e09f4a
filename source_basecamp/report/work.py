"""The sections on work: what is open and overdue, and what was completed.

Each asks one or two queries, in SQL for both DuckDB and PostgreSQL, and tells what came. One row more than is shown is
not asked for: how many there are in all stands in each row.
"""

from __future__ import annotations

from datetime import date, timedelta

from source_basecamp.report import charts
from source_basecamp.report.contents import (
    SHOWN,
    Cell,
    Column,
    Rows,
    Section,
    Table,
    cut,
    day,
    names,
    number,
    titled,
)
from source_basecamp.terminal import counted

WEEKS, MONTHS = 26, 12
"""How far back the page looks."""
AGES = ("1 to 7 days", "8 to 30 days", "31 to 90 days", "longer")
_BY_AGE = "CASE WHEN days_late <= 7 THEN 0 WHEN days_late <= 30 THEN 1 WHEN days_late <= 90 THEN 2 ELSE 3 END"


def overdue(rows: Rows) -> Section:
    found = rows.ask(
        "SELECT title, app_url, project, assignees, due_on, days_late, count(*) OVER (), "
        "count(CASE WHEN assignees IS NULL THEN 1 END) OVER () FROM slipped WHERE completed_at IS NULL "
        f"ORDER BY days_late DESC, due_on, kind, id LIMIT {SHOWN}"
    )
    if not found:
        return Section("overdue", "Overdue", "Nothing is overdue.", ("0", "overdue", "to-dos and cards"))
    count, nobody = found[0][6:]
    ages = dict(rows.ask(f"SELECT {_BY_AGE}, count(*) FROM slipped WHERE completed_at IS NULL GROUP BY 1"))
    cells = [
        (titled(title, url, project), Cell(names(people) or "nobody"), Cell(day(due)), Cell(number(late)))
        for title, url, project, people, due, late, *_ in found
    ]
    columns = (Column("What"), Column("Whose"), Column("Due", "number spare"), Column("Days late", "number"))
    return Section(
        "overdue",
        "Overdue",
        f"{counted(count, 'to-do or card is', 'to-dos and cards are')} past the due date; "
        f"{number(nobody)} of them {'is' if nobody == 1 else 'are'} assigned to nobody.",
        (number(count), "overdue", f"{number(nobody)} assigned to nobody"),
        charts.overdue_by_age([(age, ages.get(n, 0)) for n, age in enumerate(AGES)]),
        Table("What has been overdue for longest", columns, cells, count - len(cells)),
    )


def workload(rows: Rows) -> Section:
    found = rows.ask(
        "SELECT person, open_todos, open_cards, open_steps, overdue, next_due_on, count(*) OVER (), "
        "max(open_todos + open_cards + open_steps) OVER () FROM workload "
        f"ORDER BY overdue DESC, open_todos + open_cards + open_steps DESC, person_id LIMIT {SHOWN}"
    )
    title = ("workload", "Workload")
    if not found:
        return Section(*title, "Nobody has open work that is assigned to them.")
    people, most = found[0][6:]
    cells = []
    for person, todos, cards, steps, late, due, *_ in found:
        work = todos + cards + steps
        bars = (100 * late / most, 100 * (work - late) / most)
        counts = (Cell(number(count)) for count in (late, todos, cards, steps))
        cells.append((Cell(cut(person), bars=bars), *counts, Cell(day(due))))
    columns = (
        Column("Person"),
        *(Column(heading, "number") for heading in ("Overdue", "To-dos", "Cards", "Steps")),
        Column("Next due", "number spare"),
    )
    return Section(
        *title,
        f"{counted(people, 'person has', 'people have')} open work. The bars show all of it, their first part "
        "what is overdue. What is assigned to two people counts for both.",
        table=Table("Open work of each person", columns, cells, people - len(cells)),
    )


def completed(rows: Rows) -> Section:
    monday = rows.today - timedelta(days=rows.today.weekday())
    first = monday - timedelta(weeks=WEEKS - 1)
    found = dict(
        rows.ask(
            "SELECT week, CAST(sum(completed) AS bigint) FROM completed_per_week "
            f"WHERE week >= '{first}' AND week <= '{monday}' GROUP BY week"
        )
    )
    weeks = [(first + timedelta(weeks=n), found.get(first + timedelta(weeks=n), 0)) for n in range(WEEKS)]
    before, last = weeks[-3][1], weeks[-2][1]
    title, figure = (
        ("completed", "Completed"),
        (number(last), "completed", f"last week; {number(before)} the week before"),
    )
    if not found:
        return Section(*title, f"No to-do was completed in the last {WEEKS} weeks.", figure)
    cells = [(Cell(day(week)), Cell(number(count))) for week, count in reversed(weeks)]
    columns = (Column("Week from Monday"), Column("Completed", "number"))
    return Section(
        *title,
        f"{counted(sum(found.values()), 'to-do was', 'to-dos were')} completed in the last {WEEKS} weeks.",
        figure,
        charts.completed_per_week(weeks, monday),
        Table("The numbers of each week", columns, cells, folded=True),
    )


def cycle_time(rows: Rows) -> Section:
    first = months_before(rows.today, MONTHS - 1)
    quartiles = ", ".join(
        f"percentile_cont({part}) WITHIN GROUP (ORDER BY CAST(days AS double precision))" for part in (0.25, 0.5, 0.75)
    )
    since = f"FROM cycle_time WHERE completed_at >= CAST('{first}' AS date)"
    months = rows.ask(
        f"SELECT CAST(date_trunc('month', completed_at) AS date), {quartiles}, count(*) {since} GROUP BY 1 ORDER BY 1"
    )
    ((_, middle, high, count),) = rows.ask(f"SELECT {quartiles}, count(*) {since}")
    title = ("cycle-time", "Time to complete")
    if not months:
        return Section(*title, f"Nothing was completed in the last {MONTHS} months.")
    cells = [
        (Cell(f"{month:%b %Y}"), *(Cell(number(days, 1)) for days in spread), Cell(number(n)))
        for month, *spread, n in reversed(months)
    ]
    headings = ("A quarter within", "Half within", "Three quarters within", "Completed")
    columns = (Column("Month"), *(Column(heading, "number") for heading in headings))
    return Section(
        *title,
        f"Half of the {counted(count, 'to-do and card', 'to-dos and cards')} that were completed in the last {MONTHS} "
        f"months took up to {number(middle, 1)} days, three quarters up to {number(high, 1)}.",
        (number(middle, 1), "days to complete", f"median of {MONTHS} months"),
        charts.cycle_time([month[:4] for month in months]),
        Table("The days of each month", columns, cells, folded=True),
    )


def months_before(today: date, months: int) -> date:
    """The first day of the month that many months ago."""
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, 1)
