"""A wrong clock hides nothing, and the rate limit is used as far as it goes and no further."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from integration_tests.support.connector import FEEDS, FIVE, Connector, Output, by_id, cursors, truth
from sandbox import AccountSize, Sandbox

SMALL = AccountSize(archived_projects=0, todos=(60, 5, 5), messages=(20, 2, 2), schedule_entries=(20, 2, 2))
DAYS = 86_400

SHIFTED_CLOCK = """
import datetime, time
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
datetime.datetime = Shifted
"""
"""What Python runs first when it is the `sitecustomize` module."""

Connect = Callable[..., Connector]


def warnings(output: Output) -> list[str]:
    return [log["message"] for log in output.of_type("LOG") if log["level"] not in ("INFO", "DEBUG")]


def assert_two_syncs_bring_everything(connector: Connector) -> Output:
    """Also what changes between them; and no clock is complained about, for none delays anything. The second sync."""
    account = connector.sandbox.account
    first = connector.read()
    account.trash(account.feed("Todo")[50]["id"])
    account.create("Message")
    account.update(account.feed("Schedule::Entry")[10]["id"])
    second = connector.read(state=first.state)
    for output in (first, second):
        assert output.exit_code == 0
        assert warnings(output) == []
    for stream, type in FEEDS.items():
        assert by_id([*first.records(stream), *second.records(stream)]) == by_id(truth(connector.sandbox, stream))
        assert cursors(second)[stream, "active"] == account.feed(type)[0]["updated_at"]
    return second


@pytest.mark.parametrize("seconds", [-400 * DAYS, -300, 300, 400 * DAYS])
def test_a_wrong_clock_of_this_machine_hides_and_delays_nothing(
    connect_command: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    (tmp_path / "sitecustomize.py").write_text(SHIFTED_CLOCK.format(seconds=seconds))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    connector = connect_command(SMALL)
    told = assert_two_syncs_bring_everything(connector).of_type("RECORD")[0]["emitted_at"] / 1000
    assert told == pytest.approx(time.time() + seconds, abs=120)


@pytest.mark.parametrize("seconds", [-400 * DAYS, -300, 300, 400 * DAYS])
def test_a_wrong_clock_of_basecamp_hides_and_delays_nothing(connect: Connect, seconds: int) -> None:
    connector = connect(SMALL)
    connector.sandbox.switches.clock_skew_seconds = seconds
    assert_two_syncs_bring_everything(connector)


def test_a_record_from_the_future_is_read_and_moves_the_state(connect: Connect) -> None:
    connector = connect(SMALL)
    account = connector.sandbox.account
    for number, record in enumerate(account.feed("Todo")[10:40]):
        account.update(record["id"], updated_at=f"2131-01-01T00:00:{number:02}.000Z")
    first = connector.read(["todos"])
    assert by_id(first.records("todos")) == by_id(truth(connector.sandbox, "todos"))
    assert cursors(first)["todos", "active"] == "2131-01-01T00:00:29.000Z"
    late = account.update(account.feed("Todo")[-1]["id"], updated_at="2131-01-01T00:00:30.000Z")
    second = connector.read(["todos"], state=first.state, lookback_minutes=0)
    assert late["id"] in by_id(second.records("todos"))
    assert cursors(second)["todos", "active"] == "2131-01-01T00:00:30.000Z"
    assert warnings(first) + warnings(second) == []


# 45 seconds, for the rate limit is the real one.
@pytest.mark.slow
def test_a_sync_of_250_requests_meets_no_429_and_takes_hardly_longer_than_the_limit_demands(
    connect_process: Connect,
) -> None:
    connector = connect_process(
        AccountSize(archived_projects=0, todos=8_000, messages=8_000, schedule_entries=7_500), rate_limit=True
    )
    output = connector.read()
    assert output.exit_code == 0
    assert output.counts() | {"todos": 8_000, "messages": 8_000, "schedule_entries": 7_500} == output.counts()
    requests = connector.sandbox.log.api
    assert 240 <= len(requests) <= 260
    assert {request.status for request in requests} == {200}
    least = 10 * ((len(requests) - 1) // 50)
    assert requests[-1].time_monotonic - requests[0].time_monotonic <= 1.2 * least


# 30 seconds, for the same reason.
@pytest.mark.slow
def test_two_syncs_at_once_from_one_address_wait_for_each_other_and_lose_nothing(tmp_path: Path) -> None:
    size = AccountSize(todos=1_200, messages=1_200, schedule_entries=1_200)
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    with Sandbox(size) as sandbox, ThreadPoolExecutor() as pool:
        outputs = list(pool.map(lambda folder: Connector(sandbox, folder).read(), folders))
        assert sandbox.log.count(status=429) > 0
        for output in outputs:
            assert output.exit_code == 0
            for stream in FIVE:
                assert by_id(output.records(stream)) == by_id(truth(sandbox, stream)), stream
