"""Beyond the five streams: every listing of the account is served, and is what `account.listing` says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox import ABSENT, AccountSize, Sandbox
from sandbox.__main__ import _parser, _size
from sandbox.account import Account
from sandbox.kinds import ALL_KINDS, KINDS, TOOL_KINDS

Record = dict[str, Any]

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
IN_DOCK = {
    "questions": ("questionnaire", "questionnaires/{}/questions"),
    "card_tables": ("kanban_board", "card_tables/{}"),
    "campfire_lines": ("chat", "chats/{}/lines"),
    "hill_charts": ("todoset", "todosets/{}/hill"),
}
IN_PROJECT = {
    "project_people": "projects/{}/people",
    "gauge_needles": "projects/{}/gauge/needles",
    "message_types": "buckets/{}/categories",
    "client_approvals": "buckets/{}/client/approvals",
    "client_correspondences": "buckets/{}/client/correspondences",
}
ADDED = {"project_people", "hill_charts", "message_types"}
NAMES = {
    *("projects", "schedules", "account", "people", "timeline_events", "timesheet_entries", "campfires"),
    *("inbox_forwards", "templates", "lineup_markers", "gauges", "project_tools", "project_people", "questions"),
    *("card_tables", "card_columns", "campfire_lines", "forward_replies", "gauge_needles", "hill_charts"),
    *("message_types", "client_approvals", "client_correspondences", "client_replies"),
    *(kind.plural for kind in KINDS.values()),
}


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(SIZE, rate_limit=False) as sandbox:
        yield sandbox


@pytest.fixture
def fresh() -> Iterator[Sandbox]:
    with Sandbox(rate_limit=False) as sandbox:
        yield sandbox


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


# What is served is what the truth says


def test_there_is_a_truth_for_every_stream_and_none_is_empty(served: Sandbox) -> None:
    assert {name for name in NAMES if not served.account.listing(name)} == set()


@pytest.mark.parametrize("type", KINDS)
def test_every_type_has_its_feed(served: Sandbox, type: str) -> None:
    feed = "projects/recordings"
    listed = [r for status in ("active", "archived", "trashed") for r in walk(served, feed, type=type, status=status)]
    assert same(listed, served.account.listing(KINDS[type].plural))
    assert same(listed, served.account.records(type))


@pytest.mark.parametrize("stream", WIDE)
def test_account_wide_listings(served: Sandbox, stream: str) -> None:
    assert same(walk(served, WIDE[stream]), served.account.listing(stream))


def test_templates_are_listed_for_each_status(served: Sandbox) -> None:
    listed = [walk(served, "templates", **query) for query in ({}, {"status": "archived"}, {"status": "trashed"})]
    assert [len(part) for part in listed] == [20, 3, 2]
    assert same([record for part in listed for record in part], served.account.listing("templates"))
    assert get(served, "templates", status="active").status_code == 400


def test_the_account_tells_its_limits(served: Sandbox) -> None:
    assert [get(served, "account").json()] == served.account.listing("account")
    assert {"limits", "subscription", "settings", "logo"} <= served.account.info().keys()


@pytest.mark.parametrize("stream", IN_DOCK)
def test_listings_of_the_tools_in_the_docks(served: Sandbox, stream: str) -> None:
    name, path = IN_DOCK[stream]
    listed = []
    for project, tool in tools(served.account, name):
        answer = get(served, path.format(tool["id"]))
        assert (answer.status_code == 200) == (tool["enabled"] and project["status"] != "trashed")
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


def test_replies_are_where_their_count_says(served: Sandbox) -> None:
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


def test_the_older_addresses_below_the_project_give_the_same(served: Sandbox) -> None:
    for name, path in IN_DOCK.values():
        project, tool = next((p, t) for p, t in tools(served.account, name) if t["enabled"] and p["status"] == "active")
        flat = get(served, path.format(tool["id"])).json()
        assert get(served, f"buckets/{project['id']}/{path.format(tool['id'])}").json() == flat
        assert get(served, f"buckets/1/{path.format(tool['id'])}").status_code == 404


def test_what_has_an_item_form_is_the_same_in_it(served: Sandbox) -> None:
    for kind in (*KINDS.values(), *TOOL_KINDS.values()):
        record = served.account.listing(kind.plural)[0]
        assert get(served, f"{kind.path}/{record['id']}").json() == record


@pytest.mark.parametrize("sort", ["created_at", "updated_at"])
def test_approvals_are_sorted_as_asked(served: Sandbox, sort: str) -> None:
    project = served.account.listing("client_approvals")[0]["bucket"]["id"]
    listed = walk(served, f"buckets/{project}/client/approvals", sort=sort, direction="asc")
    assert [r[sort] for r in listed] == sorted(r[sort] for r in listed)
    assert get(served, f"buckets/{project}/client/approvals", sort="title").status_code == 400


# What belongs to what


def test_everything_hangs_where_it_belongs(served: Sandbox) -> None:
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
def test_a_parent_is_in_the_same_project_and_calls_itself_so(served: Sandbox, stream: str) -> None:
    ids = {tool["id"] for tool in served.account.listing("project_tools")}
    for record in served.account.listing(stream):
        parent = served.account.record(record["parent"]["id"])
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


def test_the_set_has_every_rare_thing_somewhere(served: Sandbox) -> None:
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


def test_ids_are_the_only_ones_of_their_kind(served: Sandbox) -> None:
    for name in NAMES - {"hill_charts", "project_people"}:
        ids = [record["id"] for record in served.account.listing(name)]
        assert len(set(ids)) == len(ids), name


# Hours and events


def test_a_timesheet_is_one_window_of_days(served: Sandbox) -> None:
    entries = served.account.listing("timesheet_entries")
    window = {"start_date": "2025-06-01", "end_date": "2025-08-31"}
    answer = get(served, "reports/timesheet", **window)
    assert same(answer.json(), [e for e in entries if "2025-06-01" <= e["date"] <= "2025-08-31"])
    assert (len(answer.json()) > 15, "Link" in answer.headers) == (True, False)
    assert all(isinstance(entry["hours"], str) for entry in entries)
    everything = get(served, "reports/timesheet", start_date="2000-01-01", end_date="2030-01-01").json()
    assert same(everything, entries)


def test_wrong_names_of_the_window_mean_the_last_month(served: Sandbox) -> None:
    month = get(served, "reports/timesheet").json()
    assert month == get(served, "reports/timesheet", **{"from": "2000-01-01", "to": "2030-01-01"}).json()
    assert {entry["date"][:7] for entry in month} <= {"2026-02", "2026-03"}
    assert month
    assert get(served, "reports/timesheet", start_date="2025-06-01").status_code == 400
    assert get(served, "reports/timesheet", start_date="x", end_date="y").status_code == 400


def test_a_timesheet_can_be_that_of_one_person_or_project(served: Sandbox) -> None:
    span = {"start_date": "2000-01-01", "end_date": "2030-01-01"}
    entries = served.account.listing("timesheet_entries")
    person, bucket = entries[0]["person"]["id"], entries[0]["bucket"]["id"]
    assert same(
        get(served, "reports/timesheet", **span, person_id=person, bucket_id=bucket).json(),
        [e for e in entries if (e["person"]["id"], e["bucket"]["id"]) == (person, bucket)],
    )


def test_hours_vanish_when_they_are_deleted(fresh: Sandbox) -> None:
    entry = fresh.account.create("Timesheet::Entry", hours="3.5", date="2026-02-27")
    assert entry in get(fresh, "reports/timesheet").json()
    fresh.account.delete(entry["id"])
    assert entry["id"] not in [e["id"] for e in get(fresh, "reports/timesheet").json()]


def test_the_timeline_tells_of_what_is_made_and_done(fresh: Sandbox) -> None:
    account, before = fresh.account, walk(fresh, "reports/progress")
    assert [e["created_at"] for e in before] == sorted((e["created_at"] for e in before), reverse=True)
    todo = account.create("Todo", content="New")
    account.complete(todo["id"])
    account.add_event(kind="message_subscribed", title="By hand")
    after = walk(fresh, "reports/progress")
    assert after[3:] == before
    assert [event["kind"] for event in after[:3]] == ["message_subscribed", "todo_completed", "todo_created"]
    assert after[1]["parent_recording_id"] == todo["parent"]["id"]


# What tests do to the account


@pytest.mark.parametrize("type", KINDS)
def test_recordings_of_every_type_can_be_changed(type: str) -> None:
    account = Account(AccountSize())
    record = account.create(type)
    id = record["id"]
    assert account.feed(type)[0] == record
    assert account.update(id, extra=1)["extra"] == 1
    assert "creator" not in account.update(id, creator=ABSENT)
    for change, status in ((account.trash, "trashed"), (account.archive, "archived"), (account.restore, "active")):
        assert change(id)["status"] == status
        assert account.feed(type, status)[0]["id"] == id
    account.delete(id)
    assert id not in [r["id"] for r in account.listing(KINDS[type].plural)]


@pytest.mark.parametrize("type", [*TOOL_KINDS, "Template", "Lineup::Marker", "Message::Type"])
def test_what_is_in_tools_comes_and_goes_too(type: str) -> None:
    account = Account(AccountSize())
    plain = {"Template": "templates", "Lineup::Marker": "lineup_markers", "Message::Type": "message_types"}
    stream = plain.get(type) or ALL_KINDS[type].plural
    record = account.create(type, name="Fresh")
    account.update(record["id"], name="Changed")
    assert [r["name"] for r in account.listing(stream) if r["id"] == record["id"]] == ["Changed"]
    account.delete(record["id"])
    assert record["id"] not in [r["id"] for r in account.listing(stream)]


def test_a_recording_can_be_put_under_another() -> None:
    account = Account(AccountSize())
    card = account.feed("Kanban::Card")[5]
    comment = account.create("Comment", parent=card["id"])
    assert comment["parent"] == {key: card[key] for key in ("id", "title", "type", "url", "app_url")}
    assert comment["bucket"] == card["bucket"]


def test_a_reply_moves_what_it_replies_to_and_a_line_its_chat() -> None:
    account = Account(AccountSize())
    forward = account.listing("inbox_forwards")[0]
    account.create("Inbox::Forward::Reply", parent=forward["id"])
    moved = account.record(forward["id"])
    assert moved is not None
    assert moved["replies_count"] == forward["replies_count"] + 1
    assert moved["updated_at"] > forward["updated_at"]
    line = account.create("Chat::Lines::Text", content="Hi")
    chat = next(chat for chat in account.listing("campfires") if chat["id"] == line["parent"]["id"])
    assert chat["updated_at"] == line["updated_at"]


def test_a_new_project_has_columns_and_members_and_a_deleted_one_nothing() -> None:
    account = Account(AccountSize())
    before = {name: len(account.listing(name)) for name in NAMES}
    project = account.create_project("Brand new")["id"]
    assert [c for c in account.listing("card_columns") if c["bucket"]["id"] == project]
    assert account.create("Kanban::Card", project)["parent"]["type"] == "Kanban::Column"
    account.set_members(project, [account.people()[1]["id"]])
    assert [p["id"] for p in account.listing("project_people") if p["project_id"] == project] == [
        account.people()[1]["id"]
    ]
    account.delete(project)
    after = {name: len(account.listing(name)) for name in NAMES}
    assert after == before | {"timeline_events": before["timeline_events"] + 1}


# Doors that are shut


@pytest.fixture
def rich(fresh: Sandbox) -> tuple[Sandbox, Record]:
    """A project with chat, gauge and people, and the sandbox it is in."""
    gauges = {gauge["bucket"]["id"] for gauge in fresh.account.listing("gauges")}
    return fresh, next(p for p in fresh.account.projects() if p["id"] in gauges)


def paths_of(project: Record) -> list[str]:
    dock = {tool["name"]: tool["id"] for tool in project["dock"] if tool["enabled"]}
    paths = [path.format(dock[name]) for name, path in IN_DOCK.values() if name in dock]
    own = [f"projects/{project['id']}", f"projects/{project['id']}/people", f"projects/{project['id']}/gauge/needles"]
    return [*own, *paths, f"buckets/{project['id']}/categories", f"schedules/{dock['schedule']}/entries"]


def test_a_forbidden_project_is_403_until_allowed_while_account_wide_lists_go_on(rich: tuple[Sandbox, Record]) -> None:
    sandbox, project = rich
    before = {name: sandbox.account.listing(name) for name in NAMES}
    assert {get(sandbox, path).status_code for path in paths_of(project)} == {200}
    sandbox.account.forbid(project["id"])
    answers = [get(sandbox, path) for path in paths_of(project)]
    assert {answer.status_code for answer in answers} == {403}
    assert {answer.json()["message"] for answer in answers} == {"You must first seek admission"}
    gone = {name for name in NAMES if sandbox.account.listing(name) != before[name]}
    assert gone >= {"project_people", "card_tables", "card_columns", "campfire_lines", "gauge_needles", "hill_charts"}
    assert not gone & {*(kind.plural for kind in KINDS.values()), "projects", "campfires", "gauges", "project_tools"}
    sandbox.account.allow(project["id"])
    assert {name: sandbox.account.listing(name) for name in NAMES} == before
    assert {get(sandbox, path).status_code for path in paths_of(project)} == {200}


def test_a_forbidden_tool_shuts_no_other(rich: tuple[Sandbox, Record]) -> None:
    sandbox, project = rich
    chat = next(tool["id"] for tool in project["dock"] if tool["name"] == "chat")
    sandbox.account.forbid(chat)
    shut = [path for path in paths_of(project) if get(sandbox, path).status_code == 403]
    assert shut == [f"chats/{chat}/lines"]
    assert chat not in {line["parent"]["id"] for line in sandbox.account.listing("campfire_lines")}


def test_the_replies_in_a_forbidden_inbox_are_shut_too(fresh: Sandbox) -> None:
    forward = fresh.account.listing("inbox_forwards")[0]
    fresh.account.forbid(forward["parent"]["id"])
    assert get(fresh, f"inbox_forwards/{forward['id']}/replies").status_code == 403
    assert forward in fresh.account.listing("inbox_forwards")


def test_what_is_archived_answers_and_what_is_in_the_trash_or_switched_off_does_not(
    rich: tuple[Sandbox, Record],
) -> None:
    sandbox, project = rich
    tooled = paths_of(project)[1:]
    sandbox.account.archive(project["id"])
    assert {get(sandbox, path).status_code for path in tooled} == {200}
    assert project["id"] not in {chat["bucket"]["id"] for chat in sandbox.account.listing("campfires")}
    sandbox.account.trash(project["id"])
    assert {get(sandbox, path).status_code for path in tooled} == {404}
    assert get(sandbox, f"projects/{project['id']}").json()["status"] == "trashed"
    sandbox.account.restore(project["id"])
    table = next(tool["id"] for tool in project["dock"] if tool["name"] == "kanban_board")
    sandbox.account.set_tool(table, enabled=False)
    assert get(sandbox, f"card_tables/{table}").status_code == 404
    assert table not in {table["id"] for table in sandbox.account.listing("card_tables")}


def test_needles_are_404_where_no_gauge_is_switched_on(rich: tuple[Sandbox, Record]) -> None:
    sandbox, project = rich
    gauge = next(g for g in sandbox.account.listing("gauges") if g["bucket"]["id"] == project["id"])
    sandbox.account.update(gauge["id"], enabled=False)
    assert get(sandbox, f"projects/{project['id']}/gauge/needles").status_code == 404
    assert gauge["id"] not in [g["id"] for g in get(sandbox, "reports/gauges").json()]


# One seed, one account


def test_one_seed_makes_one_whole_account_whatever_is_read_first() -> None:
    def whole(account: Account, names: list[str]) -> dict[str, list[Record]]:
        return {name: account.listing(name) for name in names}

    def changed(account: Account) -> Account:
        for type in (*KINDS, *TOOL_KINDS):
            account.create(type)
        account.create_project("Another")
        return account

    one, other = changed(Account(SIZE)), changed(Account(SIZE))
    assert whole(one, sorted(NAMES)) == whole(other, sorted(NAMES, reverse=True))
    differing = whole(Account(AccountSize(seed=38)), sorted(NAMES))
    assert {name for name in NAMES if differing[name] == one.listing(name)} == {"account"}


def test_sizes_count_everything_and_an_account_without_projects_has_none_of_it() -> None:
    account = Account(SIZE)
    assert [len(account.feed("Comment", status)) for status in ("active", "archived", "trashed")] == [110, 10, 5]
    empty = Account(AccountSize(projects=0, todos=0, messages=0, schedule_entries=0, hidden_per_project=0))
    assert {name for name in NAMES if empty.listing(name) and name in {k.plural for k in ALL_KINDS.values()}} == {
        "card_columns"
    }


def test_the_command_takes_a_figure_for_anything() -> None:
    options = ["--records", "comments=200,10,5", "--records", "lineup_markers=2", "--todos", "7"]
    size = _size(_parser().parse_args(options))
    assert (size.counts("comments"), size.lineup_markers, size.todos) == ((200, 10, 5), 2, (7,))
    for wrong in ("comets=2", "lineup_markers=2,1", "comments=x"):
        with pytest.raises(SystemExit):
            _parser().parse_args(["--records", wrong])
