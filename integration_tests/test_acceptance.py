"""What Airbyte's retired acceptance tests asked of a connector, and its standard tests do not, in all streams.

As those did, each looks only at what runs printed, with the files that `acceptance-test-config.yml` names.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import yaml
from airbyte_cdk.sources.types import StreamSlice

from integration_tests.support.connector import (
    ALL_FEEDS,
    CATALOG,
    INCREMENTAL,
    ROOT,
    STREAMS,
    InProcess,
    Message,
    Output,
    Record,
)
from integration_tests.support.patches import no_waiting
from integration_tests.support.samples import EXPECTED_RECORDS, changed_parents
from sandbox import Sandbox
from source_basecamp.pagination import listing_name

(SECTION,) = yaml.safe_load((ROOT / "acceptance-test-config.yml").read_text())["acceptance_tests"]["incremental"][
    "tests"
]
FUTURE: list[Message] = json.loads((ROOT / SECTION["future_state"]["future_state_path"]).read_text())
EXPECTED: list[Message] = [json.loads(line) for line in EXPECTED_RECORDS.read_text().split("\n") if line]

# For the reads, which one process is to make for all tests here, and not each that has some of them.
pytestmark = pytest.mark.slow


@dataclass
class Reads:
    """What four reads of the same account printed."""

    full: Output
    incremental: Output
    continued: Output
    """From the state that `incremental` ended with."""
    future: Output
    """From a state that lies ahead of every record."""


@pytest.fixture(scope="module")
def reads(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reads]:
    with Sandbox(rate_limit=False) as sandbox, no_waiting():
        connector = InProcess(sandbox, tmp_path_factory.mktemp("acceptance"))
        connector.config = json.loads((ROOT / SECTION["config_path"]).read_text())
        incremental = connector.read(STREAMS, lookback_minutes=0)
        yield Reads(
            connector.read(STREAMS, sync_mode="full_refresh"),
            incremental,
            connector.read(OF_OWN_CURSOR, state=incremental.state, lookback_minutes=0, timesheet_lookback_days=0),
            connector.read(sorted(INCREMENTAL), state=FUTURE),
        )


def counted(records: list[Record]) -> Counter[str]:
    return Counter(json.dumps(record, sort_keys=True) for record in records)


def cursor_field(stream: str) -> str:
    return str(CATALOG[stream].cursor)


def cursors(state: Message) -> dict[str, str]:
    """The cursors of a state message, by the listing whose records each belongs to; one without any has them all."""
    saved, field = state["stream"]["stream_state"], cursor_field(state["stream"]["stream_descriptor"]["name"])
    if saved.get("use_global_cursor"):
        # What it knows is what the listings of its parents knew.
        return {
            f"{parent}, {listing_name(StreamSlice(partition=p['partition'], cursor_slice={}))}": p["cursor"][
                "updated_at"
            ]
            for parent, of_parent in saved["parent_state"].items()
            for p in of_parent["states"]
        }
    parts = saved.get("states") or [{"partition": {}, "cursor": saved}]
    return {listing_name(StreamSlice(partition=p["partition"], cursor_slice={})): p["cursor"][field] for p in parts}


def listing_of(reads: Reads, stream: str, record: Record) -> str:
    """The listing whose cursor a record moves."""
    if stream not in ALL_FEEDS:
        return ""
    archived = {project["id"] for project in reads.full.records("projects") if project["status"] == "archived"}
    return str(record["status"]) + (", archived projects" if record["bucket"]["id"] in archived else "")


def states(output: Output, stream: str) -> list[Message]:
    return [state for state in output.of_type("STATE") if state["stream"]["stream_descriptor"]["name"] == stream]


def test_every_read_succeeds(reads: Reads) -> None:
    for output, streams in zip(vars(reads).values(), (STREAMS, STREAMS, OF_OWN_CURSOR, INCREMENTAL), strict=True):
        assert (output.exit_code, output.errors) == (0, [])
        assert output.statuses == dict.fromkeys(streams, "COMPLETE")


@pytest.mark.parametrize("expected", EXPECTED, ids=lambda line: line["stream"])
def test_the_expected_record_comes(reads: Reads, expected: Message) -> None:
    assert expected["data"] in reads.full.records(expected["stream"])


def test_a_record_is_expected_of_every_stream() -> None:
    assert [line["stream"] for line in EXPECTED] == list(STREAMS)


OF_OWN_CURSOR = sorted(name for name in INCREMENTAL if not changed_parents(CATALOG[name]))
"""Of the others, a record that has changed brings all that ever happened to it."""


@pytest.mark.parametrize("stream", OF_OWN_CURSOR)
def test_no_record_lies_before_the_state_that_a_read_starts_from(reads: Reads, stream: str) -> None:
    (state,) = [state for state in reads.incremental.state if state["stream"]["stream_descriptor"]["name"] == stream]
    since = cursors(state)
    records = reads.continued.records(stream)
    assert all(record[cursor_field(stream)] >= since[listing_of(reads, stream, record)] for record in records)
    assert len(records) < len(reads.incremental.records(stream))


@pytest.mark.parametrize("stream", STREAMS)
def test_an_incremental_read_without_a_state_brings_what_a_full_refresh_brings(reads: Reads, stream: str) -> None:
    """Of a stream without a cursor, both are full refreshes: two of them bring the same."""
    assert counted(reads.incremental.records(stream)) == counted(reads.full.records(stream))
    assert max(counted(reads.full.records(stream)).values()) == 1


@pytest.mark.parametrize("stream", OF_OWN_CURSOR)
def test_no_state_goes_back_and_the_last_is_the_newest_record(reads: Reads, stream: str) -> None:
    history = [cursors(state) for state in states(reads.incremental, stream)]
    for before, after in pairwise(history):
        assert all(after[listing] >= cursor for listing, cursor in before.items())
    # An empty listing has the configuration's start date as its cursor. An id is no date.
    newest: dict[str, Any] = {
        listing: 0 if isinstance(cursor, int) else "2020-01-01T00:00:00.000Z" for listing, cursor in history[-1].items()
    }
    for record in reads.incremental.records(stream):
        listing = listing_of(reads, stream, record)
        newest[listing] = max(newest[listing], record[cursor_field(stream)])
    assert history[-1] == newest


@pytest.mark.parametrize("stream", STREAMS)
def test_the_last_state_follows_the_last_record_and_states_count_what_they_cover(reads: Reads, stream: str) -> None:
    kinds = [message["type"] for message in reads.incremental.messages if stream_of(message) == stream]
    assert kinds[-1] == "STATE"
    counts = [state["sourceStats"]["recordCount"] for state in states(reads.incremental, stream)]
    covered = "".join(kind[0] for kind in kinds).split("S")[:-1]
    assert counts == [len(records) for records in covered]


def stream_of(message: Message) -> Any:
    """The stream of a record or a state."""
    if message["type"] == "STATE":
        return message["state"]["stream"]["stream_descriptor"]["name"]
    return message.get("record", {}).get("stream")


def test_every_incremental_stream_has_a_future_state() -> None:
    assert {state["stream"]["stream_descriptor"]["name"] for state in FUTURE} == INCREMENTAL


@pytest.mark.parametrize("future", FUTURE, ids=lambda state: state["stream"]["stream_descriptor"]["name"])
def test_from_a_state_in_the_future_nothing_comes_and_it_is_set_right(reads: Reads, future: Message) -> None:
    """By Basecamp's clock: it would hide every change until that day. An id, which only Basecamp can give, stays."""
    stream = future["stream"]["stream_descriptor"]["name"]
    assert reads.future.records(stream) == []
    left, given = cursors(states(reads.future, stream)[-1]), cursors(future)
    assert left.keys() == given.keys()
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    if isinstance(given.get(""), int):
        assert left == given
    else:
        assert max(left.values()) < tomorrow < min(given.values())
