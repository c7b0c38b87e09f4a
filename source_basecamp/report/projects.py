"""The sections on projects: their state, hours, what comes up in them, and check-ins. Made as those in `work.py`."""

from __future__ import annotations

from datetime import date
from typing import Any

from source_basecamp.report.contents import (
    SHOWN,
    Cell,
    Column,
    Rows,
    Section,
    Table,
    cut,
    day,
    link,
    names,
    number,
    titled,
)
from source_basecamp.terminal import counted

AHEAD, HOURS, QUIET = 14, 90, 30
"""Days ahead, days of time entries, and days without a change after which a project is quiet."""


def projects(rows: Rows) -> Section:
    found = rows.ask(
        # Under a name of its own: PostgreSQL would order by the day.
        "SELECT project, app_url, CAST(last_change AS date) AS day, open_todos, open_cards, "
        "overdue_todos + overdue_cards, count(*) OVER (), CAST(sum(open_todos + open_cards) OVER () AS bigint), "
        "count(CASE WHEN overdue_todos + overdue_cards > 0 THEN 1 END) OVER (), "
        f"count(CASE WHEN CAST(last_change AS date) < current_date - {QUIET} THEN 1 END) OVER () "
        f"FROM project_activity ORDER BY overdue_todos + overdue_cards DESC, last_change, id LIMIT {SHOWN}"
    )
    title = ("projects", "Projects")
    if not found:
        return Section(*title, "There are no active projects.", ("0", "open", "to-dos and cards"))
    count, work, late_ones, quiet = found[0][6:]
    cells = []
    for name, url, changed, todos, cards, late, *_ in found:
        ago = (rows.today - changed).days
        note = f"quiet for {counted(ago, 'day')}" if ago > QUIET else ""
        numbers = (Cell(number(n)) for n in (late, todos, cards))
        cells.append((Cell(cut(name), link(url), note), *numbers, Cell(day(changed))))
    headings = ("Overdue", "To-dos", "Cards")
    columns = (Column("Project"), *(Column(one, "number") for one in headings), Column("Last change", "number spare"))
    return Section(
        *title,
        f"{counted(count, 'project is', 'projects are')} active. {number(late_ones)} {_have(late_ones)} overdue work; "
        f"{number(quiet)} {_have(quiet)} not changed for {QUIET} days.",
        (number(work), "open", f"to-dos and cards in {counted(count, 'project')}"),
        table=Table("Active projects, those with most overdue first", columns, cells, count - len(cells)),
    )


def hours(rows: Rows) -> Section:
    found = rows.ask(
        "SELECT client_company, project, CAST(sum(hours) AS decimal(18, 4)), count(DISTINCT person_id), "
        "count(*) OVER (), CAST(sum(sum(hours)) OVER () AS decimal(18, 4)), max(sum(hours)) OVER (), "
        "CAST(sum(CASE WHEN client_company IS NOT NULL THEN sum(hours) ELSE 0 END) OVER () AS decimal(18, 4)) "
        f"FROM hours WHERE date > current_date - {HOURS} AND date <= current_date AND hours > 0 "
        f"GROUP BY client_company, project, project_id ORDER BY 3 DESC, project_id LIMIT {SHOWN}"
    )
    title, label = ("hours", "Hours"), f"in the last {HOURS} days"
    if not found:
        return Section(*title, f"No hours were entered for the last {HOURS} days.", ("0", "hours", label))
    count, total, most, for_clients = found[0][4:]
    cells = [
        (
            Cell(cut(project), note=cut(client), bars=(100 * float(spent) / float(most), 0)),
            Cell(number(people)),
            Cell(number(spent, 1)),
        )
        for client, project, spent, people, *_ in found
    ]
    columns = (Column("Project and client"), Column("People", "number"), Column("Hours", "number"))
    return Section(
        *title,
        f"{number(total, 1)} hours were entered for the last {HOURS} days, "
        f"{number(for_clients, 1) if for_clients else 'none'} of them in projects for clients.",
        (number(total), "hours", label),
        table=Table("Hours of each project", columns, cells, count - len(cells)),
    )


