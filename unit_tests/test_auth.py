"""One configuration holds the tokens for all threads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from source_basecamp.auth import LaunchpadAuthenticator

CONFIG = {"client_id": "id", "client_secret": "secret", "client_refresh_token_2": "refresh"}


class Shared(dict[str, Any]):
    """A configuration into which another thread puts a first access token while this one looks for it."""

    def items(self) -> Iterator[tuple[str, Any]]:  # type: ignore[override]
        for number, item in enumerate(super().items()):
            self[f"saved {number}"] = "token"
            yield item


@pytest.fixture
def authenticator() -> LaunchpadAuthenticator:
    return LaunchpadAuthenticator(Shared(CONFIG), "https://launchpad.37signals.com/authorization/token", "agent")


def test_a_token_can_be_looked_for_while_another_thread_saves_one(authenticator: LaunchpadAuthenticator) -> None:
    assert authenticator.access_token == ""
    assert authenticator.get_refresh_token() == "refresh"
    assert authenticator.token_has_expired()


def test_a_token_that_was_saved_is_found(authenticator: LaunchpadAuthenticator) -> None:
    authenticator.access_token = "fresh"
    assert authenticator.access_token == "fresh"
