"""What a stream asks for and what it makes of the answers, without a server and without waiting."""

from __future__ import annotations

from itertools import pairwise

import pytest
from airbyte_cdk.models import FailureType
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput

from source_basecamp.transport import DEFAULT_WAIT
from unit_tests.support.basecamp import Basecamp, answer, ids, project, record

ACTIVE = "type=Todo&status=active"
UNTIL_LATER = {"token_expiry_date": "2099-01-01T00:00:00Z"}


@pytest.fixture
def basecamp() -> Basecamp:
    return Basecamp()


def ending(output: EntrypointOutput) -> tuple[FailureType | None, str | None]:
    """What the stream's error says, and whose fault it is."""
    error = output.errors[0].trace.error  # type: ignore[union-attr]
    return error.failure_type, error.message  # type: ignore[union-attr]


# --- lists ------------------------------------------------------------------------------------------------------------


def test_every_page_of_a_list_is_read_and_each_once(basecamp: Basecamp) -> None:
    pages = [[record(id, 90 - id) for id in some] for some in (range(15), range(15, 45), range(45, 50))]
    basecamp.feed("Todo", *pages)
    assert ids(basecamp.read("todos")) == list(range(50))
    assert len(basecamp.of_api(status="active")) == 3


def test_a_recording_is_asked_for_in_each_status(basecamp: Basecamp) -> None:
    basecamp.feed("Todo", [record(1)])
    for number, status in enumerate(("archived", "trashed"), 2):
        basecamp.list(f"projects/recordings.json?type=Todo&status={status}", [record(number, status=status)])
    assert sorted(ids(basecamp.read("todos"))) == [1, 2, 3]


def test_a_list_that_brings_fewer_records_than_it_counts_is_no_success(basecamp: Basecamp) -> None:
    basecamp.feed("Todo", [record(1)])
    basecamp.on(f"projects/recordings.json?{ACTIVE}", answer([record(1)], **{"X-Total-Count": "2"}))
    kind, message = ending(basecamp.read("todos"))
    assert kind == FailureType.transient_error
    assert "did not bring as many records as it counts" in str(message)


# --- incremental ------------------------------------------------------------------------------------------------------


def test_the_record_on_the_saved_cursor_is_read_again_and_nothing_older(basecamp: Basecamp) -> None:
    basecamp.feed("Todo", [record(4, 40), record(3, 30), record(2, 30), record(1, 20)])
    assert ids(basecamp.read("todos", cursor="2026-03-01T00:30:00.000000Z")) == [4, 3, 2]


def test_no_page_behind_the_saved_cursor_is_asked_for(basecamp: Basecamp) -> None:
    basecamp.feed("Todo", [record(4, 40), record(3, 30), record(2, 20)], [record(1, 10)])
    assert ids(basecamp.read("todos", cursor="2026-03-01T00:25:00.000000Z")) == [4, 3]
    assert len(basecamp.of_api(status="active")) == 1


def test_the_lookback_goes_behind_the_saved_cursor(basecamp: Basecamp) -> None:
    basecamp.feed("Todo", [record(3, 30), record(2, 20), record(1, 10)])
    assert ids(basecamp.read("todos", cursor="2026-03-01T00:30:00.000000Z", lookback_minutes=10)) == [3, 2]


def test_the_state_is_the_newest_record_of_each_status(basecamp: Basecamp) -> None:
    basecamp.feed("Todo", [record(2, 20), record(1, 10)])
    saved = basecamp.read("todos").most_recent_state.stream_state  # type: ignore[union-attr]
    cursors = {part["partition"]["status"]: part["cursor"] for part in saved.states}  # type: ignore[union-attr]
    assert cursors["active"] == {"updated_at": record(2, 20)["updated_at"]}


# --- the rate limit and faults ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "7"}, 7), ({}, DEFAULT_WAIT)])
@pytest.mark.parametrize("page", [1, 2])
def test_no_request_leaves_before_a_429_allows_it(
    basecamp: Basecamp, headers: dict[str, str], seconds: float, page: int
) -> None:
    basecamp.feed("Todo", [record(2)], [record(1)])
    path = f"projects/recordings.json?{ACTIVE}" + ("&page=2" if page == 2 else "")
    then = answer([record(1)], **{"X-Total-Count": "2"}) if page == 2 else answer([record(2), record(1)])
    basecamp.on(path, answer("", 429, **headers), then)
    assert sorted(ids(basecamp.read("todos"))) == [1, 2]
    first, second = [asked for asked in basecamp.of_api(status="active") if asked.query.get("page", "1") == str(page)]
    assert second.at - first.at >= seconds


