"""The questions of docs/tables.md, and their answers, worked out from the rows of each view in Python."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from integration_tests.support import views
from integration_tests.support.connector import ROOT, Record
from integration_tests.support.views import Live

_ASKED = re.compile(r"^### (.+\?)\n\n```sql\n((?:.+\n)+?)```", re.MULTILINE)
QUESTIONS = dict(_ASKED.findall((ROOT / "docs" / "tables.md").read_text()))
"""By question: the SQL that answers it."""

Answer = Iterable[tuple[Any, ...]]


def _picked(rows: Iterable[Record], *names: str, where: Callable[[Record], Any] = bool) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows if where(row)]


def _sums(rows: Iterable[Record], *names: str, of: str, by: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    """The sum of a column by others. Those in `by` tell groups apart without being shown."""
    sums: defaultdict[tuple[Any, ...], Any] = defaultdict(Decimal)
    for row in rows:
        sums[tuple(row[name] for name in (*names, *by))] += row[of]
    return [(*key[: len(names)], total) for key, total in sums.items()]


def _overdue(live: Live) -> Answer:
    columns = ("assignees", "title", "list", "project", "due_on", "days_overdue")
    return _picked(views.open_todos(live), *columns, where=lambda row: row["days_overdue"])


def _load(live: Live) -> Answer:
    rows = [row | {"open": row["open_todos"] + row["open_cards"]} for row in views.workload(live)]
    return _picked(rows, "person", "open", "overdue", "next_due_on")


def _weeks(live: Live) -> Answer:
    return _sums(views.completed_per_week(live), "week", "completed_by", of="completed", by=("completed_by_id",))


def _durations(live: Live) -> Answer:
    days: defaultdict[tuple[int, str], list[Decimal]] = defaultdict(list)
    for row in views.cycle_time(live):
        days[row["project_id"], row["project"]].append(row["days"])
    return [(name, len(taken), median(taken)) for (_, name), taken in days.items()]


def _nearly_done(live: Live) -> Answer:
    columns = ("list", "project", "completed_todos", "all_todos")
    return _picked(views.todolist_progress(live), *columns, where=lambda row: (row["share"] or 0) >= Decimal("0.5"))


def _quiet(live: Live) -> Answer:
    since = datetime.now(UTC) - timedelta(days=30)
    rows = views.project_activity(live)
    return _picked(rows, "project", "last_change", "open_todos", where=lambda row: row["last_change"] < since)


def _clients(live: Live) -> Answer:
    rows = [row | {"month": row["date"].replace(day=1)} for row in views.hours(live)]
    return _sums(rows, "month", "client_company", of="hours", by=("client_company_id",))


def _work(live: Live) -> Answer:
    ids = ("person_id", "project_id", "spent_on_id")
    return _sums(views.hours(live), "person", "project", "spent_on", of="hours", by=ids)


def _piles(live: Live) -> Answer:
    columns = ("project", "card_column", "open_cards", "on_hold", "oldest_created_on")
    return _picked(views.card_flow(live), *columns, where=lambda row: row["open_cards"])


def _slips(live: Live) -> Answer:
    late: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for row in views.slipped(live):
        late[row["project_id"], row["project"]].append(row["days_late"])
    return [(name, len(days), max(days)) for (_, name), days in late.items()]


def _silent(live: Live) -> Answer:
    columns = ("question", "person", "last_answered_on")
    return _picked(views.checkin_gaps(live), *columns, where=lambda row: not row["answered_last_round"])


def _members(live: Live) -> Answer:
    rows = views.project_members(live)
    return _picked(rows, "project", "person", "company", "client", where=lambda row: row["project_status"] == "active")


def _large(live: Live) -> Answer:
    rows = sorted(views.files(live), key=lambda row: (-(row["bytes"] or 0), row["record_id"], row["number"]))
    return _picked([row for row in rows if row["bytes"]][:20], "filename", "bytes", "project", "creator")


def _orphans(live: Live) -> Answer:
    gone = {id for id, person in live.by_id("people").items() if person["personable_type"] == "Tombstone"}
    titles = {row["id"]: row for row in views.open_todos(live)}
    for todo in live.live("todos"):
        for person in todo["assignees"]:
            if todo["id"] in titles and person["id"] in gone:
                yield live.name(person), todo["title"], live.project_of(todo)


ANSWERS: dict[str, Callable[[Live], Answer]] = {
    "What is overdue, and whose is it?": _overdue,
    "Who has too much to do?": _load,
    "How many to-dos did each person complete each week?": _weeks,
    "How long does work take, by project?": _durations,
    "Which lists are nearly done?": _nearly_done,
    "Which projects have gone quiet?": _quiet,
    "How many hours went to each client each month?": _clients,
    "Who worked how long on what?": _work,
    "Where do cards pile up?": _piles,
    "What slipped, and by how much?": _slips,
    "Who has not answered which check-in?": _silent,
    "Who is on which project, and which of them are clients?": _members,
    "Which files take up room?": _large,
    "Which open to-dos are assigned to people who are gone?": _orphans,
}
"""By question. What is on in the next two weeks is held by a test of its own, day by day."""


def comparable(rows: Answer) -> Counter[tuple[Any, ...]]:
    """Rows that are equal in every database: numbers of any kind, times in any zone, in any order."""
    return Counter(tuple(map(_comparable, row)) for row in rows)


def _comparable(value: Any) -> Any:
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return round(float(value), 4)
    return views.in_utc(value)
