"""What costs a request for each record is read where it is named only, and asks for no record that has nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from integration_tests.support.cli import Person
from integration_tests.support.connector import BY_DEFAULT, CATALOG, Connector, truth
from integration_tests.support.faults import unavailable
from integration_tests.support.sync import here
from sandbox import AccountSize, Fault

Start = Callable[..., Connector]

SMALL = AccountSize(
    projects=4,
    archived_projects=1,
    trashed_projects=1,
    todos=(20, 2, 1),
    messages=(10, 2, 1),
    schedule_entries=(10, 1, 1),
    campfire_lines=10,
    timesheet_entries=5,
)
PER_RECORD = {
    "boosts": r"/recordings/(\d+)/boosts\.json",
    "upload_versions": r"/uploads/(\d+)/versions\.json",
    "recording_events": r"/recordings/(\d+)/events\.json",
}


def asked(connector: Connector, stream: str) -> list[int]:
    """The records that were asked for it."""
    paths = [request.path for request in connector.sandbox.log.find(PER_RECORD[stream])]
    return [int(re.findall(PER_RECORD[stream], path)[0]) for path in paths]


def test_they_are_those_that_say_so() -> None:
    assert CATALOG.keys() - set(BY_DEFAULT) == PER_RECORD.keys()
    assert all(CATALOG[stream].cost.endswith("on request") for stream in PER_RECORD)


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("stream", PER_RECORD)
def test_each_record_that_has_something_is_asked_once_and_no_other(connect: Start, stream: str) -> None:
    connector = connect(SMALL)
    output = connector.read([stream])
    assert output.statuses == {stream: "COMPLETE"}
    records = set(asked(connector, stream))
    assert sorted(records) == sorted({record["recording_id"] for record in truth(connector.sandbox, stream)})
    if stream != "recording_events":
        assert not [id for id in records if connector.sandbox.account.record(id)["status"] == "trashed"]  # type: ignore[index]


@pytest.mark.usefixtures("unhurried")
def test_the_versions_of_an_upload_that_never_changed_are_not_asked_for(connect: Start) -> None:
    connector = connect(SMALL)
    connector.read(["upload_versions"])
    uploads = {upload["id"]: upload for upload in truth(connector.sandbox, "uploads")}
    untouched = {id for id, upload in uploads.items() if upload["created_at"][:19] == upload["updated_at"][:19]}
    assert untouched
    assert not untouched.intersection(asked(connector, "upload_versions"))


@pytest.mark.usefixtures("unhurried")
def test_the_next_sync_asks_the_uploads_that_have_changed_for_their_versions(connect: Start) -> None:
    connector = connect(SMALL)
    first = connector.read(["upload_versions"])
    connector.sandbox.log.clear()
    changed = connector.sandbox.account.update(connector.sandbox.account.feed("Upload")[9]["id"])["id"]
    second = connector.read(["upload_versions"], state=first.state, lookback_minutes=0)
    assert {version["recording_id"] for version in second.records("upload_versions")} >= {changed}
    # The last record of each listing lies on its boundary.
    assert {changed} <= set(uploads := asked(connector, "upload_versions"))
    assert len(uploads) <= 4
    brought = {version["id"] for output in (first, second) for version in output.records("upload_versions")}
    assert brought >= {version["id"] for version in truth(connector.sandbox, "upload_versions")}


@pytest.mark.usefixtures("unhurried")
@pytest.mark.parametrize("stream", PER_RECORD)
@pytest.mark.parametrize("status", [403, 404])
def test_a_record_that_is_gone_is_skipped(connect: Start, stream: str, status: int) -> None:
    connector = connect(SMALL)
    gone = truth(connector.sandbox, stream)[0]["recording_id"]
    connector.sandbox.faults.add(Fault(PER_RECORD[stream].replace(r"(\d+)", str(gone)), status=status, body=""))
    output = connector.read([stream])
    assert output.statuses == {stream: "COMPLETE"}
    expected = [record["id"] for record in truth(connector.sandbox, stream) if record["recording_id"] != gone]
    assert sorted(record["id"] for record in output.records(stream)) == sorted(expected)
    warnings = [log["message"] for log in output.of_type("LOG") if log["level"] == "WARN"]
    assert len(warnings) == 1
    assert f"answered {status}" in warnings[0]


@pytest.mark.usefixtures("unhurried")
def test_a_listing_that_fails_hides_no_boost_of_another(connect: Start) -> None:
    connector = connect(SMALL)
    connector.sandbox.faults.add(Fault("type=Message.*status=archived", status=500, body="", times=None))
    output = connector.read(["boosts"])
    assert output.statuses == {"boosts": "INCOMPLETE"}
    path = f"/{SMALL.account_id}/projects/recordings.json"
    assert {error["failure_type"] for error in output.errors} == {"transient_error"}
    assert all(unavailable(500).format(path=path) in error["message"] for error in output.errors)
    archived = {one["id"] for one in truth(connector.sandbox, "messages") if one["status"] == "archived"}
    left = {boost["id"] for boost in truth(connector.sandbox, "boosts") if boost["recording_id"] not in archived}
    assert {boost["id"] for boost in output.records("boosts")} == left


def test_a_sync_and_a_check_up_without_names_ask_for_none_of_them(connect: Start, tmp_path: Path) -> None:
    syncing = here(connect(AccountSize(projects=1, archived_projects=0, trashed_projects=0, todos=5)), tmp_path)
    ended = syncing.sync()
    assert ended.exit_code == 0
    assert not any(map(syncing.sandbox.log.count, PER_RECORD.values()))
    assert syncing.sync("--streams", "boosts").exit_code == 0
    assert syncing.sandbox.log.count(PER_RECORD["boosts"])


def test_a_check_up_that_names_one_says_what_it_costs(start: Callable[..., Person]) -> None:
    person = start(SMALL)
    shown = person.run_here("doctor", "--streams", ",".join(PER_RECORD), "--json")
    assert shown.exit_code == 0
    requests = {found["stream"]: found["requests"] for found in shown.json["streams"]}
    assert min(requests.values()) > 0
    assert all("or more" in found["note"] for found in shown.json["streams"])
    records = [record for type in ("Todo", "Kanban::Card") for record in person.sandbox.account.records(type)]
    assert requests["recording_events"] == sum(record["status"] == "active" for record in records)


def test_a_check_up_counts_what_would_be_asked_by_a_listing_of_each_kind_of_projects(
    start: Callable[..., Person],
) -> None:
    person = start(SMALL)
    person.run_here("doctor", "--streams", "recording_events", "--json")
    log = person.sandbox.log
    assert log.count(r"recordings\.json") == 4
    assert log.count(PER_RECORD["recording_events"]) == 1
