"""A configuration file and its login, for the commands that send requests to Basecamp."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import requests

from source_basecamp.auth import LaunchpadAuthenticator
from source_basecamp.config import normalised, require_valid
from source_basecamp.error_handler import TOKEN_REFUSED
from source_basecamp.launchpad import LAUNCHPAD_UNAVAILABLE, Login, login_of, request_headers, token_url
from source_basecamp.problems import config_error
from source_basecamp.process import CommandError
from source_basecamp.product import BC3, product_of
from source_basecamp.source import manifest

MISSING = "There is no configuration at {path}. Make one with `source-basecamp login`, or name another with --config."
UNREADABLE = (
    "The configuration at {path} cannot be read: {reason}. Correct it, or make a new one with `source-basecamp login`."
)
UNWRITABLE = "The configuration cannot be written to {path}: {reason}. Choose another place with --config."
UNKEPT = "Until then, each run asks for a new access token."
ROTATED = "Launchpad has replaced the refresh token, and the new one is lost."
LOG_IN_AGAIN = "Run `source-basecamp login` again."


class UnsavedError(CommandError):
    """Launchpad issued new tokens, and they could not be saved."""


@dataclass(frozen=True)
class ConfigFile:
    """A connector configuration on disk, as Airbyte's `--config` takes it.

    It holds secrets: only its owner may read it, and it is never half-written.
    """

    path: Path

    def read(self) -> dict[str, Any]:
        """The content. Raises a CommandError if it cannot be read or is not a JSON object."""
        try:
            content = json.loads(self.path.read_bytes())
        except FileNotFoundError as error:
            raise CommandError(MISSING.format(path=self.path)) from error
        except (OSError, ValueError) as error:
            raise CommandError(UNREADABLE.format(path=self.path, reason=_reason(error))) from error
        if not isinstance(content, dict):
            raise CommandError(UNREADABLE.format(path=self.path, reason="it is not a JSON object"))
        return content

    def write(self, content: Mapping[str, Any]) -> None:
        """Replaces the file as a whole, readable and writable by its owner only (mode 0600)."""
        try:
            # The target of a symbolic link is replaced, not the link.
            target = self.path.resolve()
            number, draft = self._draft(target)
            try:
                with open(number, "w", encoding="utf-8") as file:
                    file.write(json.dumps(content, indent=2) + "\n")
                os.replace(draft, target)
            except BaseException:
                os.unlink(draft)
                raise
        except OSError as error:
            raise CommandError(UNWRITABLE.format(path=self.path, reason=_reason(error))) from error

    def require_writable(self) -> None:
        """Raises the CommandError that `write` would raise."""
        try:
            number, draft = self._draft(self.path.resolve())
            os.close(number)
            os.unlink(draft)
        except OSError as error:
            raise CommandError(UNWRITABLE.format(path=self.path, reason=_reason(error))) from error

    def _draft(self, target: Path) -> tuple[int, str]:
        # mkstemp makes its file with mode 0600.
        return tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)


def product_in(path: Path) -> str:
    """The product that the configuration in a file names; `BC3` where the file cannot be read."""
    try:
        return product_of(ConfigFile(path).read())
    except CommandError:
        return BC3


class Connection:
    """A valid configuration and its access token. Refreshed tokens are saved in the file at once."""

    def __init__(self, path: Path) -> None:
        self._file = ConfigFile(path)
        self._written = self._file.read()
        require_valid(self._written)
        self.config: dict[str, Any] = normalised(self._written)
        """The configuration in the one form that the manifest uses. The file keeps the form in which it was written."""

    def login(self) -> Login:
        """The login of the access token. Refreshes a token that has expired, and one that Launchpad refuses.

        Raises a CommandError or an AirbyteTracedException, both with a message for a person.
        """
        try:
            return self._login(renew=False) or self._login(renew=True) or self._refused()
        except requests.HTTPError as error:
            reason = f"it answered with status {error.response.status_code}."
            raise CommandError(LAUNCHPAD_UNAVAILABLE.format(reason=reason)) from error
        except requests.RequestException as error:
            raise CommandError(LAUNCHPAD_UNAVAILABLE.format(reason=error)) from error

    def _login(self, renew: bool) -> Login | None:
        try:
            return login_of(self.headers(renew))
        except requests.HTTPError as error:
            if error.response.status_code == 401:
                return None
            raise

    def _refused(self) -> NoReturn:
        raise CommandError(TOKEN_REFUSED.format(**self.config))

    def headers(self, renew: bool = False) -> dict[str, str]:
        """The headers of a request to Basecamp. Refreshes the access token if it has expired, or with `renew`.

        Raises an AirbyteTracedException if Launchpad refuses.
        """
        authenticator = self._authenticator(**({"access_token": ""} if renew else {}))
        with tokens_kept_by(self.keep):
            return request_headers(authenticator.get_auth_header(), user_agent())

    def keep(self, config: Mapping[str, Any]) -> None:
        """Saves the refreshed tokens in `config`, and nothing else of it.

        Raises an UnsavedError if the file cannot be written. This connection uses the new tokens all the same.
        """
        tokens = {key: config[key] for key in ("access_token", "token_expiry_date", "client_refresh_token_2")}
        self.config |= tokens
        self._written |= tokens
        try:
            self._file.write(self._written)
        except CommandError as error:
            raise UnsavedError(str(error)) from error

    def keeping(self, warn: Callable[[str], None]) -> Callable[[MutableMapping[str, Any]], None]:
        """What a sync does with refreshed tokens: it saves them, and goes on with those that cannot be saved.

        Warns of it once, and before any request where a refresh is due. The function raises a config_error if the
        refresh token, too, was replaced: then the one in the file is of no use.
        """
        warned: list[str] = []

        def warn_once(reason: CommandError) -> None:
            if not warned:
                warned.append(f"{reason} {UNKEPT}")
                warn(warned[0])

        def keep(config: MutableMapping[str, Any]) -> None:
            before = self.config["client_refresh_token_2"]
            try:
                self.keep(config)
            except UnsavedError as error:
                if config["client_refresh_token_2"] != before:
                    raise config_error(f"{ROTATED} {error} {LOG_IN_AGAIN}") from error
                warn_once(error)

        if self._authenticator().token_has_expired():
            try:
                self._file.require_writable()
            except CommandError as error:
                warn_once(error)
        return keep

    def _authenticator(self, **config: Any) -> LaunchpadAuthenticator:
        return LaunchpadAuthenticator(self.config | config, token_url(), user_agent())  # type: ignore[abstract]


@cache
def user_agent() -> str:
    """The connector's `User-Agent` header, for Basecamp and Launchpad."""
    return str(manifest()["definitions"]["user_agent"])


@contextmanager
def tokens_kept_by(sink: Callable[[MutableMapping[str, Any]], None]) -> Iterator[None]:
    """Calls `sink` with a configuration whose tokens were refreshed, instead of printing it for Airbyte.

    The sink is the whole process's, because a token is refreshed in any of the connector's threads.
    """
    usual = LaunchpadAuthenticator.token_sink
    LaunchpadAuthenticator.token_sink = staticmethod(sink)
    try:
        yield
    finally:
        LaunchpadAuthenticator.token_sink = staticmethod(usual)


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or "it is not JSON")
