"""The client id and the client secret: from a file, the environment or a question; others could read an argument."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from source_basecamp.process import CommandError
from source_basecamp.terminal import ERRORS, ask, can_ask

ID_VARIABLE, SECRET_VARIABLE = "BASECAMP_CLIENT_ID", "BASECAMP_CLIENT_SECRET"
REGISTER = (
    "Register an integration at https://launchpad.37signals.com/integrations, or open the one that you have there.\n"
    "Its redirect URI has to be exactly {redirect_uri}"
)
_ID_REMEDY = f"Set {ID_VARIABLE} in the environment, or run `source-basecamp login` in a terminal."
_SECRET_REMEDY = (
    f"Set {SECRET_VARIABLE} in the environment, name a file that holds it with --client-secret-file, or run "
    "`source-basecamp login` in a terminal."
)
SECRET_FILE = "The client secret cannot be read from {path}: {reason}. Name a file that holds nothing but the secret."


@dataclass(frozen=True)
class Credentials:
    """The client id and the client secret of an integration, from Launchpad's integrations page."""

    client_id: str
    client_secret: str = field(repr=False)


def credentials(present: Mapping[str, Any], secret_file: Path | None, redirect_uri: str) -> Credentials:
    """From a file or the environment, otherwise asked for, with those of the configuration `present` as defaults.

    Without a terminal, the defaults are taken. Raises a CommandError where there are none.
    """
    given_id = os.environ.get(ID_VARIABLE, "").strip()
    given_secret = _in_file(secret_file) if secret_file else os.environ.get(SECRET_VARIABLE, "").strip()
    ERRORS.print(REGISTER.format(redirect_uri=redirect_uri), soft_wrap=True, markup=False)
    client_id = given_id or _answer("Client ID", present.get("client_id"), _ID_REMEDY)
    # The present secret belongs to the present client id only.
    kept = present.get("client_secret") if client_id == present.get("client_id") else None
    return Credentials(client_id, given_secret or _answer("Client secret", kept, _SECRET_REMEDY, hidden=True))


def _answer(name: str, present: Any, remedy: str, *, hidden: bool = False) -> str:
    kept = present.strip() if isinstance(present, str) else ""
    if kept and not can_ask():
        return kept
    return ask(name, f"the {name[0].lower()}{name[1:]} of the integration", remedy, hidden=hidden, kept=kept)


def _in_file(path: Path) -> str:
    try:
        secret = path.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text"
        raise CommandError(SECRET_FILE.format(path=path, reason=reason)) from error
    if not secret or "\n" in secret:
        raise CommandError(
            SECRET_FILE.format(path=path, reason="it is empty" if not secret else "it has several lines")
        )
    return secret
