"""Schedules and their entries."""

from __future__ import annotations

from sandbox.account.clock import DAY_MS, NEWEST_MS, timestamp
from sandbox.account.dock import every_tool, tool_item
from sandbox.account.listings import ChildList, tools
from sandbox.account.recordings import Context, Kind, Recording, parent_id
from sandbox.account.records import Project, Record
from sandbox.account.recurrence import recurrence
from sandbox.account.store import AccountStore
from sandbox.account.texts import API, APP, attachments, paragraph, title


def build_schedule_entry(recording: Recording, context: Context) -> Record:
    """Timed or all-day; some recurring, some with a video call."""
    n = recording.serial
    own: Record = {
        "description": paragraph(n + 2),
        "description_attachments": attachments(recording.id, context.account_id, n + 1),
        "summary": title(n),
        "all_day": n % 4 == 1,
        "highlighted": n % 8 == 3,
        "join_url": f"https://meet.example.com/{recording.id}" if n % 3 == 0 else None,
        "participants": context.some_people(n + 1),
    }
    own["starts_at"], own["ends_at"] = _span(n, own["all_day"])
    if n % 6 == 4:
        own |= _recurring(n, recording, context, own["starts_at"])
    return own


def _span(n: int, all_day: bool) -> tuple[str, str]:
    """All-day entries have dates and may last several days; the others have times."""
    start = NEWEST_MS + (n % 200 - 100) * DAY_MS + n % 10 * 1_800_000
    if all_day:
        return timestamp(start)[:10], timestamp(start + n % 3 * DAY_MS)[:10]
    return timestamp(start), timestamp(start + 3_600_000)


def _recurring(n: int, recording: Recording, context: Context, starts_at: str) -> Record:
    """The addresses of a recurring entry are those of an occurrence."""
    day = starts_at[:10].replace("-", "")
    entry = f"buckets/{recording.project.id}/schedule_entries/{recording.id}"
    path = f"{context.account_id}/{entry}/occurrences/{day}"
    return {
        "recurrence_schedule": recurrence(n),
        "url": f"{API}/{path}.json",
        "app_url": f"{APP}/{path}",
    }


def item(store: AccountStore, id: int) -> Record | None:
    """`GET schedules/{id}.json`, of a tool that is switched on or off; `None` if no schedule has that id."""
    project = store.project_of(id)
    for tool in project.record["dock"] if project else ():
        if project and tool["id"] == id and tool["name"] == "schedule":
            entries_url = f"{API}/{store.context.account_id}/buckets/{project.id}/schedules/{id}/entries.json"
            return tool_item(tool, project, store.context, "Schedule") | {
                "include_due_assignments": True,
                "entries_count": len(entries(store, id, "active")),
                "entries_url": entries_url,
            }
    return None


def entries(store: AccountStore, id: int, status: str) -> list[Recording]:
    """The entries of one schedule, newest created first."""
    listed = store.feeds.listing(ENTRY.type, status, "created_at")
    return [entry for entry in listed if parent_id(entry) == id]


def every_schedule(store: AccountStore) -> list[Record]:
    """The schedules of all docks, with the key that the stream had before it was read from the docks."""
    return [
        tool | {"substream_data": {"project_id": tool["project_id"], "schedule_id": tool["id"]}}
        for tool in every_tool(store)
        if tool["name"] == "schedule"
    ]


def _item(store: AccountStore, project: Project, id: int) -> list[Record]:
    return [found] if (found := item(store, id)) else []


ENTRY = Kind("Schedule::Entry", "schedule_entries", "schedule_entries", ("Schedule",), build_schedule_entry, "summary")

LISTS = (ChildList("schedule_details", "/schedules/{id:int}", tools("schedule"), _item, form="object"),)
