"""What a person reads: what happened, to what, and what to do next; in `check` and in `read` the same words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from integration_tests.support.connector import Connector
from integration_tests.support.faults import SMALL, assert_no_stack_trace
from integration_tests.support.messages import CASES, MessageCase, says, without_system_words
from source_basecamp.error_handler import BasecampErrorHandler

Start = Callable[..., Connector]

pytestmark = pytest.mark.usefixtures("unhurried")

STREAMS = ("projects", "todos")
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@every_case
def test_check_says_what_is_wrong(connect: Start, monkeypatch: pytest.MonkeyPatch, case: MessageCase) -> None:
    connector = connect(SMALL)
    case.arrange(connector, monkeypatch)
    output = connector.check()
    assert output.exit_code == 0
    assert output.connection["status"] == "FAILED"
    assert without_system_words(output.connection["message"]) == says(case, connector)
    assert_no_stack_trace(output)


@every_case
def test_read_says_it_in_the_same_words(connect: Start, monkeypatch: pytest.MonkeyPatch, case: MessageCase) -> None:
    connector = connect(SMALL)
    case.arrange(connector, monkeypatch)
    # Name servers are slow to say no for the fiftieth time.
    monkeypatch.setattr(BasecampErrorHandler, "max_retries", 1)
    output = connector.read(STREAMS)
    assert output.exit_code == 1
    assert output.statuses == dict.fromkeys(STREAMS, "INCOMPLETE")
    told = {(without_system_words(error["message"]), error["failure_type"]) for error in output.errors}
    assert told == {(says(case, connector), case.failure_type)}
    assert_no_stack_trace(output)
