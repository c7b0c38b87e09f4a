"""A wrong clock hides nothing, and the rate limit is used as far as it goes and no further."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integration_tests.support.connector import FEEDS, FIVE, Connector, Forked, Output, by_id, cursors, truth
from integration_tests.support.fork_server import RUN
from sandbox import AccountSize, Sandbox

SMALL = AccountSize(archived_projects=0, todos=(60, 5, 5), messages=(20, 2, 2), schedule_entries=(20, 2, 2))
DAYS = 86_400
READ = (*FIVE, "timesheet_entries")

SHIFTED_CLOCK = """
import datetime, sys, time
real, real_time, real_time_ns = datetime.datetime, time.time, time.time_ns
class Shifted(real):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + datetime.timedelta(seconds={seconds})
    @classmethod
    def utcnow(cls):
        return super().utcnow() + datetime.timedelta(seconds={seconds})
time.time = lambda: real_time() + {seconds}
time.time_ns = lambda: real_time_ns() + {seconds} * 10**9
for module in [*sys.modules.values()]:
    for name in [name for name, value in vars(module).items() if value is real]:
        setattr(module, name, Shifted)
"""
"""Sets the clock of a process, also for what is imported already."""

Connect = Callable[..., Connector]


def day(ahead: int) -> str:
    return f"{datetime.now(UTC) + timedelta(days=ahead):%Y-%m-%d}"


def warnings(output: Output) -> list[str]:
    return [log["message"] for log in output.of_type("LOG") if log["level"] not in ("INFO", "DEBUG")]


def assert_two_syncs_bring_everything(connector: Connector) -> Output:
    """Also what changes between them; and no clock is complained about, for none delays anything. The second sync."""
    account = connector.sandbox.account
    entered = {account.create("Timesheet::Entry", date=day(ahead))["id"] for ahead in (-7, 7)}
    first = connector.read(READ)
    account.trash(account.feed("Todo")[50]["id"])
    account.create("Message")
    account.update(account.feed("Schedule::Entry")[10]["id"])
    second = connector.read(READ, state=first.state)
    for output in (first, second):
        assert output.exit_code == 0
        assert warnings(output) == []
        assert entered <= by_id(output.records("timesheet_entries")).keys()
    for stream, type in FEEDS.items():
        assert by_id([*first.records(stream), *second.records(stream)]) == by_id(truth(connector.sandbox, stream))
        assert cursors(second)[stream, "active"] == account.feed(type)[0]["updated_at"]
    return second


@pytest.mark.parametrize("seconds", [-400 * DAYS, 400 * DAYS])
def test_a_wrong_clock_of_this_machine_hides_and_delays_nothing(connect_process: Connect, seconds: int) -> None:
    connector = connect_process(SMALL)
    connector.program = SHIFTED_CLOCK.format(seconds=seconds) + RUN
    told = assert_two_syncs_bring_everything(connector).of_type("RECORD")[0]["emitted_at"] / 1000
    assert told == pytest.approx(time.time() + seconds, abs=120)


@pytest.mark.parametrize("seconds", [-200 * DAYS, -300, 300, 400 * DAYS])
def test_a_wrong_clock_of_basecamp_hides_and_delays_nothing(connect: Connect, seconds: int) -> None:
    connector = connect(SMALL)
    connector.sandbox.switches.clock_skew_seconds = seconds
    assert_two_syncs_bring_everything(connector)


@pytest.mark.parametrize("stream", [*FEEDS, "timeline_events"])
def test_a_record_from_the_future_is_read_and_hides_no_change(connect: Connect, stream: str) -> None:
    """The state stays where Basecamp's own clock is, and one warning says why."""
    connector = connect(SMALL)
    account = connector.sandbox.account
    connector.sandbox.switches.account_time = True

    def put(at: str | None) -> int:
        if stream == "timeline_events":
            return int(account.add_event(**({"created_at": at} if at else {}))["id"])
        changed = account.feed(FEEDS[stream])[-1]["id"]
        return int(account.update(changed, **({"updated_at": at} if at else {}))["id"])

    future = put("2099-12-24T00:00:00.000Z")
    first = connector.read([stream])
    assert by_id(first.records(stream)) == by_id(truth(connector.sandbox, stream))
    changed = put(None)
    second = connector.read([stream], state=first.state, lookback_minutes=0)
    assert {future, changed} <= by_id(second.records(stream)).keys()
    for output in (first, second):
        assert [text.partition(":")[0] for text in warnings(output)] == [stream]
        assert "2099" not in str(output.state)


def test_time_entered_for_a_day_to_come_is_read_and_hides_no_other(connect: Connect) -> None:
    connector = connect(SMALL)
    account = connector.sandbox.account
    planned = account.create("Timesheet::Entry", date="2099-12-24")["id"]
    first = connector.read(["timesheet_entries"])
    assert planned in by_id(first.records("timesheet_entries"))
    assert first.state[0]["stream"]["stream_state"]["date"] <= day(0)
    late = account.create("Timesheet::Entry", date=day(-20))["id"]
    connector.sandbox.log.clear()
    second = connector.read(["timesheet_entries"], state=first.state)
    assert {planned, late} <= by_id(second.records("timesheet_entries")).keys()
    assert connector.sandbox.log.count("/timesheet") == 1
    assert warnings(first) + warnings(second) == []


# 20 seconds, for the rate limit is the real one.
@pytest.mark.slow
def test_a_sync_of_110_requests_meets_no_429_and_takes_hardly_longer_than_the_limit_demands(
    connect_process: Connect,
) -> None:
    connector = connect_process(
        AccountSize(archived_projects=0, todos=3_200, messages=3_200, schedule_entries=3_000), rate_limit=True
    )
    output = connector.read()
    assert output.exit_code == 0
    assert output.counts() | {"todos": 3_200, "messages": 3_200, "schedule_entries": 3_000} == output.counts()
    requests = connector.sandbox.log.api
    assert 105 <= len(requests) <= 120
    assert {request.status for request in requests} == {200}
    least = 10 * ((len(requests) - 1) // 50)
    assert requests[-1].time_monotonic - requests[0].time_monotonic <= 1.2 * least


# Half as long, for the same reason.
@pytest.mark.slow
def test_two_syncs_at_once_from_one_address_wait_for_each_other_and_lose_nothing(tmp_path: Path) -> None:
    size = AccountSize(todos=600, messages=600, schedule_entries=600)
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    with Sandbox(size) as sandbox, ThreadPoolExecutor() as pool:
        outputs = list(pool.map(lambda folder: Forked(sandbox, folder).read(), folders))
        assert sandbox.log.count(status=429) > 0
        for output in outputs:
            assert output.exit_code == 0
            for stream in FIVE:
                assert by_id(output.records(stream)) == by_id(truth(sandbox, stream)), stream
