"""What is done about each answer, and what a person reads if it stays so."""

from __future__ import annotations

import pytest
import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.http.error_handlers import ResponseAction

from source_basecamp import error_handler
from source_basecamp.error_handler import BasecampErrorHandler, RetryBackoff
from source_basecamp.transport import UnreadableAnswer

RETRY, FAIL, IGNORE = ResponseAction.RETRY, ResponseAction.FAIL, ResponseAction.IGNORE
CONFIG, TRANSIENT, SYSTEM = FailureType.config_error, FailureType.transient_error, FailureType.system_error
PATH = "/7/projects.json"


def handler(skippable: bool = False) -> BasecampErrorHandler:
    return BasecampErrorHandler(config={"account_id": 7}, parameters={}, skippable=skippable)


def answer(status: int, text: str = "", **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code, response._content = status, text.encode()
    response.url = f"https://3.basecampapi.com{PATH}?page=2"
    response.headers.update(headers)
    return response


@pytest.mark.parametrize(
    ("given", "action", "failure", "message"),
    [
        (answer(401), ResponseAction.REFRESH_TOKEN_THEN_RETRY, CONFIG, error_handler.TOKEN_REFUSED),
        (answer(403), FAIL, CONFIG, error_handler.FORBIDDEN),
        (answer(404), FAIL, CONFIG, error_handler.ACCOUNT_UNKNOWN),
        (answer(408), RETRY, TRANSIENT, error_handler.UNAVAILABLE),
        (answer(418), FAIL, SYSTEM, error_handler.UNEXPECTED),
        (answer(429), ResponseAction.RATE_LIMITED, TRANSIENT, error_handler.RATE_LIMITED),
        *((answer(status), RETRY, TRANSIENT, error_handler.UNAVAILABLE) for status in (500, 502, 503, 504, 520)),
        *((answer(status, "Unknown Basecamp ID"), FAIL, CONFIG, error_handler.USER_REMOVED) for status in (401, 404)),
        (answer(404, Reason="Account Inactive"), FAIL, CONFIG, error_handler.ACCOUNT_INACTIVE),
        (answer(507, Reason="Account Inactive"), FAIL, CONFIG, error_handler.ACCOUNT_INACTIVE),
    ],
    ids=lambda value: str(value.status_code) if isinstance(value, requests.Response) else "",
)
@pytest.mark.parametrize("skippable", [False, True])
def test_each_answer_has_a_ruling_and_a_message(
    given: requests.Response, action: ResponseAction, failure: FailureType, message: str, skippable: bool
) -> None:
    told = message.format(path=PATH, status=given.status_code, account_id=7)
    if skippable and action == FAIL and message in (error_handler.FORBIDDEN, error_handler.ACCOUNT_UNKNOWN):
        action, failure, told = IGNORE, None, error_handler.SKIPPED.format(path=PATH, status=given.status_code)
    ours = handler(skippable)
    ruling = ours.interpret_response(given)
    assert (ruling.response_action, ruling.failure_type, ruling.error_message) == (action, failure, told)
    assert ours.last_message == told


def test_a_good_answer_is_a_success() -> None:
    ours = handler()
    assert ours.interpret_response(answer(200)).response_action == ResponseAction.SUCCESS
    assert ours.last_message is None


@pytest.mark.parametrize("skippable", [False, True])
def test_an_answer_that_did_not_arrive_whole_is_asked_for_again(skippable: bool) -> None:
    ruling = handler(skippable).interpret_response(UnreadableAnswer("It was cut off."))
    assert (ruling.response_action, ruling.failure_type) == (RETRY, TRANSIENT)
    assert ruling.error_message == "It was cut off. Nothing is lost: try again later."


@pytest.mark.parametrize("attempt", range(1, 8))
def test_retries_wait_longer_each_time_but_never_longer_than_forty_seconds(attempt: int) -> None:
    (strategy,) = handler().backoff_strategies
    usual = min(30.0, 0.75 * 2**attempt)
    assert usual * 0.66 < strategy.backoff_time(answer(500), attempt) < usual * 1.34  # type: ignore[operator]


def test_a_request_that_is_tried_again_says_why_and_for_how_long_and_others_do_not_repeat_it(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RetryBackoff, "told", {})
    for bad in (answer(503), UnreadableAnswer("It was cut off.")):
        for _ in range(2):
            (strategy,) = handler().backoff_strategies
            for attempt in range(1, 7):
                strategy.backoff_time(bad, attempt)
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        f"Basecamp answered {PATH} with status 503. The request is tried again, for about 75 seconds more.",
        "It was cut off. The request is tried again, for about 75 seconds more.",
    ]


@pytest.mark.parametrize("status", [401, 429])
def test_a_refreshed_token_and_a_rate_limit_wait_no_time_of_their_own(status: int) -> None:
    (strategy,) = handler().backoff_strategies
    assert strategy.backoff_time(answer(status), 5) < 0.5  # type: ignore[operator]


def test_a_request_that_succeeds_forgets_what_the_one_before_said() -> None:
    ours = handler()
    ours.interpret_response(answer(500))
    ours.forget()
    assert ours.last_message is None
