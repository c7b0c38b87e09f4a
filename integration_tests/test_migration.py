"""Airbyte's own connector is replaced where it runs: with its configuration, its saved state and its tables."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import pytest
import yaml
from jinja2 import Template

from integration_tests.support import legacy_connector
from integration_tests.support.connector import FEEDS, FIVE, ROOT, Connector, Record, by_id, truth
from sandbox import AccountSize
from source_basecamp.catalog import all_streams
from unit_tests.support.pages import fenced

PAGE = (ROOT / "docs" / "basecamp-migrations.md").read_text()
STREAMS = {stream.name: stream for stream in all_streams()}
LOOKBACK = timedelta(minutes=10)

SIZE = AccountSize(
    projects=6,
    archived_projects=0,
    trashed_projects=1,
    todos=(400, 60, 30),
    messages=(100, 20, 5),
    schedule_entries=(60, 8, 4),
)

every_time = pytest.mark.parametrize("time", legacy_connector.TIMES)
Start = Callable[..., Connector]


@pytest.fixture
def replaced(connect: Start, unhurried: None) -> Connector:
    """This connector in a connection that Airbyte's own was configured for."""
    connector = connect(SIZE)
    connector.config = legacy_connector.config(connector.sandbox)
    return connector


def since(records: Iterable[Record], cursor: str) -> list[Record]:
    """What a sync from a saved cursor reads: what changed after it, and in the lookback before it."""
    bound = datetime.fromisoformat(cursor) - LOOKBACK
    return [record for record in records if datetime.fromisoformat(record["updated_at"]) >= bound]


def change_something(connector: Connector) -> dict[int, str]:
    """Touches old records, all of them far down in the feed. What was touched, with its status after."""
    account = connector.sandbox.account
    old = [record["id"] for record in account.feed("Todo", "active")[300:303]]
    account.complete(old[0])
    account.archive(old[1])
    account.trash(old[2])
    new = account.create("Todo")["id"]
    return dict(zip([*old, new], ["active", "archived", "trashed", "active"], strict=True))


# --- configuration and state ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [int, float, str])
def test_its_configuration_is_taken_as_it_is(replaced: Connector, form: Callable[[int], object]) -> None:
    output = replaced.check(account_id=form(replaced.config["account_id"]))
    assert output.connection == {"status": "SUCCEEDED"}


@every_time
def test_with_its_state_only_what_changed_since_is_read_of_the_feeds(replaced: Connector, time: str) -> None:
    saved = legacy_connector.state(replaced.sandbox, time)
    cursors = {entry["stream"]["stream_descriptor"]["name"]: entry["stream"]["stream_state"] for entry in saved}
    changed = change_something(replaced)
    output = replaced.read_catalog(legacy_connector.catalog(), saved)
    assert (output.exit_code, output.errors) == (0, [])
    assert output.statuses == dict.fromkeys(FIVE, "COMPLETE")
    for stream in legacy_connector.INCREMENTAL:
        expected = since(truth(replaced.sandbox, stream), cursors[stream]["updated_at"])
        assert by_id(output.records(stream)) == by_id(expected), stream
    assert {record["id"]: record["status"] for record in output.records("todos")}.items() >= changed.items()
    for stream in legacy_connector.FULL_REFRESH:
        assert by_id(output.records(stream)) == by_id(truth(replaced.sandbox, stream)), stream


@every_time
def test_an_idle_sync_with_its_state_asks_for_the_first_page_of_each_listing(replaced: Connector, time: str) -> None:
    replaced.read_catalog(legacy_connector.catalog(), legacy_connector.state(replaced.sandbox, time))
    for stream in legacy_connector.INCREMENTAL:
        asked = replaced.sandbox.log.find(r"recordings\.json", type=FEEDS[stream])
        assert sorted(request.query["status"] for request in asked) == ["active", "archived", "trashed"], stream


@every_time
def test_what_was_archived_or_trashed_before_its_last_sync_comes_with_a_refresh(replaced: Connector, time: str) -> None:
    """Its one cursor stands for all three listings: what it never read is older than that."""
    kept = replaced.read_catalog(legacy_connector.catalog(), legacy_connector.state(replaced.sandbox, time))
    refreshed = replaced.read_catalog(legacy_connector.catalog())
    unread = {"archived", "trashed"}
    for stream in legacy_connector.INCREMENTAL:
        missing = by_id(truth(replaced.sandbox, stream)).keys() - by_id(kept.records(stream)).keys()
        older = [record for record in refreshed.records(stream) if record["id"] in missing]
        assert {record["status"] for record in older} >= unread, stream
        assert by_id(refreshed.records(stream)) == by_id(truth(replaced.sandbox, stream)), stream


