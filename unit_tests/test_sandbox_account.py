"""One seed makes one account, which has every rare thing somewhere and changes as one of Basecamp does."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox import ABSENT, AccountSize
from sandbox.account import Account, clock
from sandbox.account.streams import FEED_KINDS
from sandbox.server.pages import page_bounds

pytestmark = pytest.mark.sandbox

SIZE = AccountSize(todos=(300, 30, 20), messages=(100, 10, 5), schedule_entries=(100, 10, 5))
STATUSES = ("active", "archived", "trashed")


@pytest.fixture
def account() -> Account:
    return Account(SIZE)


@pytest.fixture(scope="module")
def unchanged() -> Account:
    """For tests that only read it."""
    return Account(SIZE)


def ids(records: list[dict[str, Any]]) -> list[int]:
    return [record["id"] for record in records]


def everything(account: Account) -> list[Any]:
    return [account.projects(None), account.people(), *(account.records(type) for type in FEED_KINDS)]


def test_one_seed_makes_one_account_and_another_seed_another() -> None:
    assert everything(Account(SIZE)) == everything(Account(SIZE))
    assert everything(Account(SIZE)) != everything(Account(AccountSize(seed=38)))


def test_the_same_changes_lead_to_the_same_account() -> None:
    one, other = Account(SIZE), Account(SIZE)
    for account in (one, other):
        todo = account.create("Todo", content="New")
        account.complete(todo["id"])
        account.trash(account.feed("Message")[0]["id"])
        account.create_project("Another")
    assert everything(one) == everything(other)


@pytest.mark.parametrize("type", FEED_KINDS)
def test_feeds_hold_as_many_as_asked_for(unchanged: Account, type: str) -> None:
    counts = SIZE.counts(FEED_KINDS[type].stream)
    assert tuple(len(unchanged.feed(type, status)) for status in STATUSES) == counts
    listed = [record for record in unchanged.records(type) if record["bucket"]["id"] in ids(unchanged.projects())]
    assert len(set(ids(listed))) == sum(counts)


@pytest.mark.parametrize("type", FEED_KINDS)
def test_feeds_are_sorted_with_ties_and_end_at_the_newest_instant(unchanged: Account, type: str) -> None:
    for sort in ("created_at", "updated_at"):
        times = [record[sort] for record in unchanged.feed(type, sort=sort)]
        assert times == sorted(times, reverse=True)
        backwards = unchanged.feed(type, sort=sort, direction="asc")
        assert ids(backwards) == ids(unchanged.feed(type, sort=sort))[::-1]
    updated = Counter(record["updated_at"] for record in unchanged.records(type))
    assert max(updated) == "2026-03-01T12:00:00.000Z"
    assert max(updated.values()) > 1
    assert all(record["created_at"] <= record["updated_at"] for record in unchanged.records(type))


def test_pages_of_a_feed_put_together_are_the_feed(unchanged: Account) -> None:
    for direction in ("asc", "desc"):
        slices = [unchanged.feed_page("Todo", "active", "updated_at", direction, *page_bounds(n)) for n in range(1, 8)]
        assert [record for page, _ in slices for record in page] == unchanged.feed("Todo", direction=direction)


def test_an_update_moves_a_record_to_the_front_of_its_feed(account: Account) -> None:
    last = account.feed("Todo")[-1]
    changed = account.update(last["id"], content="Moved up", due_on="2026-04-01")
    assert account.feed("Todo")[0] == changed
    assert changed["updated_at"] > "2026-03-01T12:00:00.000Z"
    assert (changed["title"], changed["due_on"]) == ("Moved up", "2026-04-01")
    assert {**changed, "x": 0}.keys() == {**last, "x": 0}.keys()


def test_every_change_is_later_than_the_one_before(account: Account) -> None:
    id = account.feed("Todo")[0]["id"]
    times = [account.update(id)["updated_at"] for _ in range(20)]
    assert times == sorted(set(times))


def test_a_given_updated_at_wins_so_that_ties_can_be_made(account: Account) -> None:
    first, second = ids(account.feed("Message"))[:2]
    moment = account.update(first)["updated_at"]
    assert account.update(second, updated_at=moment)["updated_at"] == moment


def test_absent_takes_a_key_out(account: Account) -> None:
    id = account.feed("Schedule::Entry")[0]["id"]
    assert "join_url" not in account.update(id, join_url=ABSENT)


def test_a_created_record_is_first_in_its_feed_with_the_fields_given(account: Account) -> None:
    project = account.projects()[0]["id"]
    for type, field in (("Todo", "content"), ("Message", "subject"), ("Schedule::Entry", "summary")):
        record = account.create(type, project, **{field: "Fresh"})
        assert account.feed(type)[0] == record == account.record(record["id"])
        assert (record[field], record["title"], record["bucket"]["id"]) == ("Fresh", "Fresh", project)
        assert record["created_at"] == record["updated_at"]


def test_trash_archive_and_restore_move_a_record_between_feeds(account: Account) -> None:
    id = account.feed("Todo")[5]["id"]
    for change, status in (
        (account.trash, "trashed"),
        (account.archive, "archived"),
        (account.restore, "active"),
    ):
        record = change(id)
        assert (record["status"], account.feed("Todo", status)[0]["id"]) == (status, id)
        assert [id in ids(account.feed("Todo", other)) for other in STATUSES].count(True) == 1


def test_a_deleted_record_leaves_no_trace(account: Account) -> None:
    id = account.feed("Todo", "trashed")[0]["id"]
    account.delete(id)
    assert account.record(id) is None
    assert id not in ids(account.records("Todo"))
    with pytest.raises(KeyError):
        account.update(id)


def test_completing_a_todo_adds_completion_and_takes_position(account: Account) -> None:
    todo = next(record for record in account.feed("Todo") if not record["completed"])
    done = account.complete(todo["id"])
    assert done["completion"]["created_at"] == done["updated_at"]
    assert ("position" in todo, "position" in done) == (True, False)
    edited = account.update(todo["id"], content="Edited later")
    assert edited["completion"] == done["completion"]


def test_archiving_a_project_takes_its_recordings_out_of_the_feed_without_changing_them(account: Account) -> None:
    project = account.feed("Todo")[0]["bucket"]["id"]
    inside = [record for record in account.feed("Todo") if record["bucket"]["id"] == project]
    account.archive(project)
    assert not [record for record in account.feed("Todo") if record["bucket"]["id"] == project]
    assert [record for record in account.records("Todo") if record in inside] == inside
    assert project in ids(account.projects("archived"))
    account.restore(project)
    assert [record for record in account.feed("Todo") if record["bucket"]["id"] == project] == inside


def test_restoring_a_generated_archived_project_lists_its_recordings_again(account: Account) -> None:
    before = len(account.feed("Todo"))
    account.restore(account.projects("archived")[0]["id"])
    assert len(account.feed("Todo")) == before + SIZE.hidden_per_project


def test_a_hidden_project_is_nowhere_and_comes_back_as_it_was(account: Account) -> None:
    before = everything(account)
    project = account.feed("Todo")[0]["bucket"]["id"]
    account.hide(project)
    assert project not in ids(account.projects(None))
    assert project not in {record["bucket"]["id"] for record in account.records("Todo")}
    assert not [one for one in account.listing("project_people") if one["project_id"] == project]
    account.show(project)
    assert [sorted(map(str, part)) for part in everything(account)] == [sorted(map(str, part)) for part in before]


def test_a_copy_has_the_dates_of_the_original_and_moves_nothing(account: Account) -> None:
    before = account.feed("Todo")
    copy = account.copy(before[60]["id"])
    assert (copy["created_at"], copy["updated_at"]) == (before[60]["created_at"], before[60]["updated_at"])
    assert [record for record in account.feed("Todo") if record["id"] != copy["id"]] == before
    assert len(account.feed("Todo")) == len(before) + 1


def test_deleting_a_project_deletes_what_it_holds(account: Account) -> None:
    todo = account.feed("Todo")[0]
    account.delete(todo["bucket"]["id"])
    assert account.record(todo["id"]) is None
    assert account.project(todo["bucket"]["id"]) is None


def test_renaming_a_project_shows_in_its_recordings(account: Account) -> None:
    todo = account.feed("Todo")[0]
    account.update(todo["bucket"]["id"], name="Renamed")
    renamed = account.record(todo["id"])
    assert renamed is not None
    assert renamed["bucket"]["name"] == "Renamed"
    assert renamed["updated_at"] == todo["updated_at"]


def test_a_new_project_is_listed_first_and_can_hold_recordings(account: Account) -> None:
    project = account.create_project("Brand new")
    assert account.projects()[0] == project
    assert account.create("Schedule::Entry", project["id"])["bucket"]["name"] == "Brand new"


def test_todos_are_completed_with_completion_or_open_with_position(unchanged: Account) -> None:
    todos = unchanged.records("Todo")
    assert {record["completed"] for record in todos} == {True, False}
    for record in todos:
        assert record["completed"] == ("completion" in record) == ("position" not in record)


def test_an_account_of_today_is_the_same_moved_by_whole_days(
    unchanged: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Records are built when they are read.
    before = unchanged.listing("steps")
    # Which sets it back afterwards.
    monkeypatch.setattr(clock.Moved, "ms", 0)
    clock.live_today()
    account = Account(SIZE)
    after, days = account.listing("steps"), timedelta(milliseconds=clock.Moved.ms)
    assert days % timedelta(days=1) == timedelta()
    for then, now in zip(before, after, strict=True):
        assert {**then, **times(then, days)} == {**now, **times(now)}
    assert timedelta() <= datetime.now(UTC) - moment(account.create("Todo")["updated_at"]) < timedelta(days=1)


def times(record: dict[str, Any], later: timedelta = timedelta()) -> dict[str, Any]:
    """The times of a step, each so much later, and nothing of what refers to people and projects."""
    found = {key: record[key] and moment(record[key]) + later for key in ("created_at", "updated_at", "due_on")}
    return {**found, **dict.fromkeys(("assignees", "completion", "completer", "creator", "bucket", "parent"))}


def moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def test_all_day_entries_have_dates_and_recurring_ones_point_at_an_occurrence(unchanged: Account) -> None:
    entries = unchanged.records("Schedule::Entry")
    for entry in entries:
        assert len(entry["starts_at"]) == (10 if entry["all_day"] else 24)
        datetime.fromisoformat(entry["ends_at"])
        assert entry["starts_at"] <= entry["ends_at"]
        assert ("recurrence_schedule" in entry) == ("/occurrences/" in entry["url"])
    recurring = [entry["recurrence_schedule"] for entry in entries if "recurrence_schedule" in entry]
    assert {len(schedule) for schedule in recurring} == {10}
    assert {entry["join_url"] is None for entry in entries} == {True, False}


def test_todos_and_messages_have_every_rare_thing_somewhere(unchanged: Account) -> None:
    todos, messages = unchanged.records("Todo"), unchanged.records("Message")
    for key in ("steps", "subtasks_count", "repetition_schedule"):
        assert {key in record for record in todos} == {True, False}
    assert any(record.get("steps") for record in todos)
    assert {"category" in record for record in messages} == {True, False}
    assert {bool(record["content_attachments"]) for record in messages} == {True, False}
    assert any(record["id"] > 2**53 and record["id"] % 2 for record in todos)
    titles = "".join(record["title"] for record in todos)
    assert all(char in titles for char in ("\u2028", "\n", "🏕", "م", "\u0301", "<script>"))


def test_people_include_clients_the_removed_and_hidden_addresses() -> None:
    people = Account(SIZE).people()
    assert {"User", "Client", "Tombstone"} == {person["personable_type"] for person in people}
    assert {"company" in person for person in people} == {True, False}
    assert any("••••" in (person["email_address"] or "") for person in people)


def test_every_optional_field_of_projects_is_in_one_of_them(unchanged: Account) -> None:
    keys = {key for project in unchanged.projects(None) for key in project}
    assert keys >= {
        "people",
        "all_access",
        "client_company",
        "clientside",
        "last_needle_position",
        "wallpaper",
    }
    docks = [project["dock"] for project in unchanged.projects(None)]
    assert all(len({tool["name"] for tool in dock}) == 8 for dock in docks)
    assert any([tool["name"] for tool in dock].count("schedule") > 1 for dock in docks)
    assert all((tool["position"] is None) == (not tool["enabled"]) for dock in docks for tool in dock)


def test_recordings_without_an_active_project_are_refused() -> None:
    with pytest.raises(ValueError, match="active project"):
        Account(AccountSize(projects=0))
