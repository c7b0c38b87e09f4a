"""37signals' own SDK reads the sandbox as it reads Basecamp."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from basecamp import Client, Config

from sandbox import AccountSize, Sandbox
from sandbox.account.streams import FEED_KINDS

pytestmark = pytest.mark.sandbox

FIELDS = ("id", "status", "created_at", "updated_at", "title", "type", "url", "parent", "bucket")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    size = AccountSize(todos=(110, 20, 3), campfire_lines=120, timeline_events=100, events=40, client_replies=50)
    with Sandbox(size, rate_limit=False) as sandbox:
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


@pytest.mark.parametrize("type", FEED_KINDS)
@pytest.mark.parametrize("status", ["active", "archived", "trashed"])
def test_recordings_of_every_type_and_status(sandbox: Sandbox, sdk: Client, type: str, status: str) -> None:
    recordings = sdk.for_account(sandbox.account.account_id).recordings
    listed = recordings.list(type=type, status=status, sort="updated_at", direction="desc")
    expected = sandbox.account.feed(type, status)
    assert listed.meta.total_count == len(expected)
    assert [[record.get(key) for key in FIELDS] for record in listed] == [
        [r.get(key) for key in FIELDS] for r in expected
    ]


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


def test_the_bytes_of_files(sandbox: Sandbox, sdk: Client) -> None:
    account = sdk.for_account(sandbox.account.account_id)
    small = [upload for upload in sandbox.account.feed("Upload") if upload["byte_size"] < 1_000_000]
    for upload in small[:3]:
        result = account.download_url(upload["download_url"])
        assert (len(result.body), result.content_type) == (upload["byte_size"], upload["content_type"])
    ranges = {request.headers.get("authorization") for request in sandbox.log.storage}
    assert ranges == {None}


WIDE: dict[str, Callable[[Any], Any]] = {
    "people": lambda sdk: sdk.people.list(),
    "timeline_events": lambda sdk: sdk.reports.progress(),
    "campfires": lambda sdk: sdk.campfires.list(),
    "inbox_forwards": lambda sdk: sdk.everything.get_everything_forwards(),
    "lineup_markers": lambda sdk: sdk.lineup.list_lineup_markers(),
    "gauges": lambda sdk: sdk.gauges.list_gauges(),
    "account": lambda sdk: [sdk.account.get_account()],
    "templates": lambda sdk: [
        template for status in (None, "archived", "trashed") for template in sdk.templates.list(status=status)
    ],
}
# What to ask for each project or tool, and where the ids come from.
PARTED: dict[str, tuple[str, Callable[[Any, int], Any]]] = {
    "project_people": ("project", lambda sdk, id: sdk.people.list_for_project(project_id=id)),
    "message_types": ("project", lambda sdk, id: sdk.message_types.list(bucket_id=id)),
    "client_approvals": ("clientside", lambda sdk, id: sdk.client_approvals.list(bucket_id=id)),
    "client_correspondences": ("clientside", lambda sdk, id: sdk.client_correspondences.list(bucket_id=id)),
    "gauge_needles": ("gauge", lambda sdk, id: sdk.gauges.list_gauge_needles(project_id=id)),
    "questions": ("questionnaire", lambda sdk, id: sdk.checkins.list_questions(questionnaire_id=id)),
    "card_tables": ("kanban_board", lambda sdk, id: [sdk.card_tables.get(card_table_id=id)]),
    "campfire_lines": ("chat", lambda sdk, id: sdk.campfires.list_lines(campfire_id=id)),
    "schedule_details": ("schedule", lambda sdk, id: [sdk.schedules.get(schedule_id=id)]),
    "todosets": ("todoset", lambda sdk, id: [sdk.todosets.get(todoset_id=id)]),
    "hill_charts": ("todoset", lambda sdk, id: [sdk.hill_charts.get(todoset_id=id)]),
}


def owners(sandbox: Sandbox, where: str) -> list[int]:
    projects = [p for p in sandbox.account.projects(None) if p["status"] != "trashed"]
    if where == "project":
        return [p["id"] for p in projects]
    if where == "clientside":
        return [p["id"] for p in projects if "clientside" in p]
    if where == "gauge":
        return [p["id"] for p in projects if p.get("last_needle_position") is not None]
    return [tool["id"] for p in projects for tool in p["dock"] if tool["name"] == where]


def same(listed: Iterable[dict[str, Any]], expected: list[dict[str, Any]]) -> bool:
    """Equal but for order, and for the keys that a sync adds."""
    added = ("project_id", "todoset_id")
    stripped = [{key: value for key, value in record.items() if key not in added} for record in expected]
    return sorted(map(repr, map(_ordered, listed))) == sorted(map(repr, map(_ordered, stripped)))


def _ordered(record: dict[str, Any]) -> list[tuple[str, Any]]:
    return sorted(record.items())


@pytest.mark.parametrize("stream", WIDE)
def test_account_wide_lists(sandbox: Sandbox, sdk: Client, stream: str) -> None:
    listed = WIDE[stream](sdk.for_account(sandbox.account.account_id))
    assert same(listed, sandbox.account.listing(stream))


@pytest.mark.parametrize("stream", PARTED)
def test_lists_of_projects_and_tools(sandbox: Sandbox, sdk: Client, stream: str) -> None:
    where, read = PARTED[stream]
    account = sdk.for_account(sandbox.account.account_id)
    listed = [record for id in owners(sandbox, where) for record in read(account, id)]
    assert same(listed, sandbox.account.listing(stream))
    assert listed


def test_replies(sandbox: Sandbox, sdk: Client) -> None:
    account = sdk.for_account(sandbox.account.account_id)
    mails = sandbox.account.listing("inbox_forwards")
    replies = [reply for mail in mails for reply in account.forwards.list_replies(forward_id=mail["id"])]
    assert same(replies, sandbox.account.listing("forward_replies"))
    letters = sandbox.account.listing("client_approvals") + sandbox.account.listing("client_correspondences")
    replies = [
        reply
        for letter in letters
        for reply in account.client_replies.list(bucket_id=letter["bucket"]["id"], recording_id=letter["id"])
    ]
    assert same(replies, sandbox.account.listing("client_replies"))


def test_the_boosts_of_what_counts_any(sandbox: Sandbox, sdk: Client) -> None:
    account = sdk.for_account(sandbox.account.account_id)
    boosts = sandbox.account.listing("boosts")
    listed = [
        boost | {"recording_id": id}
        for id in {boost["recording_id"] for boost in boosts}
        for boost in account.boosts.list_recording_boosts(recording_id=id)
    ]
    assert same(listed, boosts)
    assert len({type for type in FEED_KINDS if any(r.get("boosts_count") for r in sandbox.account.feed(type))}) == 9


def test_the_versions_of_uploads_that_changed(sandbox: Sandbox, sdk: Client) -> None:
    uploads = sdk.for_account(sandbox.account.account_id).uploads
    versions = sandbox.account.listing("upload_versions")
    listed = [
        version for id in {v["recording_id"] for v in versions} for version in uploads.list_versions(upload_id=id)
    ]
    assert same(listed, versions)
    counts = [sum(v["recording_id"] == version["recording_id"] for v in versions) for version in versions]
    assert {1, 2, 3} <= set(counts)
    others = {upload["id"] for upload in sandbox.account.listing("uploads")} - {v["recording_id"] for v in versions}
    assert others
    assert {
        len(uploads.list_versions(upload_id=id)) for id in others if sandbox.account.record(id)["status"] != "trashed"
    } == {1}


def test_what_happened_to_todos_and_cards(sandbox: Sandbox, sdk: Client) -> None:
    events = sdk.for_account(sandbox.account.account_id).events
    told = sandbox.account.listing("recording_events")
    listed = [event for id in {event["recording_id"] for event in told} for event in events.list(recording_id=id)]
    assert same(listed, told)
    assert len(told) > 300


def test_the_event_feed_from_its_beginning(sandbox: Sandbox, sdk: Client) -> None:
    feed = sdk.for_account(sandbox.account.account_id).event_feed
    page = feed.poll_events(since="0")
    listed = page["events"]
    while "next" in page:
        page = feed.poll_events(position=page["position"])
        listed += page["events"]
    assert listed == sandbox.account.listing("events")
    assert len(listed) > 100
    assert feed.poll_events(position=page["position"])["events"] == []


def test_responses_of_clients_stand_on_the_approval_itself(sandbox: Sandbox, sdk: Client) -> None:
    account = sdk.for_account(sandbox.account.account_id)
    approvals = sandbox.account.listing("client_approvals")
    whole = [account.client_approvals.get(approval_id=approval["id"]) for approval in approvals]
    responses = [response for approval in whole for response in approval.get("responses", [])]
    assert same(responses, sandbox.account.listing("client_responses"))
    assert responses
    assert not any("responses" in approval for approval in approvals)
    assert {approval["approval_status"] for approval in whole if "responses" not in approval} == {"pending"}


def test_its_names_for_a_window_of_hours_are_not_basecamps(sandbox: Sandbox, sdk: Client) -> None:
    timesheets = sdk.for_account(sandbox.account.account_id).timesheets
    last_month = timesheets.report()
    assert list(timesheets.report(from_="2000-01-01", to="2030-01-01")) == list(last_month)
    assert len(sandbox.account.listing("timesheet_entries")) > len(last_month) > 0
