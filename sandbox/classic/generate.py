"""A whole Classic account, generated from one seed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, count, zip_longest

from sandbox.account.clock import NEWEST_MS
from sandbox.account.records import Record
from sandbox.classic import calendar_entries, time_entries
from sandbox.classic.attachments import new_attachment
from sandbox.classic.messages import new_category, new_comment, new_message
from sandbox.classic.people import new_account, new_company, new_person
from sandbox.classic.projects import new_project, period
from sandbox.classic.size import ClassicSize
from sandbox.classic.store import ClassicStore
from sandbox.classic.times import spread
from sandbox.classic.todos import new_item, new_list

Maker = Callable[[ClassicStore, Record, int, int], Record]
"""Makes the n-th record of its kind in a project, at a moment."""

IN_PROJECTS: dict[str, Maker] = {
    "categories": new_category,
    "calendar_entries": calendar_entries.new_entry,
    "messages": new_message,
    "todo_lists": new_list,
    "time_entries": time_entries.new_entry,
    "attachments": new_attachment,
}


def generate(size: ClassicSize) -> ClassicStore:
    """The account of that size."""
    store = ClassicStore(size)
    for n in range(size.companies):
        store.put("companies", new_company(store, n))
    for n in range(size.people + size.deleted_people):
        store.put("people", new_person(store, n, deleted=n >= size.people))
    store.account = new_account(store)
    for n, status in enumerate(size.statuses()):
        store.put("projects", new_project(store, n, status))
    for stream in ("categories", "calendar_entries", "messages", "todo_lists"):
        _fill(store, stream)
    _fill_lists(store)
    _fill(store, "time_entries")
    _add_comments(store)
    _fill(store, "attachments")
    return store


def _fill(store: ClassicStore, stream: str) -> None:
    for number, project in enumerate(store.all("projects")):
        total = store.size.figure(stream, number)
        for n in range(total):
            store.put(stream, IN_PROJECTS[stream](store, project, n, spread(*period(store, number), n, total)))


def _fill_lists(store: ClassicStore) -> None:
    numbers = {project["id"]: number for number, project in enumerate(store.all("projects"))}
    for number, todo_list in enumerate(store.all("todo_lists")):
        total = store.size.figure("todo_items", number)
        start, end = period(store, numbers[todo_list["project_id"]])
        for n in range(total):
            store.put("todo_items", new_item(store, todo_list, n, spread(start, end, n, total)))


def _add_comments(store: ClassicStore) -> None:
    """On each record that can have some, in turn of its kind. The latest ones are on what comes first."""
    entries = store.all("calendar_entries")
    kinds = (
        [("Post", record) for record in store.all("messages")],
        [("TodoItem", record) for record in store.all("todo_items")],
        [("Milestone", record) for record in entries if record["type"] == "Milestone"],
        [("CalendarEvent", record) for record in entries if record["type"] == "CalendarEvent"],
    )
    targets = [each for each in chain.from_iterable(zip_longest(*kinds)) if each is not None]
    for number, (type, target), total in zip(
        count(), targets, (store.size.figure("comments", n) for n in count()), strict=False
    ):
        end = NEWEST_MS - number * 60_000
        for n in range(total):
            store.put("comments", new_comment(store, target, type, n, spread(end - 40_000_000, end, n, total)))
