"""What a perfect full sync holds, stream by stream."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.kinds import KINDS
from sandbox.recordings import Record
from sandbox.scoped import SCOPED, Scoped, scoped_listing
from sandbox.size import STATUSES
from sandbox.store import Store
from sandbox.wide import WIDE, Wide

Truth = Callable[[Store], list[Record]]


def projects(store: Store) -> list[Record]:
    """The projects of every status."""
    return [dict(project.record) for project in store.projects.values()]


def project_tools(store: Store) -> list[Record]:
    """Every entry of every dock, whatever became of the project or the tool."""
    return [tool | {"project_id": project.id} for project in store.projects.values() for tool in project.record["dock"]]


def schedules(store: Store) -> list[Record]:
    """The schedules among them, with the key that the stream had before it was read from the docks."""
    return [
        tool | {"substream_data": {"project_id": tool["project_id"], "schedule_id": tool["id"]}}
        for tool in project_tools(store)
        if tool["name"] == "schedule"
    ]


def _columns(store: Store) -> list[Record]:
    """The columns that the card tables show."""
    return [
        column | {"card_table_id": table["id"]} for table in TRUTHS["card_tables"](store) for column in table["lists"]
    ]


def _feed(type: str) -> Truth:
    return lambda store: [
        record for status in STATUSES for record in store.render(store.feeds.listing(type, status, "updated_at"))
    ]


def _wide(wide: Wide) -> Truth:
    return lambda store: store.render(wide.everything(store))


def _scoped(scoped: Scoped) -> Truth:
    return lambda store: scoped_listing(store, scoped)


TRUTHS: dict[str, Truth] = {
    "projects": projects,
    "schedules": schedules,
    **{kind.plural: _feed(kind.type) for kind in KINDS.values()},
    "people": lambda store: [dict(person) for person in store.people],
    "project_tools": project_tools,
    **{wide.stream: _wide(wide) for wide in WIDE},
    **{scoped.stream: _scoped(scoped) for scoped in SCOPED},
    "card_columns": _columns,
}
"""By the name of the stream; the account's own record is its own."""
