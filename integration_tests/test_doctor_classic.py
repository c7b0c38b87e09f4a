"""`doctor` looks at a Classic account as it does at any other: once for each stream, and says what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from integration_tests.support.cli import Person, Shown
from integration_tests.support.doctor_cases import Arrange, answering
from integration_tests.support.faults import without_waits
from integration_tests.support.messages import FORBIDDEN, FOREIGN, LATER, UNUSABLE
from sandbox import Fault
from sandbox.classic import ClassicSize
from source_basecamp.catalog import all_streams
from source_basecamp.endpoints import NOT_CLASSIC, WITHOUT_SSL

STREAMS = [stream.name for stream in all_streams("classic")]
SMALL = ClassicSize(projects=2, on_hold_projects=1, archived_projects=1, template_projects=0, messages=(30, 2))

Start = Callable[..., Person]


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    without_waits(monkeypatch)


def of_classic(start: Start, size: ClassicSize = SMALL, **config: Any) -> Person:
    person = start(classic=size)
    person.save(**person.sandbox.classic_config(**config))
    return person


def by_title(shown: Shown) -> dict[str, dict[str, str]]:
    return {finding["title"]: finding for finding in shown.json["findings"]}


def by_stream(shown: Shown) -> dict[str, dict[str, Any]]:
    return {stream["stream"]: stream for stream in shown.json["streams"]}


def test_a_healthy_account_is_looked_at_with_a_request_for_each_stream(start: Start) -> None:
    person = of_classic(start)
    shown = person.run_here("doctor", "--json")
    assert (shown.exit_code, shown.err) == (0, "")
    found = by_stream(shown)
    assert list(found) == STREAMS
    assert {stream["word"] for stream in found.values()} == {"readable"}
    asked = [
        (request.path, *request.query.items()) for request in person.sandbox.log.requests if ".xml" in request.path
    ]
    # And the one without a good token.
    assert len(asked) == len(STREAMS) + 1 == len(set(asked)) + 1
    titles = by_title(shown)
    assert {finding["state"] for finding in titles.values()} == {"ok"}
    assert titles["account"]["detail"].endswith(
        "(1999991) is a Basecamp Classic account, at https://sandbox.basecamphq.com."
    )
    assert titles["projects"]["detail"] == "Visible are 2 active, 1 on hold, 1 archived."
    assert "or more, at 500 requests in 11 seconds." in titles["rate limit"]["detail"]


def test_counts_are_those_of_the_site_where_one_answer_tells_them(start: Start) -> None:
    person = of_classic(start)
    site = person.sandbox.classic
    found = by_stream(person.run_here("doctor", "--json"))
    for stream in ("account", "projects", "companies", "people"):
        assert found[stream]["count"] == len(site.records(stream)), stream
    first = site.store.all("projects")[0]["id"]
    for stream in ("categories", "todo_lists", "time_entries"):
        assert found[stream]["count"] == len(site.inside(stream, first)), stream
    assert (found["messages"]["count"], found["messages"]["requests"]) == (None, 3 + 2)
    assert found["todo_items"]["note"] == f"in the first to-do list of {found['todo_lists']['count']} or more"


def test_with_project_ids_all_projects_are_counted_and_the_chosen_ones_asked(start: Start) -> None:
    person = of_classic(start)
    chosen = person.sandbox.classic.store.all("projects")[1]["id"]
    person.save(**person.sandbox.classic_config(project_ids=[chosen]))
    shown = person.run_here("doctor", "--streams", "categories", "--json")
    assert by_title(shown)["projects"]["detail"] == (
        "Visible are 2 active, 1 on hold, 1 archived. 'project_ids' chooses 1 of them."
    )
    assert person.sandbox.log.count(f"/projects/{chosen}/categories.xml") == 1


def elsewhere(person: Person) -> None:
    person.sandbox.tokens.accounts[-1]["href"] = "https://basecamphq.example.com"


def without_ssl(person: Person) -> None:
    location = {"Location": f"{person.sandbox.url}/projects.xml"}
    person.sandbox.faults.add(Fault(r"projects\.xml", status=302, headers=location, body="", times=None))


@pytest.mark.parametrize(
    ("arrange", "title", "says", "hint"),
    [
        pytest.param(
            lambda person: person.save(product="classic"),
            "account",
            "Account 1999990 (Honcho Design) is a Basecamp 3, 4 or 5 account: remove 'product', or set it to 'bc3'.",
            "",
            id="another product",
        ),
        pytest.param(
            answering("/authorization/token", status=503, body=""),
            "token",
            f"{UNUSABLE}it answered with status 503. {LATER}",
            "",
            id="Launchpad is down",
        ),
        pytest.param(elsewhere, "Basecamp", NOT_CLASSIC, "", id="an address that is none of Classic's"),
        pytest.param(without_ssl, "Basecamp", WITHOUT_SSL.format(site="{url}"), "", id="no https"),
        pytest.param(
            answering(r"projects\.xml", status=200, body="<html>", headers={"Content-Type": "text/html"}),
            "Basecamp",
            FOREIGN.format(url="{url}", what="status 200, text/html, 6 bytes"),
            "Open {url} in a browser on this machine, and pass the login page that shows up.",
            id="a login page in between",
        ),
    ],
)
def test_what_is_wrong_is_said_once_with_what_to_do(
    start: Start, arrange: Arrange, title: str, says: str, hint: str
) -> None:
    person = of_classic(start)
    arrange(person)
    shown = person.run_here("doctor", "--streams", "todo_items", "--json")
    failed = {title: found for title, found in by_title(shown).items() if found["state"] == "failure"}
    assert list(failed) == [title]
    assert (failed[title]["detail"], failed[title]["hint"]) == (
        says.format(url=person.sandbox.url),
        hint.format(url=person.sandbox.url),
    )
    assert shown.exit_code == 1
    assert by_stream(shown)["todo_items"]["note"] == f"Not checked: see {title}." or title == "token"


@pytest.mark.parametrize(("status", "word"), [(403, "forbidden"), (404, "not there")])
def test_a_list_that_is_refused_fails_its_stream_and_no_other(start: Start, status: int, word: str) -> None:
    person = of_classic(start)
    person.sandbox.faults.add(Fault(r"/companies\.xml", status=status, body="", times=None))
    shown = person.run_here("doctor", "--streams", "companies,account", "--json")
    found = by_stream(shown)
    assert (shown.exit_code, found["companies"]["word"], found["account"]["word"]) == (1, word, "readable")
    if status == 403:
        assert found["companies"]["note"] == FORBIDDEN.format(path="/companies.xml")


def test_a_forbidden_project_is_left_out_and_forbids_no_stream(start: Start) -> None:
    person = of_classic(start)
    site = person.sandbox.classic
    site.forbid(site.store.all("projects")[0]["id"])
    shown = person.run_here("doctor", "--streams", "categories,todo_items", "--json")
    found = by_stream(shown)
    assert (shown.exit_code, found["categories"]["word"]) == (0, "left out")
    assert (found["todo_items"]["word"], found["todo_items"]["note"]) == (
        "nothing to ask",
        "no to-do list in the first project",
    )


def test_a_site_that_does_not_track_time_is_told(start: Start) -> None:
    person = of_classic(start)
    person.sandbox.classic.time_tracking = False
    shown = person.run_here("doctor", "--streams", "time_entries", "--json")
    assert shown.exit_code == 0
    assert by_stream(shown)["time_entries"]["note"] == "this site does not track time: the stream is empty"


def test_a_site_without_projects_is_no_failure(start: Start) -> None:
    none = replace(SMALL, projects=0, on_hold_projects=0, archived_projects=0)
    shown = of_classic(start, none).run_here("doctor", "--streams", "messages,time_entries", "--json")
    assert (shown.exit_code, by_title(shown)["projects"]["state"]) == (0, "warning")
    assert {stream["note"] for stream in shown.json["streams"]} == {"no project"}


def test_a_stream_of_the_other_product_is_a_wrong_call(start: Start) -> None:
    shown = of_classic(start).run_here("doctor", "--streams", "todos")
    assert shown.err == (
        "Error: There is no stream 'todos'. `source-basecamp streams --product classic` lists them. See "
        "`source-basecamp doctor --help`.\n"
    )
