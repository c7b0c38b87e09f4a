"""Reads the sandbox's listings over HTTP, for tests."""

from __future__ import annotations

import json
from typing import Any

import requests

from sandbox import Sandbox
from sandbox.account import Account
from sandbox.account.streams import FEED_KINDS

Record = dict[str, Any]

IN_DOCK = {
    "questions": ("questionnaire", "questionnaires/{}/questions"),
    "card_tables": ("kanban_board", "card_tables/{}"),
    "campfire_lines": ("chat", "chats/{}/lines"),
    "schedule_details": ("schedule", "schedules/{}"),
    "todosets": ("todoset", "todosets/{}"),
    "hill_charts": ("todoset", "todosets/{}/hill"),
}
NAMES = {
    *("projects", "schedules", "account", "people", "timeline_events", "timesheet_entries", "campfires"),
    *("inbox_forwards", "templates", "lineup_markers", "gauges", "project_tools", "project_people", "questions"),
    *("card_tables", "card_columns", "campfire_lines", "forward_replies", "gauge_needles", "hill_charts"),
    *("todosets", "message_types", "client_approvals", "client_correspondences", "client_replies"),
    *("client_responses", "schedule_details", "events", "boosts", "upload_versions", "recording_events"),
    *(kind.stream for kind in FEED_KINDS.values()),
}


def get(sandbox: Sandbox, path: str, **query: Any) -> requests.Response:
    return requests.get(f"{sandbox.account_url}/{path}.json", params=query, headers=sandbox.headers(), timeout=5)


def walk(sandbox: Sandbox, path: str, **query: Any) -> list[Record]:
    """All pages, with as many records as the first page promised."""
    answer = get(sandbox, path, **query)
    records: list[Record] = answer.json()
    total = answer.headers.get("X-Total-Count")
    while "next" in answer.links:
        answer = requests.get(answer.links["next"]["url"], headers=sandbox.headers(), timeout=5)
        records += answer.json()
    assert total in (None, str(len(records)))
    return records


def found(sandbox: Sandbox, path: str) -> list[Record]:
    """All that is there: nothing behind 404, one record of an object."""
    if get(sandbox, path).status_code == 404:
        return []
    answer = get(sandbox, path).json()
    return [answer] if isinstance(answer, dict) else walk(sandbox, path)


def same(one: list[Record], other: list[Record]) -> bool:
    """Equal but for order."""
    return sorted(json.dumps(r, sort_keys=True) for r in one) == sorted(json.dumps(r, sort_keys=True) for r in other)


def tools(account: Account, name: str) -> list[tuple[Record, Record]]:
    """All tools of a name, each with its project."""
    return [(p, tool) for p in account.projects(None) for tool in p["dock"] if tool["name"] == name]


def without(records: list[Record], *keys: str) -> list[Record]:
    return [{key: value for key, value in record.items() if key not in keys} for record in records]
