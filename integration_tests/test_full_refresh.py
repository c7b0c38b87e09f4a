"""A full sync equals the account."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from integration_tests.support.connector import FIVE, Connector, by_id, truth
from integration_tests.support.sizes import EMPTY, MANY_PAGES, ONE_PAGE, floor, pages
from sandbox import AccountSize

pytestmark = pytest.mark.usefixtures("unhurried")


@pytest.mark.parametrize("size", [EMPTY, ONE_PAGE, MANY_PAGES], ids=["empty", "one page", "many pages"])
def test_every_record_arrives_with_every_field_as_basecamp_sent_it_in_the_fewest_requests(
    connect_process: Callable[..., Connector], size: AccountSize
) -> None:
    connector = connect_process(size)
    output = connector.read()
    assert output.exit_code == 0
    assert output.statuses == dict.fromkeys(FIVE, "COMPLETE")
    for stream in FIVE:
        expected = truth(connector.sandbox, stream)
        assert len(output.records(stream)) == len(expected), stream
        assert by_id(output.records(stream)) == by_id(expected), stream
    assert len(connector.sandbox.log.requests) == floor(size)


def test_integers_past_2_to_the_53_survive(connect: Callable[..., Connector]) -> None:
    connector = connect(ONE_PAGE)
    ids = {record["id"] for record in connector.read(["todos"]).records("todos")}
    huge = {record["id"] for record in truth(connector.sandbox, "todos") if record["id"] > 2**53}
    assert huge
    assert huge <= ids


@pytest.mark.parametrize("streams", [["projects"], ["schedules"], ["schedules", "projects"]], ids=" ".join)
def test_projects_json_is_read_once_per_status_however_many_streams_need_it(
    connect: Callable[..., Connector], streams: list[str]
) -> None:
    connector = connect(MANY_PAGES)
    output = connector.read(streams)
    assert (output.exit_code, output.errors) == (0, [])
    assert {stream: len(output.records(stream)) for stream in streams} == {
        stream: len(truth(connector.sandbox, stream)) for stream in streams
    }
    assert connector.sandbox.log.count("/projects.json") == sum(map(pages, MANY_PAGES.project_counts()))


def test_start_date_leaves_out_what_was_last_changed_before_it(connect: Callable[..., Connector]) -> None:
    connector = connect(MANY_PAGES)
    todos = truth(connector.sandbox, "todos")
    start = sorted(todo["updated_at"] for todo in todos)[len(todos) // 2]
    output = connector.read(["todos"], start_date=start)
    # A start date has whole seconds: everything in its second is read.
    expected = [todo for todo in todos if todo["updated_at"] >= start[:19]]
    assert by_id(output.records("todos")) == by_id(expected)
