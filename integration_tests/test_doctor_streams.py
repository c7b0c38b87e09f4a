"""`doctor` asks once for each stream, and what it says of it is so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.cli import Person, Shown
from integration_tests.support.connector import ALL_FEEDS, BY_DEFAULT, InProcess, truth
from integration_tests.support.faults import without_waits
from integration_tests.support.messages import FORBIDDEN
from integration_tests.support.patches import no_waiting
from sandbox import AccountSize, Fault
from source_basecamp.catalog import all_streams

SMALL = AccountSize(projects=5, archived_projects=2, trashed_projects=1)
NOTHING = AccountSize(
    projects=0,
    archived_projects=0,
    trashed_projects=0,
    todos=0,
    messages=0,
    schedule_entries=0,
    templates=0,
    lineup_markers=0,
    timeline_events=0,
    hidden_per_project=0,
)
ALL_ACTIVE = replace(SMALL, archived_projects=0)
ONE_BY_ONE = {stream.name: stream for stream in all_streams() if stream.parent and not stream.on_request}

Start = Callable[..., Person]


def by_stream(shown: Shown) -> dict[str, dict[str, Any]]:
    return {stream["stream"]: stream for stream in shown.json["streams"]}


def of(shown: Shown, title: str) -> dict[str, str]:
    return next(finding for finding in shown.json["findings"] if finding["title"] == title)


def test_a_healthy_account_is_looked_at_with_a_request_for_each_stream(start: Start) -> None:
    person = start(SMALL, rate_limit=True)
    shown = person.run("doctor", "--json")
    assert (shown.exit_code, shown.err) == (0, "")
    assert {finding["state"] for finding in shown.json["findings"]} == {"ok"}
    found = by_stream(shown)
    assert list(found) == list(BY_DEFAULT)
    # The first tool of a kind may be hidden, and have nothing in it.
    assert {stream["word"] for stream in found.values() if stream["stream"] not in ONE_BY_ONE} == {"readable"}
    assert {stream["word"] for stream in found.values()} <= {"readable", "empty"}
    log = person.sandbox.log
    asked = [(request.path, *request.query.items()) for request in log.api]
    assert len(asked) == len(set(asked))
    # One with no good token, three for the projects, one for archived ones, and each stream that is not made of others.
    own = [
        stream
        for stream in all_streams()
        if stream.name in BY_DEFAULT and not stream.made_of and stream.name != "projects"
    ]
    assert len(asked) == 1 + 3 + 1 + len(own)
    assert [request.path for request in log.launchpad] == [
        "/authorization.json",
        "/authorization/token",
        "/authorization.json",
    ]
    assert shown.json["requests"] == len(log.requests)
    assert {request.status for request in log.requests} == {200, 401}
    assert log.count(status=401) == 2


def test_counts_are_those_of_the_account(start: Start) -> None:
    person = start(SMALL)
    account = person.sandbox.account
    counts = {name: stream["count"] for name, stream in by_stream(person.run_here("doctor", "--json")).items()}
    for stream, type in ALL_FEEDS.items():
        assert counts[stream] == len(account.feed(type, "active")), stream
    for stream in {*BY_DEFAULT} - {*ALL_FEEDS, *ONE_BY_ONE, "templates", "timesheet_entries"}:
        assert counts[stream] == len(truth(person.sandbox, stream)), stream
    for stream in ONE_BY_ONE:
        assert 0 <= counts[stream] <= len(truth(person.sandbox, stream)), stream


def test_it_is_said_whether_archived_projects_are_listed_and_what_they_cost(start: Start) -> None:
    person = start(SMALL)
    assert of(person.run_here("doctor", "--json"), "archived projects") == {
        "title": "archived projects",
        "state": "ok",
        "detail": "Basecamp lists the recordings of 2 archived projects. For them, a first sync makes 36 requests more "
        "at least, one for each type and status of recordings.",
        "hint": "",
    }
    person.sandbox.account.store.archived_buckets = False
    shown = person.run_here("doctor", "--streams", "todos", "--json")
    assert (shown.exit_code, of(shown, "archived projects")["state"]) == (0, "warning")
    assert of(shown, "archived projects")["detail"] == (
        "Basecamp does not list the recordings of 2 archived projects to this login: a sync leaves them out."
    )


def test_a_first_sync_is_estimated_from_below_and_not_far(start: Start, tmp_path: Path) -> None:
    person = start(AccountSize(todos=(200, 3, 2), messages=10, schedule_entries=10, timesheet_entries=10))
    told = person.run_here("doctor", "--json").json["first_sync"]
    person.sandbox.log.clear()
    with no_waiting():
        assert InProcess(person.sandbox, tmp_path).read(BY_DEFAULT).exit_code == 0
    made = len(person.sandbox.log.api)
    assert 0.9 * made <= told["requests"] <= made
    assert told["seconds"] == 11 * ((told["requests"] - 1) // 50)


def test_an_empty_account_is_no_failure(start: Start) -> None:
    person = start(NOTHING)
    shown = person.run_here("doctor", "--json")
    assert shown.exit_code == 0
    assert of(shown, "projects") == {
        "title": "projects",
        "state": "warning",
        "detail": "The connection works, but no project is visible to the user who authorised it. Basecamp shows a "
        "user only the projects that it is a member of: add the user to the projects that you want to read.",
        "hint": "",
    }
    found = by_stream(shown)
    words = {name: (stream["word"], stream["note"]) for name, stream in found.items() if stream["word"] != "readable"}
    for stream in ONE_BY_ONE.values():
        assert words[stream.name] == ("nothing to ask", f"no {stream.parent}"), stream.name
    assert {found[stream]["word"] for stream in (*ALL_FEEDS, "projects", "gauges", "timesheet_entries")} == {"empty"}
    assert {found[stream]["word"] for stream in ("account", "people")} == {"readable"}


@pytest.mark.parametrize("status", [403, 404])
def test_a_listing_that_is_refused_fails_its_stream_and_no_other(start: Start, status: int) -> None:
    person = start(SMALL)
    person.sandbox.faults.add(Fault(r"/people\.json", status=status, body="", times=None))
    shown = person.run_here("doctor", "--streams", "people,todos", "--json")
    assert shown.exit_code == 1
    people, todos = by_stream(shown)["people"], by_stream(shown)["todos"]
    assert (people["state"], people["count"], todos["word"]) == ("failure", None, "readable")
    if status == 403:
        assert (people["word"], people["note"]) == ("forbidden", FORBIDDEN.format(path="/1999990/people.json"))
    else:
        assert people["word"] == "not there"
        assert people["note"].startswith("Basecamp has no people.json in account 1999990 that this login can read.")


def test_a_forbidden_tool_is_left_out_and_forbids_no_stream(start: Start) -> None:
    person = start(SMALL)
    tools = [tool for project in person.sandbox.account.projects("active") for tool in project["dock"]]
    questionnaire = next(tool["id"] for tool in tools if tool["name"] == "questionnaire" and tool["enabled"])
    schedule = next(tool["id"] for tool in tools if tool["name"] == "schedule")
    for tool in (questionnaire, schedule):
        person.sandbox.account.forbid(tool)
    shown = person.run_here("doctor", "--streams", "questions,schedules,schedule_entries", "--json")
    assert shown.exit_code == 0
    found = by_stream(shown)
    assert found["questions"] | {"requests": None} == {
        "stream": "questions",
        "state": "warning",
        "word": "left out",
        "count": None,
        "note": f"/1999990/questionnaires/{questionnaire}/questions.json is not visible to this login, switched off, "
        "or gone: a sync leaves it out, with a warning",
        "requests": None,
    }
    # Made of the projects, and listed for the whole account: nobody asks the schedule itself.
    assert {found[stream]["word"] for stream in ("schedules", "schedule_entries")} == {"readable"}


def test_a_refusal_for_the_rate_limit_is_waited_out_and_told(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    without_waits(monkeypatch)
    person = start(ALL_ACTIVE)
    person.sandbox.faults.add(Fault("type=Todo", status=429, body="", headers={"Retry-After": "1"}))
    shown = person.run_here("doctor", "--streams", "todos", "--json")
    assert shown.exit_code == 0
    assert by_stream(shown)["todos"]["word"] == "readable"
    found = of(shown, "rate limit")
    assert found["state"] == "warning"
    assert found["detail"].startswith(
        f"Basecamp refused 1 of the {len(person.sandbox.log.requests)} requests of this check-up (429). Other tools at "
        "the same address share this limit. A first sync of this stream makes at least "
    )
    first, second = person.sandbox.log.find(r"recordings\.json")
    assert second.time_monotonic - first.time_monotonic >= 1


def test_the_check_up_ends_where_basecamp_takes_no_more_requests(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    without_waits(monkeypatch)
    monkeypatch.setattr("source_basecamp.transport.DEFAULT_WAIT", 0.01)
    person = start(ALL_ACTIVE)
    person.sandbox.faults.add(Fault(r"recordings\.json|people\.json", status=429, body="", times=None))
    shown = person.run_here("doctor", "--json")
    assert shown.exit_code == 1
    assert person.sandbox.log.count(status=429) <= 8
    words = {stream["word"] for stream in shown.json["streams"]}
    assert words == {"readable", "limited", "skipped"}
    skipped = [stream for stream in shown.json["streams"] if stream["word"] == "skipped"]
    assert len(skipped) >= len(BY_DEFAULT) - 10
    assert {stream["note"] for stream in skipped} == {"Not checked: Basecamp limits the request rate."}


@pytest.mark.parametrize(("times", "word"), [(1, "readable"), (2, "fails")])
def test_an_answer_that_fails_is_asked_for_once_more(
    start: Start, monkeypatch: pytest.MonkeyPatch, times: int, word: str
) -> None:
    without_waits(monkeypatch)
    person = start(ALL_ACTIVE)
    person.sandbox.faults.add(Fault("type=Todo", status=500, body="", times=times))
    shown = person.run_here("doctor", "--streams", "todos", "--json")
    assert by_stream(shown)["todos"]["word"] == word
    assert person.sandbox.log.count(r"recordings\.json") == 2


def test_a_token_that_ends_in_the_middle_is_renewed_and_saved(start: Start) -> None:
    person = start(ALL_ACTIVE)
    tokens = person.sandbox.tokens
    person.sandbox.faults.add(Fault("type=Todo", before=lambda account: tokens.expire_all()))
    shown = person.run_here("doctor", "--streams", "todos", "--json")
    assert (shown.exit_code, by_stream(shown)["todos"]["word"]) == (0, "readable")
    assert tokens.seconds_left(person.config["access_token"]) > 0


def test_with_project_ids_it_is_said_what_counts_all(start: Start) -> None:
    person = start(SMALL)
    person.save(project_ids=[project["id"] for project in person.sandbox.account.projects("active")[:2]])
    shown = person.run_here("doctor", "--streams", "projects,todos,gauges,people,timesheet_entries", "--json")
    found = by_stream(shown)
    assert of(shown, "projects")["detail"] == (
        "Visible are 5 active, 2 archived, 1 trashed. 'project_ids' chooses 2 of them."
    )
    todos = person.sandbox.account.feed("Todo", "active")
    assert found["todos"]["count"] == sum(todo["bucket"]["id"] in person.config["project_ids"] for todo in todos)
    assert found["projects"]["count"] == 2
    assert (found["gauges"]["note"], found["people"]["note"]) == ("in all projects", "")
    assert found["timesheet_entries"]["note"].endswith(", in all projects")
