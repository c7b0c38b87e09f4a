"""What Airbyte's own Basecamp connector (0.0.1 to 0.0.18) left with a connection: configuration, state, columns.

Facts of its manifest. The states are those that it printed when it was run on the CDKs of its three times.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integration_tests.support.connector import FEEDS, FIVE, Message
from sandbox import Sandbox

FULL_REFRESH = ("projects", "schedules", "schedule_entries")
INCREMENTAL = ("todos", "messages")

_READ = {"__ab_no_cursor_state_message": True}
_COMPLETE = {"__ab_full_refresh_sync_complete": True}
_OF_PROJECT = {"parent_slice": {}, "project_id": 1106478167}
_OF_SCHEDULE = {"parent": {"project_id": 1106478167, "schedule_id": 1106478205}, "parent_slice": _OF_PROJECT}

_FLAGS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "CDK 4": {"projects": _COMPLETE, "schedules": _READ, "schedule_entries": _READ},
    "CDK 5": {
        "projects": _COMPLETE,
        "schedules": {"states": [{"partition": _OF_PROJECT, "cursor": _COMPLETE}]},
        "schedule_entries": {"states": [{"partition": _OF_SCHEDULE, "cursor": _COMPLETE}]},
    },
    "CDK 6": {"projects": _READ, "schedules": _READ, "schedule_entries": _READ},
}
TIMES = tuple(_FLAGS)
_ON_EVERY_RECORDING = {
    "array": (),
    "boolean": ("inherits_status", "visible_to_clients"),
    "number": ("comments_count", "id"),
    "object": ("bucket", "creator", "parent"),
    "string": (
        "app_url",
        "bookmark_url",
        "comments_url",
        "created_at",
        "status",
        "subscription_url",
        "title",
        "type",
        "updated_at",
        "url",
    ),
}
COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "projects": {
        "array": ("dock",),
        "boolean": ("bookmarked", "clients_enabled", "timesheet_enabled"),
        "number": ("id", "last_needle_position"),
        "string": (
            "app_url",
            "bookmark_url",
            "created_at",
            "description",
            "last_needle_color",
            "name",
            "purpose",
            "status",
            "updated_at",
            "url",
        ),
    },
    "schedules": {
        "boolean": ("enabled",),
        "number": ("id", "position", "project_id"),
        "object": ("substream_data",),
        "string": ("app_url", "name", "title", "url"),
    },
    "schedule_entries": {
        **_ON_EVERY_RECORDING,
        "array": ("participants",),
        "boolean": (*_ON_EVERY_RECORDING["boolean"], "all_day"),
        "string": (*_ON_EVERY_RECORDING["string"], "description", "ends_at", "starts_at", "summary"),
    },
    "todos": {
        **_ON_EVERY_RECORDING,
        "array": ("assignees", "completion_subscribers"),
        "boolean": (*_ON_EVERY_RECORDING["boolean"], "completed"),
        "number": (*_ON_EVERY_RECORDING["number"], "position"),
        "string": (*_ON_EVERY_RECORDING["string"], "completion_url", "content", "description"),
    },
    "messages": {
        **_ON_EVERY_RECORDING,
        "string": (*_ON_EVERY_RECORDING["string"], "content", "subject"),
    },
}
"""The columns of each stream by their type in its schema."""


def config(sandbox: Sandbox) -> dict[str, Any]:
    """Its whole configuration: these keys, a number and four texts."""
    known = sandbox.config()
    return {
        "account_id": int(known["account_id"]),
        "start_date": "2020-01-01T00:00:00Z",
        "client_id": known["client_id"],
        "client_secret": known["client_secret"],
        "client_refresh_token_2": known["client_refresh_token_2"],
    }


def catalog() -> dict[str, Any]:
    """A connection made with it: what was full refresh stays so until somebody changes it."""
    return {
        "streams": [
            {
                "stream": {
                    "name": stream,
                    "json_schema": {},
                    "supported_sync_modes": ["full_refresh", *(["incremental"] if stream in INCREMENTAL else [])],
                },
                "sync_mode": "incremental" if stream in INCREMENTAL else "full_refresh",
                "destination_sync_mode": "append_dedup" if stream in INCREMENTAL else "overwrite",
            }
            for stream in FIVE
        ]
    }


def state(sandbox: Sandbox, time: str) -> list[Message]:
    """What it would save after a sync just now, in the form of one of `TIMES`: the newest active record's cursor."""
    saved: dict[str, Mapping[str, Any]] = dict(_FLAGS[time])
    for stream in INCREMENTAL:
        newest = sandbox.account.feed(FEEDS[stream], "active")[0]["updated_at"]
        saved[stream] = {"updated_at": newest.replace("Z", "000Z") if time == "CDK 6" else newest}
    return [
        {
            "type": "STREAM",
            "stream": {
                "stream_descriptor": {"name": stream, **({"namespace": None} if time == "CDK 4" else {})},
                "stream_state": saved[stream],
            },
        }
        for stream in FIVE
    ]
