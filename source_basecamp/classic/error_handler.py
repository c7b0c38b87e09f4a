"""What is done about each bad answer of a Classic site, where that differs from Basecamp 3's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Optional, Union

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.http.error_handlers import ResponseAction

from source_basecamp.error_handler import (
    ACCOUNT_UNKNOWN,
    NOT_THERE,
    RATE_LIMITED,
    SKIPPED,
    BasecampErrorHandler,
    RetryBackoff,
    Ruling,
)

WITH_DELETED = "include_deleted=true"
"""What administrators may ask for, in the query of an address."""

_RATE_LIMITED = {
    status: Ruling(ResponseAction.RATE_LIMITED, FailureType.transient_error, RATE_LIMITED.replace("429", str(status)))
    for status in (429, 503)
}
_NOT_THERE = Ruling(ResponseAction.FAIL, FailureType.config_error, NOT_THERE)
_NOT_ADMINISTRATOR = Ruling(ResponseAction.IGNORE, None, SKIPPED)
_UNKNOWN = Ruling(ResponseAction.FAIL, FailureType.config_error, ACCOUNT_UNKNOWN)


class ClassicBackoff(RetryBackoff):
    """As for Basecamp 3. The transport waits for the `Retry-After` of a 503, too."""

    def backoff_time(
        self,
        response_or_exception: Optional[Union[requests.Response, requests.RequestException]],
        attempt_count: int,
    ) -> Optional[float]:
        if isinstance(response_or_exception, requests.Response) and is_limited(response_or_exception):
            return 0.0
        return super().backoff_time(response_or_exception, attempt_count)


@dataclass
class ClassicErrorHandler(BasecampErrorHandler):
    """As Basecamp 3's. The rate limit answers 429 or 503; the site is known, so that a 404 is about its address."""

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        super().__post_init__(parameters)
        self.backoff_strategies = [ClassicBackoff()]

    def ruling(self, response: requests.Response, query: str) -> Ruling:
        if is_limited(response):
            return _RATE_LIMITED[response.status_code]
        if response.status_code == 403 and WITH_DELETED in query:
            return _NOT_ADMINISTRATOR
        ruling = super().ruling(response, query)
        return _NOT_THERE if ruling == _UNKNOWN else ruling


def is_limited(response: requests.Response) -> bool:
    """Whether an answer is the rate limit's."""
    return response.status_code == 429 or (response.status_code == 503 and "Retry-After" in response.headers)
