"""The address of a Classic account, which Launchpad tells: asked for once in a process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

import backoff
import requests

from source_basecamp.endpoints import site_in_force
from source_basecamp.error_handler import TOKEN_REFUSED
from source_basecamp.launchpad import LAUNCHPAD_UNAVAILABLE, LoginAccount, find_account, login_of, why_unreadable
from source_basecamp.problems import config_error, transient_error
from source_basecamp.product import CLASSIC
from source_basecamp.transport import UnreadableAnswer

Headers = Callable[[bool], Mapping[str, str]]
"""The headers of a request to Launchpad; with True, with a new access token."""


class Sites:
    """The addresses of Classic accounts, by id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[int, str] = {}

    def clear(self) -> None:
        """Forgets all, before a sync begins."""
        self._known.clear()

    def address(self, account_id: int, headers: Headers) -> str:
        """Of the account's site, without a slash at the end.

        Raises a config_error for an account that the login cannot read as Classic, and a transient_error if Launchpad
        does not answer.
        """
        with self._lock:
            if account_id not in self._known:
                self._known[account_id] = _address(account_id, headers)
            return site_in_force(self._known[account_id])


SITES = Sites()


def _address(account_id: int, headers: Headers) -> str:
    try:
        accounts = _accounts(headers(False))
        if accounts is None:
            accounts = _accounts(headers(True))
    except (requests.RequestException, KeyError, TypeError, ValueError) as error:
        raise transient_error(LAUNCHPAD_UNAVAILABLE.format(reason=error)) from error
    if accounts is None:
        raise config_error(TOKEN_REFUSED.format(account_id=account_id))
    if reason := why_unreadable(account_id, accounts, CLASSIC):
        raise config_error(reason)
    account = find_account(account_id, accounts, CLASSIC)
    return account.href if account else ""


def _may_pass(error: Exception) -> bool:
    response = getattr(error, "response", None)
    return response is None or response.status_code == 429 or response.status_code >= 500


@backoff.on_exception(
    backoff.expo,
    (requests.HTTPError, UnreadableAnswer),
    max_tries=6,
    max_time=600,
    giveup=lambda error: not _may_pass(error),
    logger=None,
)
def _accounts(headers: Mapping[str, str]) -> Sequence[LoginAccount] | None:
    """The accounts of a login; None if Launchpad refuses its token."""
    try:
        return login_of(headers).accounts
    except requests.HTTPError as error:
        if error.response.status_code == 401:
            return None
        raise
