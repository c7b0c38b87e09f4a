"""Every listing of the account is served, and is what `account.listing` says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox import AccountSize, Sandbox
from sandbox.account.streams import FEED_KINDS, TOOL_KINDS
from unit_tests.support.listings import IN_DOCK, NAMES, Record, found, get, same, tools, walk, without

pytestmark = pytest.mark.sandbox

SIZE = AccountSize(
    projects=8,
    people=20,
    comments=(110, 10, 5),
    campfire_lines=(150, 2, 2),
    client_replies=(60, 1, 1),
    timesheet_entries=400,
    timeline_events=120,
    templates=(20, 3, 2),
)
WIDE = {
    "timeline_events": "reports/progress",
    "campfires": "chats",
    "inbox_forwards": "forwards",
    "lineup_markers": "lineup/markers",
    "gauges": "reports/gauges",
    "people": "people",
}
IN_PROJECT = {
    "project_people": "projects/{}/people",
    "gauge_needles": "projects/{}/gauge/needles",
    "message_types": "buckets/{}/categories",
    "client_approvals": "buckets/{}/client/approvals",
    "client_correspondences": "buckets/{}/client/correspondences",
}
ADDED = {"project_people", "hill_charts", "message_types"}


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(SIZE, rate_limit=False) as sandbox:
        yield sandbox


# What is served is what `account.listing` says


def test_there_is_a_listing_of_every_stream_and_none_is_empty(served: Sandbox) -> None:
    assert {name for name in NAMES if not served.account.listing(name)} == set()


@pytest.mark.parametrize("type", FEED_KINDS)
def test_every_type_has_its_feed(served: Sandbox, type: str) -> None:
    archived = ",".join(str(project["id"]) for project in served.account.projects("archived"))
    listed = [
        record
        for status in ("active", "archived", "trashed")
        for more in ({}, {"bucket": archived})
        for record in walk(served, "projects/recordings", type=type, status=status, **more)
    ]
    assert same(listed, served.account.listing(FEED_KINDS[type].stream))
    assert same(listed, served.account.records(type))


def test_recordings_are_listed_by_active_and_archived_buckets_and_by_no_other(served: Sandbox) -> None:
    (active, *_), (archived, *_), (trashed, *_) = map(served.account.projects, ("active", "archived", "trashed"))

    def answer(*ids: object) -> int:
        return get(served, "projects/recordings", type="Todo", bucket=",".join(map(str, ids))).status_code

    assert answer(active["id"], archived["id"]) == 200
    assert {answer(active["id"], id) for id in (trashed["id"], 4242, "none")} == {404}


def test_an_address_of_more_than_8_000_characters_is_refused(served: Sandbox) -> None:
    assert get(served, "projects/recordings", type="Todo", bucket="1" * 8_000).status_code == 414


@pytest.mark.parametrize("stream", WIDE)
def test_account_wide_listings(served: Sandbox, stream: str) -> None:
    assert same(walk(served, WIDE[stream]), served.account.listing(stream))


def test_templates_are_listed_for_each_status(served: Sandbox) -> None:
    listed = [walk(served, "templates", **query) for query in ({}, {"status": "archived"}, {"status": "trashed"})]
    assert [len(part) for part in listed] == [20, 3, 2]
    assert same([record for part in listed for record in part], served.account.listing("templates"))
    assert get(served, "templates", status="active").status_code == 400


def test_the_account_has_its_plan_and_limits(served: Sandbox) -> None:
    assert [get(served, "account").json()] == served.account.listing("account")
    assert {"limits", "subscription", "settings", "logo"} <= served.account.info().keys()


@pytest.mark.parametrize("stream", IN_DOCK)
def test_listings_of_the_tools_in_the_docks(served: Sandbox, stream: str) -> None:
    name, path = IN_DOCK[stream]
    listed = []
    for project, tool in tools(served.account, name):
        answer = get(served, path.format(tool["id"]))
        assert (answer.status_code == 200) == (project["status"] != "trashed")
        extra = {"todoset_id": tool["id"], "project_id": project["id"]} if stream in ADDED else {}
        listed += [record | extra for record in found(served, path.format(tool["id"]))]
    assert same(listed, served.account.listing(stream))


@pytest.mark.parametrize("stream", IN_PROJECT)
def test_listings_of_the_projects(served: Sandbox, stream: str) -> None:
    listed = []
    for project in served.account.projects(None):
        extra = {"project_id": project["id"]} if stream in ADDED else {}
        listed += [record | extra for record in found(served, IN_PROJECT[stream].format(project["id"]))]
    assert same(listed, served.account.listing(stream))


def test_there_are_as_many_replies_as_replies_count_says(served: Sandbox) -> None:
    for forward in walk(served, "forwards"):
        assert len(walk(served, f"inbox_forwards/{forward['id']}/replies")) == forward["replies_count"]
    paths = {f"inbox_forwards/{forward['id']}/replies" for forward in served.account.listing("inbox_forwards")}
    replies = [reply for path in paths for reply in walk(served, path)]
    assert same(replies, served.account.listing("forward_replies"))
    letters = served.account.listing("client_approvals") + served.account.listing("client_correspondences")
    listed: list[Record] = []
    for letter in letters:
        replies = walk(served, f"buckets/{letter['bucket']['id']}/client/recordings/{letter['id']}/replies")
        assert len(replies) == letter["replies_count"]
        listed += replies
    assert same(listed, served.account.listing("client_replies"))
    assert {letter["replies_count"] > 0 for letter in letters} == {True, False}


def test_columns_are_those_of_the_card_tables(served: Sandbox) -> None:
    columns = served.account.listing("card_columns")
    tables = {table["id"]: table for table in served.account.listing("card_tables")}
    assert all(column in tables[column["parent"]["id"]]["lists"] for column in without(columns, "card_table_id"))
    assert {column["parent"]["id"] == column["card_table_id"] for column in columns} == {True}
    assert [column["position"] for column in next(iter(tables.values()))["lists"]][-1] == 6
    assert {bool(table["wormholes"]) for table in tables.values()} == {True, False}


def test_every_dock_entry_is_a_tool(served: Sandbox) -> None:
    listed = [tool | {"project_id": p["id"]} for p in served.account.projects(None) for tool in p["dock"]]
    assert same(listed, served.account.listing("project_tools"))
    schedules = without(served.account.listing("schedules"), "substream_data")
    assert same(schedules, [tool for tool in listed if tool["name"] == "schedule"])


def test_the_older_addresses_below_the_project_answer_the_same(served: Sandbox) -> None:
    for name, path in IN_DOCK.values():
        project, tool = next((p, t) for p, t in tools(served.account, name) if t["enabled"] and p["status"] == "active")
        flat = get(served, path.format(tool["id"])).json()
        assert get(served, f"buckets/{project['id']}/{path.format(tool['id'])}").json() == flat
        assert get(served, f"buckets/1/{path.format(tool['id'])}").status_code == 404


def test_a_recording_is_the_same_in_a_list_and_at_its_own_address(served: Sandbox) -> None:
    for kind in (*FEED_KINDS.values(), *TOOL_KINDS.values()):
        record = served.account.listing(kind.stream)[0]
        served_alone = get(served, f"{kind.path}/{record['id']}").json()
        # Responses to an approval stand on its own address only.
        assert {key: value for key, value in served_alone.items() if key != "responses"} == record


@pytest.mark.parametrize("sort", ["created_at", "updated_at"])
def test_approvals_are_sorted_as_asked(served: Sandbox, sort: str) -> None:
    project = served.account.listing("client_approvals")[0]["bucket"]["id"]
    listed = walk(served, f"buckets/{project}/client/approvals", sort=sort, direction="asc")
    assert [r[sort] for r in listed] == sorted(r[sort] for r in listed)
    assert get(served, f"buckets/{project}/client/approvals", sort="title").status_code == 400


# What belongs to what


def test_recordings_have_parents_of_the_right_types(served: Sandbox) -> None:
    def parents(stream: str) -> set[str]:
        return {record["parent"]["type"] for record in served.account.listing(stream)}

    assert parents("comments") == {"Todo", "Message", "Document", "Kanban::Card"}
    assert parents("todos") == {"Todoset", "Todolist"}
    assert parents("todolists") == {"Todoset", "Todolist"}
    assert parents("cards") >= {"Kanban::Triage", "Kanban::Column", "Kanban::DoneColumn"}
    assert parents("steps") == {"Kanban::Card"}
    assert parents("forward_replies") == {"Inbox::Forward"}
    assert parents("client_replies") == {"Client::Approval", "Client::Correspondence"}
    assert parents("timesheet_entries") <= {"Todo", "Kanban::Card"}
    assert parents("question_answers") == {"Question"}
    assert parents("documents") == parents("uploads") == parents("vaults") == {"Vault"}
    assert all("parent" not in record for record in served.account.listing("external_links"))


@pytest.mark.parametrize("stream", ["comments", "todos", "cards", "steps", "question_answers", "client_replies"])
def test_a_parent_is_in_the_same_project_and_is_as_its_children_show_it(served: Sandbox, stream: str) -> None:
    ids = {tool["id"] for tool in served.account.listing("project_tools")}
    on_hold = {column["on_hold"]["id"] for column in served.account.listing("card_columns") if "on_hold" in column}
    for record in served.account.listing(stream):
        parent = served.account.record(record["parent"]["id"])
        if record["parent"]["type"] == "Kanban::OnHold":
            assert record["parent"]["id"] in on_hold
            continue
        if parent is None:
            assert record["parent"]["id"] in ids
            continue
        assert {key: parent[key] for key in record["parent"]} == record["parent"]
        assert parent["bucket"] == record["bucket"]
        assert record["status"] != "active" or parent["status"] == "active"


def test_groups_and_folders_exist(served: Sandbox) -> None:
    lists = served.account.listing("todolists")
    groups = [record for record in lists if record["parent"]["type"] == "Todolist"]
    assert all("group_position_url" in group and "groups_url" not in group for group in groups)
    assert {todo["parent"]["id"] for todo in served.account.listing("todos")} & {group["id"] for group in groups}
    vaults = {vault["id"] for vault in served.account.listing("vaults")}
    assert {record["parent"]["id"] in vaults for record in served.account.listing("documents")} == {True, False}


def test_only_some_people_can_open_a_project_and_nobody_who_left(served: Sandbox) -> None:
    everyone = {person["id"]: person for person in served.account.people()}
    members = served.account.listing("project_people")
    assert all(everyone[member["id"]] == member for member in without(members, "project_id")) is True
    assert len(members) < len(everyone) * len(served.account.projects())
    assert "Tombstone" not in {member["personable_type"] for member in members}


def test_the_other_streams_have_every_rare_thing_somewhere(served: Sandbox) -> None:
    def sometimes(stream: str, key: str) -> bool:
        return {key in record for record in served.account.listing(stream)} == {True, False}

    assert sometimes("uploads", "width")
    assert sometimes("cards", "completion")
    assert sometimes("steps", "completion")
    assert sometimes("campfire_lines", "attachments")
    assert sometimes("client_approvals", "approver")
    assert sometimes("timeline_events", "attachments")
    assert sometimes("templates", "dock")
    assert sometimes("hill_charts", "updated_at")
    assert sometimes("card_columns", "on_hold")
    assert {record["color"] is None for record in served.account.listing("todolists")} == {True, False}
    assert {record["from"] is None for record in served.account.listing("inbox_forwards")} == {True, False}
    for stream in ("comments", "cards", "campfire_lines", "timesheet_entries"):
        assert any(record["id"] > 2**53 for record in served.account.listing(stream))


def test_no_id_is_twice_in_a_stream(served: Sandbox) -> None:
    for name in NAMES - {"hill_charts", "project_people"}:
        ids = [record["id"] for record in served.account.listing(name)]
        assert len(set(ids)) == len(ids), name
