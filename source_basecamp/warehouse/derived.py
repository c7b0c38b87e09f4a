"""Columns and tables that a sync makes of what is nested in records: keys to join by, times, numbers, people.

Each stands beside the JSON or the text that it is made of, which stays. The declarations are the one source of the
columns, of docs/tables.md and of its diagram.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

_LEAP_YEAR = r"[1-9]\d(0[48]|[2468][048]|[13579][26])|(1[26]|[2468][048]|[3579][26])00"
_DAY_OF_ANY_YEAR = r"((0[13578]|1[02])-31|(0[13-9]|1[0-2])-(29|30)|(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8]))"
_DATE = rf"([1-9]\d{{3}}-{_DAY_OF_ANY_YEAR}|({_LEAP_YEAR})-02-29)"
"""The days that there are: PostgreSQL has no cast that gives null for others."""
_TIME = rf"{_DATE}T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[-+](0\d|1[0-4]):[0-5]\d)"
_CASTS = {
    "bigint": (r"-?\d{1,18}", "bigint"),
    "decimal": (r"-?\d{1,12}(\.\d+)?", "decimal(18, 4)"),
    "timestamp": (_TIME, "timestamptz"),
    "date": (_DATE, "date"),
}
"""By kind of column: the texts that are of it, and its type in DuckDB and PostgreSQL."""


@dataclass(frozen=True)
class Derived:
    """A column that is computed from others. `kind` is one of `tables.Column`."""

    name: str
    kind: str
    of: str
    """The column that it is made of."""
    text: str
    """The value as text, in the SQL of DuckDB and PostgreSQL; null where there is none."""
    description: str
    refers_to: str | None = None
    """The table whose `id` it is, if it is always that one."""

    def sql(self, cast: str = "CAST") -> str:
        """The value in the SQL of DuckDB and PostgreSQL; null for a text that is not of the column's kind."""
        if self.kind not in _CASTS:
            return self.text
        pattern, type = _CASTS[self.kind]
        return f"CASE WHEN ({self.text}) ~ '^({pattern})$' THEN {cast}({self.text} AS {type}) END"


@dataclass(frozen=True)
class Bridge:
    """A table of the people in a list of each row of another table: the row's key and the person's id."""

    name: str
    table: str
    key: str
    """The column that holds the id of the other table's row."""
    people: str
    """The column of the other table that holds the list of people."""
    description: str


def _nested(name: str, kind: str, path: str, description: str, refers_to: str | None = None) -> Derived:
    """A member of an object: `path` is the column and the names of the members, such as `completion.creator.id`."""
    column, *members, last = path.split(".")
    text = "".join([column, *(f" -> '{member}'" for member in members), f" ->> '{last}'"])
    return Derived(name, kind, column, text, description, refers_to)


_OF_COLUMN = (
    _nested("project_id", "bigint", "bucket.id", "Id of the project, from `bucket`.", "projects"),
    _nested("parent_id", "bigint", "parent.id", "Id of what it belongs to, from `parent`."),
    _nested("parent_type", "text", "parent.type", "Type of what it belongs to, from `parent`, such as Todolist."),
    _nested("creator_id", "bigint", "creator.id", "Id of the person who created it, from `creator`.", "people"),
    _nested("completed_at", "timestamp", "completion.created_at", "When it was completed, from `completion`."),
    _nested(
        "completed_by_id", "bigint", "completion.creator.id", "Id of the person who completed it, from `completion`.",
        "people",
    ),
    _nested("person_id", "bigint", "person.id", "Id of the person, from `person`.", "people"),
    _nested("company_id", "bigint", "company.id", "Id of the company, from `company`."),
    _nested("client_company_id", "bigint", "client_company.id", "Id of the client's company, from `client_company`."),
    _nested("approver_id", "bigint", "approver.id", "Id of the person who is asked to decide.", "people"),
    _nested("category_id", "bigint", "category.id", "Id of the category, from `category`.", "message_types"),
)  # fmt: skip
"""In each table that has the column which they are made of."""

_PART = "CASE WHEN completed_ratio LIKE '%/%' THEN split_part(completed_ratio, '/', {}) END"
_COLUMN_ID = (
    "CASE WHEN (parent ->> 'type') = 'Kanban::OnHold' THEN "
    "regexp_replace(parent ->> 'url', '^.*/columns/([0-9]+).*$', '\\1') "
    "ELSE parent ->> 'id' END"
)


