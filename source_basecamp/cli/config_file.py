"""The configuration file: holds secrets, so only its owner may read it, and it is never half-written."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from source_basecamp.cli.errors import VerbError

MISSING = "There is no configuration at {path}. Make one with `source-basecamp login`, or name another with --config."
UNREADABLE = (
    "The configuration at {path} cannot be read: {reason}. Correct it, or make a new one with `source-basecamp login`."
)
UNWRITABLE = "The configuration cannot be written to {path}: {reason}. Choose another place with --config."


@dataclass(frozen=True)
class ConfigFile:
    """A connector configuration on disk, as Airbyte's `--config` takes it."""

    path: Path

    def read(self) -> dict[str, Any]:
        """Its content. Raises a VerbError where there is none."""
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise VerbError(MISSING.format(path=self.path)) from error
        except (OSError, ValueError) as error:
            raise VerbError(UNREADABLE.format(path=self.path, reason=_reason(error))) from error
        if not isinstance(content, dict):
            raise VerbError(UNREADABLE.format(path=self.path, reason="it is not a JSON object"))
        return content

    def write(self, content: Mapping[str, Any]) -> None:
        """Replaces the file as a whole, readable and writable by its owner only (mode 0600)."""
        try:
            # Not a link to it, which may be how it got here.
            target = self.path.resolve()
            # mkstemp makes its file with mode 0600.
            number, draft = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
            try:
                with open(number, "w", encoding="utf-8") as file:
                    file.write(json.dumps(content, indent=2) + "\n")
                os.replace(draft, target)
            except BaseException:
                os.unlink(draft)
                raise
        except OSError as error:
            raise VerbError(UNWRITABLE.format(path=self.path, reason=_reason(error))) from error


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or "it is not JSON")
