"""Basecamp Classic: the whole site, every record as it sends it, in the fewest requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from integration_tests.support.classic import (
    NOTHING,
    OF_THE_SITE,
    PAGED,
    SMALL,
    STREAMS,
    ClassicConnector,
    ClassicProcess,
    Start,
    assert_whole,
    truth,
    warnings,
)
from integration_tests.support.connector import Output
from integration_tests.support.messages import INACTIVE
from sandbox import AccountSize, ClassicSize, Fault, Sandbox

pytestmark = pytest.mark.usefixtures("unhurried")


@pytest.mark.parametrize("size", [NOTHING, ClassicSize(), PAGED], ids=["nothing", "usual", "pages"])
def test_every_record_arrives_with_every_field(tmp_path: Path, size: ClassicSize) -> None:
    with Sandbox(classic=size, rate_limit=False) as sandbox:
        connector = ClassicProcess(sandbox, tmp_path)
        output = connector.read()
        assert_whole(connector, output)
    assert (warnings(output), output.stderr) == ([], "")


def test_project_ids_leave_the_rest_of_the_projects_unasked(connect_classic: Start) -> None:
    connector = connect_classic(ClassicSize())
    chosen = [project["id"] for project in connector.sandbox.classic.records("projects")][1:7:2]
    assert_whole(connector, connector.read(project_ids=chosen), projects=chosen)
    of_projects = connector.sandbox.log.find(r"^/projects/")
    assert {int(request.path.split("/")[2]) for request in of_projects} == set(chosen)


# --- requests ---------------------------------------------------------------------------------------------------------


def asked(connector: ClassicConnector, path: str = r"\.xml$") -> Counter[str]:
    """How often each address was asked for."""
    found = connector.sandbox.log.find(path)
    return Counter(
        request.path + "".join(f"?{name}={value}" for name, value in request.query.items()) for request in found
    )


def test_a_list_is_asked_for_once_however_many_streams_need_it(connect_classic: Start) -> None:
    connector = connect_classic(ClassicSize())
    # One after another: a stream that comes to a list of several pages while it is read would have to read it too.
    assert_whole(connector, connector.read(num_workers=1))
    more_than_once = {address: times for address, times in asked(connector).items() if times > 1}
    # A calendar of more than a page, which nothing counts, is read twice over.
    calendars = [
        project
        for project in truth(connector.sandbox, "projects")
        if sum(entry["project_id"] == project[0] for entry in connector.sandbox.classic.records("calendar_entries"))
        >= 50
    ]
    assert set(more_than_once.values()) == {2}
    assert all("/calendar_entries.xml" in address for address in more_than_once)
    assert sum("page=1" in address for address in more_than_once) == len(calendars) > 0
    assert connector.sandbox.log.count("^/authorization.json") == connector.sandbox.log.count("/token") == 1


def test_comments_are_asked_for_only_where_there_are_some(connect_classic: Start) -> None:
    connector = connect_classic(SMALL)
    assert_whole(connector, connector.read(["comments"]), ["comments"])
    records = [
        r
        for stream in ("messages", "todo_items", "calendar_entries")
        for r in connector.sandbox.classic.records(stream)
    ]
    commented = [record["id"] for record in records if record["comments_count"]]
    assert connector.sandbox.log.count("/comments.xml") == len(commented) < len(records)


def test_without_time_tracking_no_project_is_asked_for_time(connect_classic: Start) -> None:
    connector = connect_classic(SMALL)
    connector.sandbox.classic.time_tracking = False
    output = connector.read(["time_entries"])
    assert_whole(connector, output, ["time_entries"])
    assert (asked(connector), warnings(output)) == ({"/account.xml": 1}, [])


def test_time_that_was_entered_for_another_century_arrives(connect_classic: Start) -> None:
    """As when a year was mistyped. The report of the whole account is of months that somebody has to think of."""
    connector = connect_classic(SMALL)
    for day in ("0210-03-04", "1910-03-04", "2101-03-04", "9999-12-31"):
        connector.sandbox.classic.add("time_entries", date=day)
    assert_whole(connector, connector.read(["time_entries"]), ["time_entries"])


# --- pages ------------------------------------------------------------------------------------------------------------

PAGES = {
    "messages": r"/posts\.xml",
    "attachments": r"/attachments\.xml",
    "time_entries": r"/time_entries\.xml",
    "calendar_entries": r"/calendar_entries\.xml",
    "comments": r"/posts/\d+/comments\.xml",
}
"""A list of each way of paging."""


def ids(sandbox: Sandbox, stream: str) -> list[int]:
    return [record["id"] for record in sandbox.classic.records(stream)]


def removed(sandbox: Sandbox, stream: str) -> None:
    listed = ids(sandbox, stream)
    for id in (*listed[:3], listed[len(listed) // 2]):
        sandbox.classic.remove(stream, id)


def added(sandbox: Sandbox, stream: str) -> None:
    for _ in range(3):
        sandbox.classic.add(stream)


@pytest.mark.parametrize(("when", "page"), [("after", 0), ("before", 2)])
@pytest.mark.parametrize("change", [removed, added])
@pytest.mark.parametrize("stream", PAGES)
def test_a_list_that_moves_loses_no_record_and_brings_none_twice(
    connect_classic: Start, stream: str, change: Callable[[Sandbox, str], None], when: str, page: int
) -> None:
    connector = connect_classic(PAGED)
    sandbox = connector.sandbox
    hook: dict[str, Any] = {when: lambda _: change(sandbox, stream)}
    sandbox.faults.add(Fault(PAGES[stream], skip=page, **hook))
    before = set(ids(sandbox, stream))
    output = connector.read([stream])
    assert (output.exit_code, output.statuses, sandbox.faults.unused) == (0, {stream: "COMPLETE"}, [])
    emitted, after = [record["id"] for record in output.records(stream)], set(ids(sandbox, stream))
    assert before & after <= set(emitted) <= before | after
    assert len(emitted) == len(set(emitted))


# --- what is not to be seen -------------------------------------------------------------------------------------------


def skipped(output: Output) -> str:
    (total,) = (log["message"] for log in output.of_type("LOG") if log["message"].startswith("Sync: "))
    return str(total.partition(" s waited, ")[2].partition(",")[0])


def forbid_a_project(sandbox: Sandbox) -> None:
    sandbox.classic.forbid(ids(sandbox, "projects")[0])


def remove_a_project(sandbox: Sandbox) -> None:
    """Once its people are asked for."""
    gone = ids(sandbox, "projects")[0]
    hook = Fault(rf"/projects/{gone}/people", before=lambda _: sandbox.classic.remove("projects", gone))
    sandbox.faults.add(hook)


def remove_a_list(sandbox: Sandbox) -> None:
    gone = ids(sandbox, "todo_lists")[0]
    hook = Fault(rf"/todo_lists/{gone}/", before=lambda _: sandbox.classic.remove("todo_lists", gone))
    sandbox.faults.add(hook)


def remove_a_message(sandbox: Sandbox) -> None:
    gone = next(record["id"] for record in sandbox.classic.records("messages") if record["comments_count"])
    hook = Fault(rf"/posts/{gone}/", before=lambda _: sandbox.classic.remove("messages", gone))
    sandbox.faults.add(hook)


@pytest.mark.parametrize(
    ("arrange", "streams", "status"),
    [
        (forbid_a_project, [stream for stream in STREAMS if stream not in ("projects", *OF_THE_SITE)], 403),
        (remove_a_project, ["project_people"], 404),
        (remove_a_list, ["todo_items"], 404),
        (remove_a_message, ["comments"], 404),
    ],
)
def test_what_cannot_be_opened_is_skipped_named_and_counted(
    connect_classic: Start, arrange: Callable[[Sandbox], None], streams: list[str], status: int
) -> None:
    connector = connect_classic(SMALL)
    arrange(connector.sandbox)
    output = connector.read(streams, num_workers=1)
    assert_whole(connector, output, streams)
    refused = connector.sandbox.log.find(status=status)
    told = warnings(output)
    assert len(told) == len(refused) > 0
    assert sorted(text.partition(": Skipped ")[2] for text in told) == sorted(
        f"{request.path}: Basecamp answered {status} (not visible to this login, switched off, or gone)."
        for request in refused
    )
    assert skipped(output) == f"{len(refused)} skipped"


def test_deleted_people_are_for_administrators_and_missed_by_nobody(connect_classic: Start) -> None:
    connector = connect_classic(ClassicSize())
    connector.sandbox.classic.administrator = False
    output = connector.read(["people"])
    assert_whole(connector, output, ["people"])
    assert asked(connector) == {"/people.xml?include_deleted=true": 1, "/people.xml": 1}
    assert (warnings(output), skipped(output)) == ([], "0 skipped")


@pytest.mark.parametrize("stream", ["account", "projects", "companies", "people"])
def test_a_list_of_the_site_that_is_not_there_is_named(connect_classic: Start, stream: str) -> None:
    connector = connect_classic(SMALL)
    connector.sandbox.faults.add(Fault(rf"^/{stream}\.xml", status=404, body="", times=None))
    output = connector.read([stream, "categories"])
    (error, *_) = output.errors
    assert output.statuses[stream] == "INCOMPLETE"
    assert error["failure_type"] == "config_error"
    assert f"Basecamp has no /{stream}.xml in account {SMALL.account_id} that this login can read." in error["message"]


# --- products ---------------------------------------------------------------------------------------------------------


def test_check_says_which_product_the_account_is_of(connect_classic: Start) -> None:
    connector = connect_classic(SMALL)
    sandbox = connector.sandbox
    assert connector.check().connection == {"status": "SUCCEEDED"}
    asked_for = [request.path for request in sandbox.log.requests]
    assert asked_for == ["/authorization/token", "/authorization.json", "/projects.xml"]
    assert connector.check(**sandbox.config(product="classic")).connection["message"] == (
        f"Account {sandbox.account.account_id} (Honcho Design) is a Basecamp 3, 4 or 5 account: remove 'product', or "
        "set it to 'bc3'."
    )
    assert connector.check(product="bc3").connection["message"] == (
        f"Account {SMALL.account_id} ({sandbox.classic.name}) is a Basecamp Classic account: set 'product' to "
        "'classic'."
    )


@pytest.mark.parametrize("first", [0, 1])
def test_an_id_that_two_products_share_is_read_as_the_product_that_is_set(connect_classic: Start, first: int) -> None:
    connector = connect_classic(ClassicSize(account_id=AccountSize().account_id))
    tokens = connector.sandbox.tokens
    tokens.accounts = [tokens.accounts[first], tokens.accounts[1 - first]]
    assert_whole(connector, connector.read(["projects"]), ["projects"])
    connector.sandbox.log.clear()
    assert connector.check(product="bc3").connection == {"status": "SUCCEEDED"}
    # Nobody asks Launchpad where Basecamp 3 is.
    assert (connector.sandbox.log.count(r"\.xml"), connector.sandbox.log.count("authorization.json")) == (0, 0)


def test_an_inactive_site_is_called_so(connect_classic: Start) -> None:
    connector = connect_classic(SMALL)
    connector.sandbox.switches.inactive = True
    message = INACTIVE.format(account=SMALL.account_id)
    assert connector.check().connection == {"status": "FAILED", "message": message}
    output = connector.read(["account", "messages"])
    assert {(error["message"], error["failure_type"]) for error in output.errors[:2]} == {(message, "config_error")}
