"""Hours and events, what tests change in the account, and what they forbid."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox import ABSENT, AccountSize, Sandbox
from sandbox.__main__ import _parser, _size
from sandbox.account import Account
from sandbox.account.streams import ALL_KINDS, FEED_KINDS, TOOL_KINDS
from unit_tests.support.listings import IN_DOCK, NAMES, Record, get, same, walk

pytestmark = pytest.mark.sandbox

SIZE = AccountSize(projects=8, comments=(110, 10, 5), timesheet_entries=400)


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox(SIZE, rate_limit=False) as sandbox:
        yield sandbox


@pytest.fixture
def fresh() -> Iterator[Sandbox]:
    with Sandbox(rate_limit=False) as sandbox:
        yield sandbox


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


def test_a_deleted_timesheet_entry_is_listed_no_more(fresh: Sandbox) -> None:
    entry = fresh.account.create("Timesheet::Entry", hours="3.5", date="2026-02-27")
    assert entry in get(fresh, "reports/timesheet").json()
    fresh.account.delete(entry["id"])
    assert entry["id"] not in [e["id"] for e in get(fresh, "reports/timesheet").json()]


def test_the_timeline_has_events_of_what_is_created_and_completed(fresh: Sandbox) -> None:
    account, before = fresh.account, walk(fresh, "reports/progress")
    assert [e["created_at"] for e in before] == sorted((e["created_at"] for e in before), reverse=True)
    todo = account.create("Todo", content="New")
    account.complete(todo["id"])
    account.add_event(kind="message_subscribed", title="By hand")
    after = walk(fresh, "reports/progress")
    assert after[3:] == before
    assert [event["kind"] for event in after[:3]] == ["message_subscribed", "todo_completed", "todo_created"]
    assert after[1]["parent_recording_id"] == todo["parent"]["id"]


# What tests change in the account


@pytest.mark.parametrize("type", FEED_KINDS)
def test_recordings_of_every_type_can_be_changed(type: str) -> None:
    account = Account(AccountSize())
    record = account.create(type)
    id = record["id"]
    assert account.feed(type)[0] == record
    assert account.update(id, extra=1)["extra"] == 1
    assert "creator" not in account.update(id, creator=ABSENT)
    assert account.create(type, creator=ABSENT, url=ABSENT).keys() == record.keys() - {"creator", "url"}
    account.trash(account.feed(type)[0]["id"])
    for change, status in ((account.trash, "trashed"), (account.archive, "archived"), (account.restore, "active")):
        assert change(id)["status"] == status
        assert account.feed(type, status)[0]["id"] == id
    account.delete(id)
    assert id not in [r["id"] for r in account.listing(FEED_KINDS[type].stream)]


@pytest.mark.parametrize("type", [*TOOL_KINDS, "Template", "Lineup::Marker", "Message::Type"])
def test_what_the_feeds_do_not_list_can_be_created_changed_and_deleted_too(type: str) -> None:
    account = Account(AccountSize())
    plain = {"Template": "templates", "Lineup::Marker": "lineup_markers", "Message::Type": "message_types"}
    stream = plain.get(type) or ALL_KINDS[type].stream
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


def test_a_reply_moves_updated_at_of_what_it_replies_to_and_a_line_that_of_its_chat() -> None:
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


# What is forbidden, archived, trashed or switched off


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
    assert not gone & {
        *(kind.stream for kind in FEED_KINDS.values()),
        "projects",
        "campfires",
        "gauges",
        "project_tools",
    }
    sandbox.account.allow(project["id"])
    assert {name: sandbox.account.listing(name) for name in NAMES} == before
    assert {get(sandbox, path).status_code for path in paths_of(project)} == {200}


def test_a_forbidden_tool_does_not_forbid_another(rich: tuple[Sandbox, Record]) -> None:
    sandbox, project = rich
    chat = next(tool["id"] for tool in project["dock"] if tool["name"] == "chat")
    sandbox.account.forbid(chat)
    shut = [path for path in paths_of(project) if get(sandbox, path).status_code == 403]
    assert shut == [f"chats/{chat}/lines"]
    assert chat not in {line["parent"]["id"] for line in sandbox.account.listing("campfire_lines")}


def test_the_replies_in_a_forbidden_inbox_are_403_too(fresh: Sandbox) -> None:
    forward = fresh.account.listing("inbox_forwards")[0]
    fresh.account.forbid(forward["parent"]["id"])
    assert get(fresh, f"inbox_forwards/{forward['id']}/replies").status_code == 403
    assert forward in fresh.account.listing("inbox_forwards")


def test_what_is_archived_or_switched_off_answers_and_what_is_trashed_does_not(
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
    assert get(sandbox, f"card_tables/{table}").status_code == 200
    assert table in {table["id"] for table in sandbox.account.listing("card_tables")}


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
        for type in (*FEED_KINDS, *TOOL_KINDS):
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
    assert {name for name in NAMES if empty.listing(name) and name in {k.stream for k in ALL_KINDS.values()}} == {
        "card_columns"
    }


def test_the_command_takes_a_figure_for_anything() -> None:
    options = ["--records", "comments=200,10,5", "--records", "lineup_markers=2", "--todos", "7"]
    size = _size(_parser().parse_args(options))
    assert (size.counts("comments"), size.lineup_markers, size.todos) == ((200, 10, 5), 2, (7,))
    for wrong in ("comets=2", "lineup_markers=2,1", "comments=x"):
        with pytest.raises(SystemExit):
            _parser().parse_args(["--records", wrong])