def _counts(where: str) -> tuple[Derived, ...]:
    """Of `completed_ratio`, such as 3/7."""
    about = (("completed_todos", 1, "completed"), ("all_todos", 2, "all"))
    return tuple(
        Derived(
            name,
            "bigint",
            "completed_ratio",
            _PART.format(place),
            f"Number of {which} to-dos {where}, from `completed_ratio`.",
        )
        for name, place, which in about
    )


_OF_TABLE: dict[str, tuple[Derived, ...]] = {
    "todos": (
        Derived(
            "list_id", "bigint", "parent", "CASE WHEN (parent ->> 'type') = 'Todolist' THEN parent ->> 'id' END",
            "Id of the to-do list or its group; null for a to-do that is on no list, whose parent is the to-do set.",
            "todolists",
        ),
    ),
    "cards": (
        Derived(
            "column_id", "bigint", "parent", _COLUMN_ID,
            "Id of the column, also of a card that is on hold, whose parent is a section of the column.",
            "card_columns",
        ),
    ),
    "events": (
        _nested("column_id", "bigint", "details.column_id", "Id of the column that a card moved to.", "card_columns"),
        _nested(
            "previous_column_id", "bigint", "details.previous_column_id", "Id of the column that a card came from.",
            "card_columns",
        ),
    ),
    "recording_events": (
        _nested("new_parent_id", "bigint", "details.new_parent_id", "Id of the list or column that it moved to."),
        _nested("previous_parent_id", "bigint", "details.parent_id_was", "Id of the list or column that it came from."),
    ),
    "card_columns": (
        _nested("on_hold_id", "bigint", "on_hold.id", "Id of the column's section of cards on hold, their parent."),
    ),
    "question_answers": (
        _nested("question_id", "bigint", "parent.id", "Id of the question, from `parent`.", "questions"),
    ),
    "timesheet_entries": (Derived("hours_decimal", "decimal", "hours", "hours", "Time spent in hours, as a number."),),
    "time_entries": (
        Derived("hours_decimal", "decimal", "hours", "CAST(hours AS varchar)", "Time spent in hours, as a decimal."),
    ),
    "todo_items": (
        Derived(
            "due_on", "date", "due_at", "left(CAST(due_at AT TIME ZONE 'UTC' AS varchar), 10)",
            "Day on which the item is due, from `due_at`; the same in every time zone.",
        ),
    ),
    "todosets": _counts("in the set"),
    "todolists": _counts("on the list"),
    "schedule_entries": (
        Derived(
            "starts_on", "date", "starts_at", "starts_at",
            "First day of an event that lasts all day; null for others, whose day depends on the time zone.",
        ),
        Derived("ends_on", "date", "ends_at", "ends_at", "Last day of an event that lasts all day; null for others."),
        Derived("start_time", "timestamp", "starts_at", "starts_at", "Beginning; null for events that last all day."),
        Derived("end_time", "timestamp", "ends_at", "ends_at", "End; null for events that last all day."),
    ),
}  # fmt: skip

PARENTS = {
    "campfire_lines": "campfires",
    "card_columns": "card_tables",
    "forward_replies": "inbox_forwards",
    "gauge_needles": "gauges",
    "question_answers": "questions",
    "schedule_entries": "schedules",
}
"""The table whose `id` is a table's `parent_id`, where it is always that one."""

BRIDGES = (
    Bridge("todo_assignees", "todos", "todo_id", "assignees", "Who is to do each to-do."),
    Bridge(
        "todo_completion_subscribers", "todos", "todo_id", "completion_subscribers",
        "Who is told when each to-do is completed.",
    ),
    Bridge("card_assignees", "cards", "card_id", "assignees", "Who is to do each card."),
    Bridge("step_assignees", "steps", "step_id", "assignees", "Who is to do each step of a card or to-do."),
    Bridge(
        "schedule_entry_participants", "schedule_entries", "schedule_entry_id", "participants",
        "Who takes part in each event.",
    ),
)  # fmt: skip


def derived(table: str, columns: Collection[str]) -> Iterator[Derived]:
    """The columns that are made of the others of a table, unless Basecamp itself sends one of that name."""
    for column in (*_OF_COLUMN, *_OF_TABLE.get(table, ())):
        if column.of in columns and column.name not in columns:
            yield replace(column, refers_to=PARENTS.get(table)) if column.name == "parent_id" else column


def bridges(table: str) -> list[Bridge]:
    """The tables of people of a table."""
    return [bridge for bridge in BRIDGES if bridge.table == table]
