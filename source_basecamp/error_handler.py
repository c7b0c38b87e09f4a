"""The error handler of all streams: what is done about each bad answer of Basecamp, and the message for the user.

One ordered table. `config_error` is what the user can mend, `transient_error` the network's or Basecamp's,
`system_error` the connector's own.
"""

from __future__ import annotations

import logging
import math
import random
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from typing import Any, ClassVar, NamedTuple, Optional, Union
from urllib.parse import parse_qs, urlsplit

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.declarative.requesters.error_handlers.error_handler import ErrorHandler
from airbyte_cdk.sources.streams.http.error_handlers import BackoffStrategy, ErrorResolution, ResponseAction
from airbyte_cdk.sources.types import Config

logger = logging.getLogger("airbyte")

MAX_RETRIES = 6

LATER = "Nothing is lost: try again later."
ACCOUNT_INACTIVE = (
    "The Basecamp account {account_id} is inactive: its trial or subscription has ended, or it was cancelled. "
    "Reactivate it in Basecamp, or remove this connection."
)
ACCOUNT_UNKNOWN = (
    "Basecamp has no account {account_id} that this login can read. Take the number behind "
    "https://3.basecamp.com/ in the address of your Basecamp, and make sure that the user who authorised this "
    "connection still belongs to that account."
)
NOT_THERE = (
    "Basecamp has no {path} in account {account_id} that this login can read. The account may not have the feature: "
    "deselect the stream."
)
USER_REMOVED = (
    "Basecamp knows no account for the user who authorised this connection (any more). Have the user added to the "
    "account again, or authorise the connection as another user."
)
FORBIDDEN = (
    "Basecamp does not let this login read {path}. Authorise the connection as a user who can see it in Basecamp, "
    "or deselect the stream."
)
TYPE_UNKNOWN = (
    "Basecamp does not know the type of recordings that this stream asks for, {type}, in account {account_id}. "
    "Deselect the stream."
)
SKIPPED = "Skipped {path}: Basecamp answered {status} (not visible to this login, switched off, or gone)."
BUCKET_REFUSED = "Basecamp answered 404 to projects by id: finding out which of them it does not list."
TOKEN_REFUSED = (
    "Basecamp refuses the access token. Authorise the connection again, as a user who belongs to account {account_id}."
)
NOT_REFRESHED = (
    "Basecamp no longer takes the access token, and Launchpad, which issues them, could not be used for a new one: the "
    f"log says why. {LATER}"
)
RATE_LIMITED = (
    "Basecamp keeps limiting the request rate (429) although every Retry-After was waited out. Something else uses "
    "the API from the same address. Nothing is lost: the next sync goes on from the last saved state."
)
UNAVAILABLE = f"Basecamp is unavailable (status {{status}} for {{path}}). {LATER}"
RETRIED = "%s The request is tried again, for about %s seconds more."
UNEXPECTED = (
    "Basecamp answered {path} with status {status}, which this connector does not expect. "
    "Please report it with the log of this sync."
)


class Ruling(NamedTuple):
    """The action for an answer, whose fault the answer is, and the message for the user."""

    action: ResponseAction
    failure: FailureType | None
    text: str


_RULINGS = {
    401: Ruling(ResponseAction.REFRESH_TOKEN_THEN_RETRY, FailureType.config_error, TOKEN_REFUSED),
    403: Ruling(ResponseAction.FAIL, FailureType.config_error, FORBIDDEN),
    404: Ruling(ResponseAction.FAIL, FailureType.config_error, ACCOUNT_UNKNOWN),
    408: Ruling(ResponseAction.RETRY, FailureType.transient_error, UNAVAILABLE),
    429: Ruling(ResponseAction.RATE_LIMITED, FailureType.transient_error, RATE_LIMITED),
}
_UNAVAILABLE = Ruling(ResponseAction.RETRY, FailureType.transient_error, UNAVAILABLE)
_UNEXPECTED = Ruling(ResponseAction.FAIL, FailureType.system_error, UNEXPECTED)


_NOT_OFFERED = {FORBIDDEN: "forbidden", NOT_THERE: "not there", TYPE_UNKNOWN: "not known"}


def unavailability(message: str) -> str:
    """Why an account, its user or its Basecamp does not offer a stream, in two words; "" for messages about all else.

    The list of projects is offered to everybody: where that is refused, nothing can be read.
    """
    if "/projects.json" in message or "/projects.xml" in message:
        return ""
    return next((word for text, word in _NOT_OFFERED.items() if _is_of(text, message)), "")


