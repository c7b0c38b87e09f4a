"""37signals' own SDK reads the sandbox as it reads Basecamp."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from basecamp import Client, Config

from sandbox import AccountSize, Sandbox

FIELDS = ("id", "status", "created_at", "updated_at", "title", "type", "url", "parent", "bucket")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(AccountSize(todos=(110, 20, 3)), rate_limit=False) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def sdk(sandbox: Sandbox) -> Iterator[Client]:
    config = Config(base_url=sandbox.url, max_retries=0)
    agent = "source-basecamp tests (https://example.com/source-basecamp)"
    with Client(config=config, access_token=sandbox.tokens.issue(), user_agent=agent) as client:
        yield client


def test_projects_of_every_status(sandbox: Sandbox, sdk: Client) -> None:
    projects = sdk.for_account(sandbox.account.account_id).projects
    assert list(projects.list()) == sandbox.account.projects()
    for status in ("archived", "trashed"):
        assert list(projects.list(status=status)) == sandbox.account.projects(status)
    id = sandbox.account.projects()[0]["id"]
    assert projects.get(project_id=id) == sandbox.account.project(id)


@pytest.mark.parametrize("type", ["Todo", "Message", "Schedule::Entry"])
@pytest.mark.parametrize("status", ["active", "archived", "trashed"])
def test_recordings_of_every_type_and_status(sandbox: Sandbox, sdk: Client, type: str, status: str) -> None:
    recordings = sdk.for_account(sandbox.account.account_id).recordings
    listed = recordings.list(type=type, status=status, sort="updated_at", direction="desc")
    expected = sandbox.account.feed(type, status)
    assert listed.meta.total_count == len(expected)
    assert [[record[key] for key in FIELDS] for record in listed] == [[r[key] for key in FIELDS] for r in expected]


def test_people(sandbox: Sandbox, sdk: Client) -> None:
    assert list(sdk.for_account(sandbox.account.account_id).people.list()) == sandbox.account.people()


def test_items_and_schedules(sandbox: Sandbox, sdk: Client) -> None:
    account = sdk.for_account(sandbox.account.account_id)
    todo = sandbox.account.feed("Todo")[0]
    assert account.todos.get(todo_id=todo["id"])["content"] == todo["content"]
    entry = sandbox.account.feed("Schedule::Entry")[0]
    schedule = account.schedules.get(schedule_id=entry["parent"]["id"])
    listed = account.schedules.list_entries(schedule_id=schedule["id"])
    assert len(listed) == schedule["entries_count"] > 0
    assert entry["id"] in [listed_entry["id"] for listed_entry in listed]
