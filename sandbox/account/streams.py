"""Every type of recordings and every listing, gathered from the files of the tools.

A new type of recordings is a `Kind` in the file of its tool, a place in `FEED_KINDS` or `TOOL_KINDS` here, and a figure
in `AccountSize`. A new listing is an entry in the `LISTS` of its file.
"""

from __future__ import annotations

from collections.abc import Callable

from sandbox.account import (
    account_info,
    boosts,
    campfires,
    cards,
    checkins,
    clients,
    comments,
    dock,
    event_feed,
    external_links,
    files,
    forwards,
    gauges,
    history,
    lineup,
    messages,
    people,
    projects,
    schedule,
    steps,
    templates,
    timeline,
    timesheet,
    todos,
)
from sandbox.account.listings import AccountList, ChildList
from sandbox.account.recordings import Kind
from sandbox.account.records import Record
from sandbox.account.size import STATUSES
from sandbox.account.store import AccountStore


def _by_type(*kinds: Kind) -> dict[str, Kind]:
    return {kind.type: kind for kind in kinds}


FEED_KINDS: dict[str, Kind] = _by_type(
    todos.TODO,
    messages.MESSAGE,
    schedule.ENTRY,
    comments.COMMENT,
    files.DOCUMENT,
    files.UPLOAD,
    files.VAULT,
    todos.TODOLIST,
    cards.CARD,
    steps.STEP,
    checkins.ANSWER,
    external_links.EXTERNAL_LINK,
)
"""What `projects/recordings.json` lists, by type. Recordings are generated in this order."""

TOOL_KINDS: dict[str, Kind] = _by_type(
    checkins.QUESTION,
    campfires.LINE,
    forwards.FORWARD,
    forwards.REPLY,
    timesheet.ENTRY,
    gauges.NEEDLE,
    clients.APPROVAL,
    clients.CORRESPONDENCE,
    clients.REPLY,
)
"""What only the listing of a tool has, by type. These too have a figure in `AccountSize`; they are generated next."""

ALL_KINDS: dict[str, Kind] = {**FEED_KINDS, **TOOL_KINDS, **cards.COLUMNS, gauges.GAUGE.type: gauges.GAUGE}
"""With what every project has from its first day: the columns of its card table, and its gauge."""

_LISTS: tuple[AccountList | ChildList, ...] = (
    *account_info.LISTS,
    *boosts.LISTS,
    *campfires.LISTS,
    *cards.LISTS,
    *checkins.LISTS,
    *clients.LISTS,
    *files.LISTS,
    *forwards.LISTS,
    *gauges.LISTS,
    *history.LISTS,
    *lineup.LISTS,
    *messages.LISTS,
    *people.LISTS,
    *projects.LISTS,
    *schedule.LISTS,
    *templates.LISTS,
    *timeline.LISTS,
    *timesheet.LISTS,
    *todos.LISTS,
)
ACCOUNT_LISTS = tuple(each for each in _LISTS if isinstance(each, AccountList))
CHILD_LISTS = tuple(each for each in _LISTS if isinstance(each, ChildList))


def _feed(type: str) -> Callable[[AccountStore], list[Record]]:
    return lambda store: [
        record for status in STATUSES for record in store.render(store.feeds.everything(type, status))
    ]


_BOOSTED = (
    *(kind.stream for kind in FEED_KINDS.values() if "boosts_count" not in kind.without),
    *("campfire_lines", "forward_replies", "gauge_needles"),
)
"""The streams whose records count their boosts."""

EVERYTHING: dict[str, Callable[[AccountStore], list[Record]]] = {
    **{kind.stream: _feed(kind.type) for kind in FEED_KINDS.values()},
    **{each.stream: each.everything for each in _LISTS if each.stream},
    "project_tools": dock.every_tool,
    "events": event_feed.served,
    "recording_events": history.every_event,
    "upload_versions": files.every_version,
    "boosts": lambda store: boosts.every_boost(
        store, (record for stream in _BOOSTED for record in EVERYTHING[stream](store))
    ),
    "schedules": schedule.every_schedule,
    "card_columns": cards.every_column,
    "client_responses": clients.every_response,
}
"""What a full sync has to hold, by stream."""
