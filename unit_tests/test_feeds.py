"""What a feed asks for, and what its state knows: projects that are archived, come back, or become visible."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

from source_basecamp.catalog import all_streams
from unit_tests.support.basecamp import Asked, Basecamp, ids, project, record, state_of

FEEDS = {stream.name: stream.recording for stream in all_streams() if stream.recording}
STATUSES = ("active", "archived", "trashed")
LATEST = record(0, 600)["updated_at"]
"""The cursor that the record of `Account.busy` leaves behind."""


@dataclass
class Account:
    """Projects with records in them, as `projects/recordings.json` lists them."""

    basecamp: Basecamp = field(default_factory=Basecamp)
    projects: dict[int, str] = field(default_factory=dict)
    created: dict[int, str] = field(default_factory=dict)
    records: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    refused: set[int] = field(default_factory=set)
    updated: dict[int, str] = field(default_factory=dict)
    unlisted: set[int] = field(default_factory=set)
    """Active projects that the listing lacks, as if they were archived at that moment."""
    date: str = "Sun, 01 Mar 2026 12:00:00 GMT"

    def __post_init__(self) -> None:
        self.basecamp.on("projects/recordings.json", {"text": self._list})

    def holds(self, id: int, status: str = "active", *records: dict[str, Any], created: str | None = None) -> None:
        self.projects[id] = status
        self.records.setdefault(id, []).extend(records)
        if created:
            self.created[id] = created

    def read(self, *streams: str, saved: EntrypointOutput | None = None, **config: Any) -> EntrypointOutput:
        self.basecamp.asked.clear()
        dates: dict[int, dict[str, str]] = {id: {"created_at": created} for id, created in self.created.items()}
        for id, updated in self.updated.items():
            dates.setdefault(id, {})["updated_at"] = updated
        self.basecamp.projects(*(project(id, status, **dates.get(id, {})) for id, status in self.projects.items()))
        output = self.basecamp.read(*streams or ("todos",), saved=saved, **config)
        assert not output.errors, output.errors
        return output

    @property
    def asked(self) -> list[Asked]:
        return self.basecamp.of_api("projects/recordings.json")

    @property
    def by_bucket(self) -> list[str]:
        return [asked.query["bucket"] for asked in self.asked if "bucket" in asked.query]

    def _list(self, request: Any, context: Any) -> str:
        (status,) = request.qs["status"]
        asked = [int(id) for id in request.qs["bucket"][0].split(",")] if "bucket" in request.qs else None
        if asked and (
            self.refused.intersection(asked) or any(self.projects.get(id, "trashed") == "trashed" for id in asked)
        ):
            context.status_code = 404
            return ""
        of = (
            asked
            if asked is not None
            else [id for id, was in self.projects.items() if was == "active" and id not in self.unlisted]
        )
        found = [one for id in of for one in self.records[id] if one["status"] == status]
        context.headers |= {"X-Total-Count": str(len(found)), "Date": self.date}
        return json.dumps(sorted(found, key=lambda one: one["updated_at"], reverse=True))


@pytest.fixture
def account() -> Account:
    """A project with a record in each status, the newest of all."""
    account = Account()
    account.holds(1, "active", *(record(number, 600, status=status) for number, status in enumerate(STATUSES)))
    return account


# --- history ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stream", FEEDS)
def test_the_first_sync_brings_the_recordings_of_archived_projects_in_each_status(stream: str) -> None:
    account = Account()
    account.holds(5, "archived", *(record(number, number, status=status) for number, status in enumerate(STATUSES)))
    assert sorted(ids(account.read(stream))) == [0, 1, 2]


def test_an_account_without_archived_projects_costs_nothing_more(account: Account) -> None:
    saved = account.read()
    assert len(account.asked) == 3
    account.read(saved=saved)
    assert len(account.asked) == 3
    assert not account.by_bucket


def test_archived_projects_cost_an_idle_sync_a_request_for_each_status(account: Account) -> None:
    account.holds(5, "archived", record(50, 10))
    account.holds(6, "archived", record(60, 20))
    saved = account.read()
    assert account.by_bucket == ["5,6"] * 3
    account.read(saved=saved)
    assert account.by_bucket == ["5,6"] * 3


def test_an_archived_project_is_walked_down_to_its_own_cursor(account: Account) -> None:
    account.holds(5, "archived", record(50, 10), record(51, 20))
    saved = account.read()
    account.records[5].append(record(52, 30))
    assert sorted(ids(account.read(saved=saved))) == [0, 1, 2, 51, 52]


# --- projects that are something else than before ---------------------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), [("active", "archived"), ("archived", "active")])
def test_a_project_that_was_archived_or_unarchived_is_read_whole_once(
    account: Account, before: str, after: str
) -> None:
    account.holds(4, "archived", record(40, 500))
    account.holds(5, before, record(50, 10), record(51, 20))
    saved = account.read()
    account.projects[5] = after
    second = account.read(saved=saved)
    assert {50, 51} <= set(ids(second))
    assert not {50, 51} & set(ids(account.read(saved=second)))


@pytest.mark.parametrize("status", ["active", "archived"])
def test_a_project_that_becomes_visible_is_read_whole_once(account: Account, status: str) -> None:
    account.holds(4, "archived", record(40, 500))
    saved = account.read()
    account.holds(5, status, record(50, 10))
    second = account.read(saved=saved)
    assert 50 in ids(second)
    assert 50 not in ids(account.read(saved=second))


def test_a_project_that_is_no_longer_visible_is_forgotten(account: Account) -> None:
    account.holds(5, "active", record(50, 10))
    saved = account.read()
    account.projects[5] = "trashed"
    gone = account.read(saved=saved)
    account.projects[5] = "active"
    assert 50 in ids(account.read(saved=gone))


@pytest.mark.parametrize(("updated", "is_read"), [("11:59:58", False), ("12:00:00.500", True), ("12:00:02", False)])
def test_a_project_that_changed_while_a_feed_was_read_may_have_been_archived_then(
    account: Account, updated: str, is_read: bool
) -> None:
    account.holds(5, "active", record(50, 10))
    account.unlisted = {5}
    saved = account.read()
    account.unlisted = set()
    account.updated[5] = f"2026-03-01T{updated}Z"
    account.date = "Sun, 01 Mar 2026 13:00:00 GMT"
    assert (50 in ids(account.read(saved=saved))) == is_read


@pytest.mark.parametrize("odd", ["yesterday", 7, {"at": "noon"}, ["noon"]], ids=str)
def test_a_project_whose_dates_are_no_dates_is_read_like_any_other(account: Account, odd: Any) -> None:
    account.holds(7, "active", record(700, 1), created=odd)
    account.updated[7] = odd
    assert 700 in ids(account.read())


def test_a_project_that_was_created_after_the_cursor_costs_nothing_more(account: Account) -> None:
    saved = account.read()
    account.holds(5, "active", record(50, 700), created=LATEST)
    assert 50 in ids(account.read(saved=saved))
    assert len(account.asked) == 3


def test_what_becomes_visible_is_read_from_start_date_on(account: Account) -> None:
    start = {"start_date": "2026-03-01T00:15:00Z"}
    saved = account.read(**start)
    account.holds(5, "active", record(50, 10), record(51, 20))
    assert sorted(ids(account.read(saved=saved, **start))) == [0, 1, 2, 51]


def test_a_project_is_read_whole_in_those_statuses_only_that_have_a_cursor() -> None:
    account = Account()
    account.holds(1, "active", record(1, 600))
    saved = account.read()
    account.holds(5, "active", record(50, 10), record(51, 10, status="trashed"))
    assert sorted(ids(account.read(saved=saved))) == [1, 50, 51]
    assert account.by_bucket == ["5"]


# --- project_ids ------------------------------------------------------------------------------------------------------


def test_project_ids_may_name_an_archived_project(account: Account) -> None:
    account.holds(5, "archived", record(50, 10))
    assert ids(account.read(project_ids=[5])) == [50]
    assert account.by_bucket == ["5"] * 3


def test_project_ids_may_be_widened(account: Account) -> None:
    account.holds(5, "active", record(50, 10))
    saved = account.read(project_ids=[1])
    assert 50 in ids(account.read(project_ids=[1, 5], saved=saved))


def test_what_cannot_be_seen_of_project_ids_is_told_once(account: Account) -> None:
    output = account.read("todos", "messages", project_ids=[1, 77])
    told = [line for line in output.logs if "'project_ids' names projects" in line.log.message]  # type: ignore[union-attr]
    assert len(told) == 1
    assert "cannot see: 77. They are left out." in told[0].log.message  # type: ignore[union-attr]


# --- refusal ----------------------------------------------------------------------------------------------------------


def test_a_project_that_basecamp_refuses_is_left_out_and_tried_again(account: Account) -> None:
    for id in range(10, 20):
        # Its record is older than those by which the others' cursor stands.
        account.holds(id, "archived", record(id, 10 if id == 13 else 300))
    account.refused = {13}
    first = account.read()
    assert set(ids(first)) == {0, 1, 2, *range(10, 20)} - {13}
    account.refused = set()
    assert 13 in ids(account.read(saved=first))


def test_where_no_archived_project_is_listed_the_rest_is_read(account: Account) -> None:
    for id in range(10, 30):
        account.holds(id, "archived", record(id, 10))
    account.refused = set(range(10, 30))
    first = account.read("todos", "messages")
    assert set(ids(first)) == {0, 1, 2}
    assert len(account.by_bucket) <= 10
    account.refused = set()
    assert set(range(10, 30)) <= set(ids(account.read("todos", saved=first)))


def test_a_chosen_project_that_vanishes_while_it_is_read_harms_no_other(account: Account) -> None:
    account.holds(5, "active", record(50, 10))
    account.refused = {5}
    assert sorted(ids(account.read(project_ids=[1, 5]))) == [0, 1, 2]


# --- addresses --------------------------------------------------------------------------------------------------------


def test_ids_travel_with_plain_commas_in_addresses_below_4_000_characters(account: Account) -> None:
    for id in range(48_000_000, 48_001_500):
        account.holds(id, "archived", record(id, 10))
    assert len(set(ids(account.read("schedule_entries")))) == 3 + 1_500
    addresses = [asked.url for asked in account.asked if "bucket" in asked.query]
    assert len(addresses) == 3 * 4
    assert max(map(len, addresses)) <= 4_000
    assert not any("%2C" in address for address in addresses)


# --- states -----------------------------------------------------------------------------------------------------------


def test_the_state_of_the_first_version_knows_active_projects_and_no_archived_ones(account: Account) -> None:
    account.holds(4, "active", record(40, 5))
    account.holds(5, "archived", record(50, 10))
    earlier = account.read()
    state = vars(earlier.most_recent_state.stream_state)  # type: ignore[union-attr]
    del state["parent_state"]
    state["states"] = [part for part in state["states"] if "projects" not in part["partition"]]
    second = account.read(saved=earlier)
    assert sorted(ids(second)) == [0, 1, 2, 50]
    assert sorted(ids(account.read(saved=second))) == [0, 1, 2, 50]


def test_the_cursor_of_the_published_connector_holds_for_active_projects(account: Account) -> None:
    account.holds(4, "active", record(40, 5))
    account.holds(5, "archived", record(50, 10))
    account.basecamp.projects(*(project(id, status) for id, status in account.projects.items()))
    output = account.basecamp.read("todos", cursor="2026-03-01T10:00:00.000000Z")
    assert sorted(ids(output)) == [0, 1, 2, 50]


def test_projects_that_a_damaged_state_names_are_read_again(account: Account) -> None:
    account.holds(4, "active", record(40, 5))
    saved = account.read()
    vars(saved.most_recent_state.stream_state)["parent_state"]["projects"]["active"] = "1+x"  # type: ignore[union-attr]
    assert 40 in ids(account.read(saved=saved))


def test_a_state_names_its_projects(account: Account) -> None:
    account.holds(9, "active", record(40, 5))
    account.holds(5, "archived", record(50, 10))
    known = state_of(account.read(), "todos")["parent_state"]["projects"]
    assert (known["active"], known["archived"]) == ("1+8", "5")


def test_no_partition_starts_at_the_newest_cursor_of_another(account: Account) -> None:
    """The CDK's way with a partition that a state does not know."""
    saved = account.read()
    assert state_of(saved, "todos")["state"] == {"updated_at": LATEST}
    account.holds(5, "archived", record(50, 10), record(51, 10, status="trashed"))
    assert {50, 51} <= set(ids(account.read(saved=saved)))
