"""Options of several commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import rich_click as click

_Command = TypeVar("_Command", bound=Callable[..., Any])


def config_option(command: _Command) -> _Command:
    """`--config FILE`, passed on as `config: Path`."""
    return click.option(
        "--config",
        type=click.Path(dir_okay=False, path_type=Path),
        default=Path("config.json"),
        envvar="BASECAMP_CONFIG",
        show_default=True,
        show_envvar=True,
        metavar="FILE",
        help="The configuration, as `source-basecamp login` writes it.",
    )(command)


def json_option(command: _Command) -> _Command:
    """`--json`, passed on as `as_json: bool`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")(command)