def _is_of(text: str, message: str) -> bool:
    """Whether a message was made of a text with fields."""
    return re.fullmatch(re.sub(r"\\{\w+\\}", ".+", re.escape(text)), message) is not None


class RetryBackoff(BackoffStrategy):
    """1.5, 3, 6, 12, 24, then 30 seconds, a third more or less at random.

    A refreshed token needs no wait. The transport waits for `Retry-After`. From the second attempt on, a warning says
    why and for how long: once a minute for each reason, whatever the number of requests that wait.
    """

    told: ClassVar[dict[str, float]] = {}
    """By reason: when it was told."""

    def backoff_time(
        self,
        response_or_exception: Optional[Union[requests.Response, requests.RequestException]],
        attempt_count: int,
    ) -> Optional[float]:
        if getattr(response_or_exception, "status_code", 0) in (401, 429):
            return random.uniform(0.01, 0.2)
        if attempt_count > 1:
            self._tell(response_or_exception, sum(map(_usual_wait, range(attempt_count, MAX_RETRIES + 1))))
        return _usual_wait(attempt_count) * random.uniform(0.67, 1.33)

    def _tell(self, bad: Union[requests.Response, requests.RequestException, None], seconds: float) -> None:
        kind = reason = str(bad)
        if isinstance(bad, requests.Response):
            kind = str(bad.status_code)
            reason = f"Basecamp answered {urlsplit(bad.url).path} with status {kind}."
        if time.monotonic() - self.told.get(kind, -math.inf) >= 60:
            self.told[kind] = time.monotonic()
            logger.warning(RETRIED, reason, round(seconds))


def _usual_wait(attempt: int) -> float:
    return float(min(30.0, 0.75 * 2**attempt))


@dataclass
class BasecampErrorHandler(ErrorHandler):
    """Decides about every answer. With `skippable`, a 403 or 404 skips one project or tool instead of the stream."""

    config: Config
    parameters: InitVar[Mapping[str, Any]]
    skippable: bool = False
    retries: int = MAX_RETRIES

    def __post_init__(self, parameters: Mapping[str, Any]) -> None:
        self.backoff_strategies = [RetryBackoff()]
        self._of_this_thread = threading.local()

    @property
    def last_message(self) -> Optional[str]:
        """The message of this thread's last bad answer since `forget`. The CDK wraps it in a sentence of its own."""
        return getattr(self._of_this_thread, "message", None)

    def forget(self) -> None:
        """Before a new request: clears `last_message`."""
        self._of_this_thread.message = None

    @property
    def max_retries(self) -> Optional[int]:
        return self.retries

    @property
    def max_time(self) -> Optional[int]:
        return 1200

    def interpret_response(
        self, response_or_exception: Optional[Union[requests.Response, Exception]]
    ) -> ErrorResolution:
        if not isinstance(response_or_exception, requests.Response):
            message = f"{response_or_exception} {LATER}"
            return self._resolution(ResponseAction.RETRY, FailureType.transient_error, message)
        response = response_or_exception
        if response.ok:
            return ErrorResolution(ResponseAction.SUCCESS, None, None)
        address = urlsplit(str(response.url))
        action, failure, text = self.ruling(response, address.query)
        message = text.format(
            path=address.path,
            status=response.status_code,
            account_id=self.config.get("account_id"),
            type=parse_qs(address.query).get("type", [""])[0],
        )
        return self._resolution(action, failure, message)

    def ruling(self, response: requests.Response, query: str) -> Ruling:
        """What is done about a bad answer to a request with this query."""
        if "Unknown Basecamp ID" in response.text:
            return Ruling(ResponseAction.FAIL, FailureType.config_error, USER_REMOVED)
        if response.headers.get("Reason") == "Account Inactive":
            return Ruling(ResponseAction.FAIL, FailureType.config_error, ACCOUNT_INACTIVE)
        if response.status_code in (403, 404) and self.skippable:
            return Ruling(ResponseAction.IGNORE, None, SKIPPED)
        if response.status_code == 404 and "bucket=" in query:
            return Ruling(ResponseAction.IGNORE, None, BUCKET_REFUSED)
        if response.status_code == 400 and "type=" in query:
            return Ruling(ResponseAction.FAIL, FailureType.config_error, TYPE_UNKNOWN)
        return _RULINGS.get(response.status_code, _UNAVAILABLE if response.status_code >= 500 else _UNEXPECTED)

    def _resolution(self, action: ResponseAction, failure: FailureType | None, message: str) -> ErrorResolution:
        self._of_this_thread.message = message
        return ErrorResolution(response_action=action, failure_type=failure, error_message=message)
