"""What a log says beside errors: notes, warnings, and the figures at the end of each listing and of the sync."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest

from integration_tests.support.connector import Output
from integration_tests.support.faults import SMALL, Start
from integration_tests.support.log_lines import CLOSING, SYNC
from sandbox import AccountSize, Fault

pytestmark = pytest.mark.usefixtures("no_retry_waits")

NOTHING = AccountSize(
    projects=0, archived_projects=0, trashed_projects=0, todos=0, messages=0, schedule_entries=0, hidden_per_project=0
)


def logged(output: Output, level: str) -> list[str]:
    return [log["message"] for log in output.of_type("LOG") if log["level"] == level]


def figures(pattern: re.Pattern[str], output: Output) -> list[dict[str, str]]:
    return [found.groupdict() for line in logged(output, "INFO") if (found := pattern.fullmatch(line))]


def numbers(found: Mapping[str, str], *names: str) -> dict[str, int]:
    return {name: int(found[name].replace(",", "")) for name in names}


def test_a_login_that_sees_no_project_succeeds_with_a_note(connect: Start) -> None:
    output = connect(NOTHING).check()
    assert output.connection == {"status": "SUCCEEDED"}
    assert logged(output, "WARN") == [
        "The connection works, but no project is visible to the user who authorised it. Basecamp shows a user only the "
        "projects that it is a member of: add the user to the projects that you want to read."
    ]


def test_each_listing_and_the_sync_close_with_figures_that_are_the_sandbox_s(connect: Start) -> None:
    connector = connect(replace(SMALL, todos=(1200, 3, 0)))
    first = connector.sandbox.account.feed("Todo")[0]["id"]
    connector.sandbox.faults.add(
        # What was read on page 1 is gone before page 3 is asked for, whose first record is now on page 2: both are
        # read again.
        Fault("status=active.*page=2", after=lambda account: account.trash(first)),
        Fault("status=active.*page=4", status=429, body="", headers={"Retry-After": "1"}),
    )
    output = connector.read(["todos"])
    log = connector.sandbox.log
    emitted = Counter(record["status"] for record in output.records("todos"))
    lines = {line["status"]: line for line in figures(CLOSING, output)}
    counts = ("counted", "read", "pages", "again", "emitted", "skipped")
    active = [request for request in log.find(r"recordings\.json", status=200) if request.query["status"] == "active"]
    again = [request for request in active if request.headers.get("cache-control") == "no-cache"]
    assert len(again) == 2
    assert {status: numbers(lines[status], *counts) for status in ("active", "archived")} == {
        "active": {
            "counted": 1199,
            "read": 1199,
            "pages": len(active),
            "again": len(again),
            "emitted": emitted["active"],
            "skipped": 0,
        },
        "archived": {"counted": 3, "read": 3, "pages": 1, "again": 0, "emitted": 3, "skipped": 0},
    }
    assert lines.keys() == {"active", "archived", "trashed"}
    assert float(lines["active"]["waited"]) >= 1
    (sync,) = figures(SYNC, output)
    assert numbers(sync, "emitted", "requests", "refused", "skipped") == {
        "emitted": len(output.records("todos")),
        "requests": len(log.requests),
        "refused": log.count(status=429),
        "skipped": 0,
    }
    assert float(sync["waited"]) >= 1
    assert float(sync["seconds"]) >= 1
    assert logged(output, "WARN") == []


def test_a_list_that_holds_more_than_basecamp_counts_is_a_warning(connect: Start) -> None:
    connector = connect(SMALL)
    connector.sandbox.faults.add(Fault("type=Todo.*status=active", headers={"X-Total-Count": "39"}, times=None))
    output = connector.read(["todos"])
    assert output.exit_code == 0
    assert logged(output, "WARN") == ["todos, active: Basecamp counts 39 records but listed 40."]


def test_a_list_without_a_count_is_noted_once(connect: Start) -> None:
    connector = connect(replace(SMALL, todos=100))
    connector.sandbox.faults.add(Fault(r"recordings\.json", headers={"X-Total-Count": None}, times=None))
    output = connector.read(["todos"])
    note = (
        f"Basecamp sent no record count for {connector.sandbox.account_url}/projects/recordings.json: records that "
        "move while it is read cannot be noticed."
    )
    assert logged(output, "INFO").count(note) == 1
    assert [line["counted"] for line in figures(CLOSING, output)] == [None, None, None]


def test_figures_stand_beside_an_incomplete_stream_too(connect: Start) -> None:
    connector = connect(SMALL)
    connector.sandbox.faults.add(Fault("status=active.*page=2", status=403, body="", times=None))
    output = connector.read(["todos"])
    lines = {line["status"]: line for line in figures(CLOSING, output)}
    assert numbers(lines["active"], "pages", "emitted") == {"pages": 1, "emitted": 15}
    assert len(figures(SYNC, output)) == 1
    assert "Traceback" not in json.dumps(output.of_type("LOG"))
