"""The configuration that a login writes, and the one that it may replace."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from source_basecamp.connection import UNWRITABLE, ConfigFile
from source_basecamp.process import CommandError
from source_basecamp.terminal import ERRORS, confirm

REPLACE = "{path} exists. Replace the login in it? Its other settings stay."
REPLACE_WHOLE = "{path} exists, but holds no configuration. Replace it?"
UNCHANGED = "Nothing was changed: {path} stays as it is. To write another file, name it with --config."
_REMEDY = "Name another file with --config, or allow to replace this one with --yes."
PROJECTS_LEFT_OUT = "Left out 'project_ids': they were of account {account_id}."


class NewConfig:
    """A place for a configuration. What is there stays until the new one is complete."""

    def __init__(self, path: Path, may_replace: bool) -> None:
        self.path = path
        self._file = ConfigFile(path)
        self._may_replace = may_replace
        self.written = False

    def prepare(self) -> None:
        """Asks whether the file there, if any, may be replaced. Raises a CommandError if not, or if it cannot be."""
        folder = self.path.absolute().parent
        try:
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise CommandError(UNWRITABLE.format(path=self.path, reason=error.strerror)) from error
        if self._may_replace or not os.path.lexists(self.path):
            return
        question = REPLACE if self.present() else REPLACE_WHOLE
        if not confirm(question.format(path=self.path), f"replacing {self.path}", _REMEDY):
            raise CommandError(UNCHANGED.format(path=self.path))
        self._may_replace = True

    def present(self) -> dict[str, Any]:
        """The configuration that is there; empty if there is none, or something else."""
        try:
            return self._file.read()
        except CommandError:
            return {}

    def write(self, login: Mapping[str, Any]) -> None:
        """Writes the keys in `login`, and keeps the others that are there."""
        # Somebody else may have put a file there meanwhile.
        self.prepare()
        present = self.present()
        before = present.get("account_id")
        if present.get("project_ids") and str(before) != str(login["account_id"]):
            del present["project_ids"]
            ERRORS.print(PROJECTS_LEFT_OUT.format(account_id=before), soft_wrap=True, markup=False)
        self._file.write({**login, **{key: value for key, value in present.items() if key not in login}})
        self.written = True