@every_time
def test_schedule_entries_are_read_from_the_beginning_when_they_are_made_incremental(
    replaced: Connector, time: str
) -> None:
    saved = legacy_connector.state(replaced.sandbox, time)
    first = replaced.read(["schedule_entries"], state=saved)
    assert (first.exit_code, first.errors) == (0, [])
    assert by_id(first.records("schedule_entries")) == by_id(truth(replaced.sandbox, "schedule_entries"))
    entry = replaced.sandbox.account.create("Schedule::Entry")
    second = replaced.read(["schedule_entries"], state=first.state, lookback_minutes=0)
    assert entry["id"] in by_id(second.records("schedule_entries"))
    assert len(second.records("schedule_entries")) <= 1 + 3


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_notice_of_airbyte_and_the_page_say_the_same() -> None:
    """The platform shows the message of metadata.yaml and leads to the page's section of that version."""
    breaking = yaml.safe_load((ROOT / "metadata.yaml").read_text())["data"]["releases"]["breakingChanges"]
    for version, change in breaking.items():
        _, found, section = PAGE.partition(f"## Upgrading to {version}\n")
        assert found, version
        quoted = " ".join(line.removeprefix(">").strip() for line in section.split("\n") if line.startswith(">"))
        assert quoted == " ".join(change["message"].split())
        assert change["upgradeDeadline"] in section


@pytest.mark.parametrize("stream", FIVE)
def test_every_column_is_still_there(stream: str) -> None:
    columns = {column for columns in legacy_connector.COLUMNS[stream].values() for column in columns}
    assert columns <= STREAMS[stream].schema["properties"].keys()


def test_the_page_lists_exactly_the_columns_that_change_their_type() -> None:
    rows = re.findall(r"^\| `(\w+)` \|(.*?)\|(.*?)\|$", PAGE, re.MULTILINE)
    told = {
        (stream, column, after)
        for stream, integers, times in rows
        for cell, after in ((integers, "integer"), (times, "date-time"))
        for column in re.findall(r"`(\w+)`", cell)
    }
    assert told == {
        (stream, column, now)
        for stream, types in legacy_connector.COLUMNS.items()
        for before, columns in types.items()
        for column in columns
        if (now := type_of(stream, column)) != before
    }


def type_of(stream: str, column: str) -> str:
    declared = STREAMS[stream].schema["properties"][column]
    kinds = [kind for kind in declared["type"] if kind != "null"] if isinstance(declared["type"], list) else None
    if declared.get("airbyte_type") == "timestamp_with_timezone":
        return str(declared["format"])
    return kinds[0] if kinds else str(declared["type"])


def test_the_queries_of_the_page_leave_the_rows_that_the_old_connector_read(replaced: Connector) -> None:
    replaced.sandbox.account.archive(replaced.sandbox.account.projects()[0]["id"])
    output = replaced.read_catalog(legacy_connector.catalog())
    warehouse = sqlite3.connect(":memory:")
    for stream in FIVE:
        warehouse.execute(
            f"CREATE TABLE {stream} (id INTEGER PRIMARY KEY, status TEXT, project_id INTEGER, bucket TEXT)"
        )
        records = output.records(stream)
        rows = [(r["id"], r.get("status"), r.get("project_id"), json.dumps(r.get("bucket"))) for r in records]
        warehouse.executemany(f"INSERT INTO {stream} VALUES (?, ?, ?, ?)", rows)
    queries = [
        *fenced(PAGE, "sql"),
        *(Template(model).render(source=lambda _, table: table) for model in fenced(PAGE, "jinja")),
    ]
    assert len(queries) == len(fenced(PAGE, "sql")) + 1
    asked = set()
    for query in filter(str.strip, ";".join(queries).split(";")):
        (table,) = re.findall(r"^from (\w+)", query, re.MULTILINE)
        asked.add(table)
        left = {row[0] for row in warehouse.execute(query)}
        assert left == {record["id"] for record in read_by_the_old_connector(replaced, table)}, table
    assert asked == set(FIVE)


def read_by_the_old_connector(connector: Connector, stream: str) -> list[Record]:
    account = connector.sandbox.account
    if stream in FEEDS:
        return account.feed(FEEDS[stream], "active")
    active = account.projects("active")
    if stream == "projects":
        return active
    return [tool for project in active for tool in project["dock"] if tool["name"] == "schedule"]