def upcoming(rows: Rows) -> Section:
    """Events and what is due, by day. Where the view of one of the two is missing, the other."""
    events: list[Any] = []
    dues: list[Any] = []
    if "upcoming_schedule" in rows.views:
        events = rows.ask(
            "SELECT first_day, CASE WHEN all_day THEN NULL ELSE CAST(starts_at AS timestamp) END, title, app_url, "
            "project, participants, greatest(first_day, current_date) FROM upcoming_schedule "
            f"WHERE days_until <= {AHEAD} ORDER BY 7, starts_at, id"
        )
    if "open_todos" in rows.views:
        dues = rows.ask(
            "SELECT due_on, title, app_url, project, assignees FROM open_todos "
            f"WHERE due_on BETWEEN current_date AND current_date + {AHEAD} ORDER BY due_on, id"
        )
    # By day; on a day, what lasts all of it or is due, and then by time.
    lines = [
        (day_, f"{at:%H:%M}" if at else "", Cell(_weekday(begins), note=f"{at:%H:%M}" if at else "all day"), rest)
        for begins, at, *rest, day_ in events
    ] + [(due, "", Cell(_weekday(due), note="due"), rest) for due, *rest in dues]
    lines.sort(key=lambda line: line[:2])
    cells = [
        (when, titled(title, url, project), Cell(names(people)))
        for _, _, when, (title, url, project, people) in lines[:SHOWN]
    ]
    told = [counted(len(events), "event")] * ("upcoming_schedule" in rows.views)
    told += [counted(len(dues), "to-do due", "to-dos due")] * ("open_todos" in rows.views)
    figure = (number(len(lines)), "coming up", f"in the next {AHEAD} days")
    title = ("upcoming", "Coming up")
    if not lines:
        return Section(*title, f"Nothing is to come in the next {AHEAD} days.", figure)
    columns = (Column("Day", "date"), Column("What"), Column("Who", "spare"))
    caption = f"What the next {AHEAD} days bring"
    return Section(
        *title,
        f"The next {AHEAD} days bring {' and '.join(told)}.",
        figure,
        table=Table(caption, columns, cells, len(lines) - len(cells)),
    )


def checkins(rows: Rows) -> Section:
    found = rows.ask(
        "SELECT question, app_url, project, last_round_on, count(CASE WHEN answered_last_round THEN NULL ELSE 1 END), "
        "count(*), string_agg(CASE WHEN answered_last_round THEN NULL ELSE person END, ', ' ORDER BY person), "
        "count(*) OVER (), CAST(sum(count(CASE WHEN answered_last_round THEN NULL ELSE 1 END)) OVER () AS bigint) "
        "FROM checkin_gaps WHERE last_round_on IS NOT NULL GROUP BY question_id, question, app_url, project, "
        "last_round_on HAVING count(CASE WHEN answered_last_round THEN NULL ELSE 1 END) > 0 "
        f"ORDER BY last_round_on DESC, 5 DESC, question_id LIMIT {SHOWN}"
    )
    title = ("check-ins", "Check-ins")
    if not found:
        return Section(*title, "No answer to the latest round of a check-in question is missing.")
    count, missing = found[0][7:]
    cells = [
        (
            titled(question, url, project),
            Cell(names(people)),
            Cell(day(asked)),
            Cell(f"{number(without)} of {number(people_asked)}"),
        )
        for question, url, project, asked, without, people_asked, people, *_ in found
    ]
    columns = (
        Column("Question"),
        Column("Without an answer", "spare"),
        Column("Latest round", "number spare"),
        Column("Missing", "number"),
    )
    caption = "Questions without answers, the latest round first"
    return Section(
        *title,
        f"{counted(missing, 'answer is', 'answers are')} missing in the latest rounds of "
        f"{counted(count, 'check-in question')}. Basecamp does not tell whom a question asks: all who are on the "
        "project count.",
        table=Table(caption, columns, cells, count - len(cells)),
    )


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def _weekday(value: date) -> str:
    return f"{value:%a} {value.day} {value:%b}"
