"""Syncs of a Classic site, and what they have to leave: tables, computed columns and views, worked out in Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from integration_tests.support.connector import Record
from integration_tests.support.derived import assert_derived
from integration_tests.support.sync import SyncingHere, keyed, rows
from sandbox import Sandbox
from source_basecamp.product import CLASSIC
from source_basecamp.warehouse.tables import all_tables

TABLES = {table.name: table for table in all_tables(CLASSIC)}
STREAMS = tuple(TABLES)

MADE: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "company_id": lambda row: row["company"]["id"] if row["company"] else None,
    "hours_decimal": lambda row: None if row["hours"] is None else Decimal(str(row["hours"])),
    "due_on": lambda row: row["due_at"].astimezone(ZoneInfo("UTC")).date() if row["due_at"] else None,
}
"""By computed column: its value, worked out once more."""


class ClassicSyncing(SyncingHere):
    """The sync of a sandbox's Classic site, in this process."""

    dataset = "basecamp_classic"
    tables = TABLES

    def __init__(self, sandbox: Sandbox, folder: Path, to: str | None = None, **config: Any) -> None:
        super().__init__(sandbox, folder, to, **sandbox.classic_config(**config))

    def rows(self, stream: str) -> dict[Any, Record]:
        return rows(self.query, stream, self.schema, TABLES)

    def assert_equal_to_the_site(self, streams: Iterable[str] = STREAMS) -> None:
        with self.asking() as ask:
            for stream in streams:
                assert rows(ask, stream, self.schema, TABLES) == expected(self.sandbox, stream), stream
                assert_derived(ask, TABLES[stream], self.schema, MADE)

    def marked(self, stream: str) -> set[int]:
        """The ids of the rows that are marked as deleted."""
        return self.all_marked([stream]).get(stream, set())

    def all_marked(self, streams: Iterable[str] = STREAMS) -> dict[str, set[int]]:
        """By table, where there are any."""
        query = f"SELECT id FROM {self.schema}.{{}} WHERE _deleted_at IS NOT NULL"
        with self.asking() as ask:
            return {stream: {id for (id,) in found} for stream in streams if (found := ask(query.format(stream)))}


def expected(sandbox: Sandbox, stream: str) -> dict[Any, Record]:
    """What the site holds of a stream, in the types of its columns."""
    return keyed(TABLES[stream], sandbox.classic.records(stream))


class LiveSite:
    """What the site holds, in the streams that were loaded, seen on a day in a time zone.

    What was there `before` still has a name.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        zone: str = "UTC",
        streams: Collection[str] = STREAMS,
        before: LiveSite | None = None,
    ) -> None:
        self._zone = ZoneInfo(zone)
        self.today = datetime.now(self._zone).date()
        self._records = {stream: sandbox.classic.records(stream) if stream in streams else [] for stream in STREAMS}
        self._by_id = {stream: {one["id"]: one for one in found} for stream, found in self._records.items()}
        self._before = before

    def records(self, stream: str) -> list[Record]:
        return self._records[stream]

    def find(self, stream: str, id: int | None) -> Record:
        if not id or id in self._by_id[stream] or not self._before:
            return self._by_id[stream].get(id or 0, {})
        return self._before.find(stream, id)

    def active(self, stream: str) -> list[Record]:
        """What is in an active project."""
        return [one for one in self.records(stream) if self.find("projects", one["project_id"])["status"] == "active"]

    def person(self, id: int | None, name: str | None) -> str | None:
        """The name of a person, who may not be loaded."""
        person = self.find("people", id)
        return " ".join(filter(None, (person.get("first_name"), person.get("last_name")))) or name

    def company(self, project: Record) -> Record:
        company = project["company"]
        name = self.find("companies", company["id"]).get("name") or company["name"]
        return {"company_id": company["id"], "company": name}

    def day(self, moment: str) -> date:
        return at(moment).astimezone(self._zone).date()


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def due(item: Record) -> date | None:
    return date.fromisoformat(item["due_at"][:10]) if item["due_at"] else None


def open_todos(site: LiveSite) -> Iterator[Record]:
    for item in site.active("todo_items"):
        if not item["completed"]:
            type, id, name = (item[f"responsible_party_{part}"] for part in ("type", "id", "name"))
            is_company = type == "Company"
            day = due(item)
            yield {
                "id": item["id"],
                "title": item["content"],
                "responsible": site.find("companies", id).get("name", name) if is_company else site.person(id, name),
                "responsible_type": type,
                "responsible_id": id,
                "list": site.find("todo_lists", item["todo_list_id"]).get("name"),
                "project": site.find("projects", item["project_id"])["name"],
                "due_on": day,
                "days_overdue": max((site.today - day).days, 0) if day else 0,
                "created_at": at(item["created_at"] or item["created_on"]),
                "updated_at": at(item["updated_at"]),
                "project_id": item["project_id"],
                "list_id": item["todo_list_id"],
                "creator_id": item["creator_id"],
                "creator": site.person(item["creator_id"], item["creator_name"]),
            }


def completed_per_week(site: LiveSite) -> Iterator[Record]:
    counts: Counter[tuple[Any, ...]] = Counter()
    for item in site.records("todo_items"):
        if item["completed"] and (item["completed_at"] or item["completed_on"]):
            moment = item["completed_at"]
            day = site.day(moment) if moment else at(item["completed_on"]).astimezone(ZoneInfo("UTC")).date()
            by, name = item["completer_id"], item["completer_name"]
            project = item["project_id"]
            week = day - timedelta(days=day.weekday())
            counts[week, site.person(by, name), by, project, site.find("projects", project)["name"]] += 1
    for (week, name, by, project, title), count in counts.items():
        of = {"project_id": project, "project": title}
        yield {"week": week, "completed_by": name, "completed": count, "completed_by_id": by, **of}


def hours(site: LiveSite) -> Iterator[Record]:
    for entry in site.records("time_entries"):
        project = site.find("projects", entry["project_id"])
        yield {
            **{name: entry[name] for name in ("id", "person_id", "project_id", "todo_item_id", "description")},
            "date": date.fromisoformat(entry["date"]),
            "hours": Decimal(str(entry["hours"])),
            "person": site.person(entry["person_id"], entry["person_name"]),
            "project": project["name"],
            **site.company(project),
            "todo_item": site.find("todo_items", entry["todo_item_id"]).get("content"),
        }


CHANGES = {
    "todo_items": ("created_on", "created_at", "updated_at", "commented_at"),
    "messages": ("posted_on", "commented_at"),
    "comments": ("created_at",),
    "calendar_entries": ("created_on", "commented_at"),
    "attachments": ("created_on",),
}


def project_activity(site: LiveSite) -> Iterator[Record]:
    for project in site.records("projects"):
        if project["status"] == "active":
            moments = [project["last_changed_on"]]
            for stream, fields in CHANGES.items():
                inside = [one for one in site.records(stream) if one["project_id"] == project["id"]]
                moments += [one[field] for one in inside for field in fields]
            pending = [item for item in open_todos(site) if item["project_id"] == project["id"]]
            yield {
                "id": project["id"],
                "project": project["name"],
                "last_change": max(at(moment) for moment in moments if moment),
                "open_todos": len(pending),
                "overdue_todos": sum(item["days_overdue"] > 0 for item in pending),
                "project_id": project["id"],
                **site.company(project),
            }


VIEWS: dict[str, Callable[[LiveSite], Iterator[Record]]] = {
    "completed_per_week": completed_per_week,
    "hours": hours,
    "open_todos": open_todos,
    "project_activity": project_activity,
}
"""By view: its rows, worked out from the site."""