def test_a_429_holds_back_every_stream(basecamp: Basecamp) -> None:
    basecamp.feed("Todo", [record(1)])
    basecamp.feed("Message", [record(2)])
    basecamp.on(f"projects/recordings.json?{ACTIVE}", answer("", 429, **{"Retry-After": "50"}), answer([record(1)]))
    assert sorted(ids(basecamp.read("todos", "messages"))) == [1, 2]
    refused = basecamp.of_api(type="Todo", status="active")[0].at
    assert not [asked for asked in basecamp.asked if refused < asked.at < refused + 50]


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_what_basecamp_fails_at_once_is_asked_again_and_nothing_is_missing(basecamp: Basecamp, status: int) -> None:
    basecamp.feed("Todo", [record(1)])
    basecamp.on(f"projects/recordings.json?{ACTIVE}", *[answer("oops", status)] * 3, answer([record(1)]))
    output = basecamp.read("todos")
    assert (ids(output), output.errors) == ([1], [])
    times = [asked.at for asked in basecamp.of_api(status="active")]
    pauses = [after - before for before, after in pairwise(times)]
    assert pauses[0] >= 1
    assert pauses == sorted(pauses)


def test_what_basecamp_never_stops_to_fail_at_ends_the_stream_as_transient(basecamp: Basecamp) -> None:
    basecamp.feed("Todo", [record(1)])
    basecamp.on(f"projects/recordings.json?{ACTIVE}", answer("oops", 500))
    kind, message = ending(basecamp.read("todos"))
    assert kind == FailureType.transient_error
    assert message == (
        "Basecamp is unavailable (status 500 for /1/projects/recordings.json). Nothing is lost: try again later."
    )
    assert len(basecamp.of_api(status="active")) == 7


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_the_first_request_gets_a_token_by_the_refresh_token(basecamp: Basecamp) -> None:
    basecamp.feed("Todo", [record(1)])
    basecamp.read("todos")
    refresh, *others = basecamp.asked
    assert "refresh_token=refresh" in refresh.body
    assert {asked.token for asked in others} == {"first"}
    assert [config["access_token"] for config in basecamp.kept] == ["first"]


def test_a_kept_token_costs_no_refresh(basecamp: Basecamp) -> None:
    basecamp.feed("Todo", [record(1)])
    output = basecamp.read("todos", access_token="kept", **UNTIL_LATER)
    assert ids(output) == [1]
    assert {asked.token for asked in basecamp.asked} == {"kept"}


def test_a_token_that_is_refused_is_refreshed_once_and_the_request_is_sent_again(basecamp: Basecamp) -> None:
    basecamp.feed("Todo", [record(1)])
    basecamp.on(f"projects/recordings.json?{ACTIVE}", answer("", 401), answer([record(1)]))
    output = basecamp.read("todos", access_token="ended", **UNTIL_LATER)
    assert (ids(output), output.errors) == ([1], [])
    assert [asked.token for asked in basecamp.of_api(status="active")] == ["ended", "first"]


def test_a_rotated_refresh_token_is_handed_on(basecamp: Basecamp) -> None:
    basecamp.feed("Todo", [record(1)])
    basecamp.launchpad(answer({"access_token": "fresh", "expires_in": 1e6, "refresh_token": "next"}))
    basecamp.read("todos")
    kept = basecamp.kept[-1]
    assert (kept["access_token"], kept["client_refresh_token_2"]) == ("fresh", "next")


def test_a_kept_token_that_ended_and_a_revoked_refresh_token_end_with_launchpads_reason(basecamp: Basecamp) -> None:
    basecamp.feed("Todo", [record(1)])
    basecamp.on(f"projects/recordings.json?{ACTIVE}", answer("", 401))
    basecamp.launchpad(answer({"error": "invalid_grant"}, 400))
    kind, message = ending(basecamp.read("todos", access_token="ended", **UNTIL_LATER))
    assert kind == FailureType.config_error
    assert str(message).startswith("Launchpad refuses the refresh token: it was revoked, or it was issued for another")


# --- projects ---------------------------------------------------------------------------------------------------------


def test_of_a_feed_only_the_chosen_projects_are_asked_for(basecamp: Basecamp) -> None:
    basecamp.feed("Todo", [record(1)])
    basecamp.projects(*map(project, (6, 7, 8)))
    basecamp.read("todos", project_ids=[7, 8])
    assert {asked.query["bucket"] for asked in basecamp.of_api("projects/recordings.json")} == {"7,8"}


def test_project_ids_ask_nothing_of_other_projects(basecamp: Basecamp) -> None:
    basecamp.projects(project(7), project(8))
    basecamp.list("projects/8/people.json", [record(5)])
    output = basecamp.read("project_people", project_ids=[8])
    assert (ids(output), output.errors) == ([5], [])
    assert not basecamp.of_api("projects/7/")


@pytest.mark.parametrize("status", [403, 404])
def test_a_project_that_may_not_be_read_is_skipped(basecamp: Basecamp, status: int) -> None:
    basecamp.projects(project(7), project(8))
    basecamp.on("projects/7/people.json", answer("", status))
    basecamp.list("projects/8/people.json", [record(5)])
    output = basecamp.read("project_people")
    assert (ids(output), output.errors) == ([5], [])


def test_a_list_of_the_account_that_may_not_be_read_is_not_skipped(basecamp: Basecamp) -> None:
    basecamp.feed("Todo", [record(1)])
    basecamp.on(f"projects/recordings.json?{ACTIVE}", answer("", 403))
    kind, message = ending(basecamp.read("todos"))
    assert kind == FailureType.config_error
    assert str(message).startswith("Basecamp does not let this login read /1/projects/recordings.json.")
