"""The configuration file that a login writes or replaces."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from source_basecamp.connection import UNWRITABLE, ConfigFile
from source_basecamp.process import CommandError
from source_basecamp.product import product_of
from source_basecamp.terminal import ERRORS, confirm

REPLACE = "{path} exists. Replace the login in it? Its other settings stay."
REPLACE_WHOLE = "{path} exists, but holds no configuration. Replace it?"
UNCHANGED = "Nothing was changed: {path} stays as it is. To write another file, name it with --config."
_REMEDY = "Name another file with --config, or replace this one with --yes."
PROJECTS_LEFT_OUT = "Left out 'project_ids': they were of account {account_id}."


class NewConfig:
    """A configuration file to be written. An existing one stays unchanged until `write`."""

    def __init__(self, path: Path, may_replace: bool) -> None:
        self.path = path
        self._file = ConfigFile(path)
        self._may_replace = may_replace
        self.written = False

    def prepare(self) -> None:
        """Asks whether to replace an existing file. Raises a CommandError if not, or if it cannot be written."""
        folder = self.path.absolute().parent
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise CommandError(UNWRITABLE.format(path=self.path, reason=error.strerror)) from error
        if self._may_replace or not os.path.lexists(self.path):
            return
        question = REPLACE if self.present() else REPLACE_WHOLE
        if not confirm(question.format(path=self.path), f"permission to replace {self.path}", _REMEDY):
            raise CommandError(UNCHANGED.format(path=self.path))
        self._may_replace = True

    def present(self) -> dict[str, Any]:
        """The content of the existing file; empty if there is none, or it is not a configuration."""
        try:
            return self._file.read()
        except CommandError:
            return {}

    def write(self, login: Mapping[str, Any]) -> None:
        """Writes the keys in `login`, and keeps all others of the existing file but `product`, which is the login's."""
        # Another program may have written a file since the first call.
        self.prepare()
        present = self.present()
        before = present.get("account_id")
        same = str(before) == str(login["account_id"]) and product_of(present) == product_of(login)
        if present.get("project_ids") and not same:
            del present["project_ids"]
            ERRORS.print(PROJECTS_LEFT_OUT.format(account_id=before), soft_wrap=True, markup=False)
        settings = {key: value for key, value in present.items() if key not in (*login, "product")}
        self._file.write({**login, **settings})
        self.written = True
