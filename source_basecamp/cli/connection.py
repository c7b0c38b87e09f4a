"""The login in a configuration file, for verbs that ask Basecamp themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import requests

from source_basecamp.accounts import Login, login_of
from source_basecamp.auth import LAUNCHPAD_UNAVAILABLE, LaunchpadAuthenticator
from source_basecamp.cli.config_file import ConfigFile
from source_basecamp.cli.errors import VerbError
from source_basecamp.config import normalised, require_valid
from source_basecamp.endpoints import LAUNCHPAD_URL, in_force
from source_basecamp.errors import TOKEN_REFUSED
from source_basecamp.stream_info import resolved_manifest


class UnsavedError(VerbError):
    """Launchpad gave new tokens, and they could not be saved."""


class Connection:
    """A valid configuration and its access token. What a refresh changes is saved to the file at once."""

    def __init__(self, path: Path) -> None:
        self._file = ConfigFile(path)
        self.config: dict[str, Any] = self._file.read()
        require_valid(self.config)

    def login(self) -> Login:
        """Whose token it is. Refreshes a token that has ended, and one that Launchpad no longer takes.

        Raises a VerbError or an AirbyteTracedException that says what to do.
        """
        try:
            return self._login(renew=False) or self._login(renew=True) or self._refused()
        except requests.HTTPError as error:
            reason = f"it answered with status {error.response.status_code}."
            raise VerbError(LAUNCHPAD_UNAVAILABLE.format(reason=reason)) from error
        except requests.RequestException as error:
            raise VerbError(LAUNCHPAD_UNAVAILABLE.format(reason=error)) from error

    def _login(self, renew: bool) -> Login | None:
        try:
            return login_of(self.headers(renew))
        except requests.HTTPError as error:
            if error.response.status_code == 401:
                return None
            raise

    def _refused(self) -> NoReturn:
        raise VerbError(TOKEN_REFUSED.format(**self.config))

    def headers(self, renew: bool = False) -> dict[str, str]:
        """What a request to Basecamp carries. Refreshes the access token if it has ended, or if told to.

        Raises an AirbyteTracedException that says what to do where Launchpad refuses.
        """
        agent = user_agent()
        endpoint = f"{in_force(LAUNCHPAD_URL)}/authorization/token"
        with publishing_to(self.keep):
            config = normalised(self.config) | ({"access_token": ""} if renew else {})
            token = LaunchpadAuthenticator(config, endpoint, agent).get_auth_header()  # type: ignore[abstract]
        return {**token, "User-Agent": agent, "Accept": "application/json"}

    def keep(self, config: Mapping[str, Any]) -> None:
        """Saves the tokens in `config`, which a refresh has changed, and nothing else of it.

        Raises an UnsavedError where the file cannot be written; this connection has the new tokens even then.
        """
        changed = ("access_token", "token_expiry_date", "client_refresh_token_2")
        self.config |= {key: config[key] for key in changed}
        try:
            self._file.write(self.config)
        except VerbError as error:
            raise UnsavedError(str(error)) from error


@cache
def user_agent() -> str:
    """How the connector calls itself, to Basecamp and to Launchpad."""
    return str(resolved_manifest()["definitions"]["user_agent"])


@contextmanager
def publishing_to(keep: Callable[[MutableMapping[str, Any]], None]) -> Iterator[None]:
    """Changed tokens go to `keep` and not to standard output, where only Airbyte looks for them."""
    usual, LaunchpadAuthenticator.publish = LaunchpadAuthenticator.publish, staticmethod(keep)  # type: ignore[arg-type]
    try:
        yield
    finally:
        LaunchpadAuthenticator.publish = staticmethod(usual)
