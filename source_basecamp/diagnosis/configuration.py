"""Findings about the configuration file. They never show the value of a secret."""

from __future__ import annotations

import shlex
import stat
from collections.abc import Mapping
from typing import Any

from source_basecamp.config import normalised
from source_basecamp.diagnosis.case import Case
from source_basecamp.diagnosis.finding import Finding, State, ok, warning
from source_basecamp.stream_info import resolved_manifest

_GROUP_AND_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def configuration(case: Case) -> Finding:
    """Whether it is there and valid, and which options it sets."""
    config = case.connection.config
    known = resolved_manifest()["spec"]["connection_specification"]["properties"]
    shown = [_shown(key, value, known[key]) for key, value in normalised(config).items() if key in known]
    detail = f"{case.path} is valid. It sets {', '.join(shown)}."
    if strange := [f"'{key}'" for key in config if key not in known]:
        options = ", ".join(key for key, option in known.items() if not option.get("airbyte_hidden"))
        return warning(
            f"{detail} It also holds {', '.join(strange)}, which the connector does not know and does not heed.",
            f"The options are {options}.",
        )
    return ok(detail)


def file_mode(case: Case) -> Finding:
    """Whether only its owner can read the file."""
    try:
        mode = stat.S_IMODE(case.path.stat().st_mode)
    except OSError:
        return Finding(State.SKIPPED, f"There is no file {case.path} that could be looked at.")
    if mode & _GROUP_AND_OTHERS:
        detail = f"{case.path} holds secrets, and others on this machine may use it (mode {mode:04o})."
        return warning(detail, f"chmod 600 {shlex.quote(str(case.path))}")
    return ok(f"Only you can read {case.path} (mode {mode:04o}).")


def _shown(key: str, value: Any, option: Mapping[str, Any]) -> str:
    if option.get("airbyte_secret") or option.get("airbyte_hidden"):
        return key
    return f"{key} ({', '.join(map(str, value)) if isinstance(value, list) else value})"
