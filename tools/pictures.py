"""Draws docs/pictures/*.svg: what the verbs print on a terminal, run for real against the sandbox. `make pictures`."""

from __future__ import annotations

import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pexpect
from rich.console import Console
from rich.text import Text

from sandbox import AccountSize, Sandbox

TARGET = Path(__file__).parent.parent / "docs" / "pictures"
COLUMNS = 100
# Always the same one, for it is printed.
PORT = 37_370


def _nothing(config: Path, sandbox: Sandbox) -> None:
    """The sandbox as it comes."""


def _open_to_others(config: Path, sandbox: Sandbox) -> None:
    config.chmod(0o644)


@dataclass(frozen=True)
class Picture:
    """A command, and what is arranged before it runs."""

    name: str
    arguments: str
    arrange: Callable[[Path, Sandbox], None] = _nothing


PICTURES = (
    Picture("accounts", "accounts"),
    Picture("streams", "streams"),
    Picture("doctor", "doctor --streams projects,todos,messages,people,campfire_lines,questions", _open_to_others),
    Picture("sync", "sync --to duckdb:basecamp.duckdb --streams projects,people,todos,messages,comments"),
)
"""One more line is one more picture. All but sync, which tells its times, print the same each time."""

FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"


def main() -> None:
    TARGET.mkdir(exist_ok=True)
    with Sandbox(AccountSize(), port=PORT) as sandbox, tempfile.TemporaryDirectory() as folder:
        sandbox.tokens.accounts.append(
            {"product": "bcx", "id": 1_234_567, "name": "Honcho Archive", "href": sandbox.url, "app_href": sandbox.url}
        )
        for picture in PICTURES:
            config = Path(folder) / "config.json"
            config.write_text(json.dumps(sandbox.config()))
            config.chmod(0o600)
            picture.arrange(config, sandbox)
            (TARGET / f"{picture.name}.svg").write_text(_drawn(picture, _printed(picture, sandbox, folder)))


def _printed(picture: Picture, sandbox: Sandbox, folder: str) -> str:
    """What the command leaves on a terminal. Progress goes to standard error, and comes and goes."""
    command = f"{Path(sys.executable).parent / 'source-basecamp'} {picture.arguments} 2>/dev/null"
    env = {**os.environ, **sandbox.env, "TERM": "xterm-256color"}
    terminal = pexpect.spawn(
        "/bin/sh", ["-c", command], cwd=folder, env=env, encoding="utf-8", timeout=120, dimensions=(100, COLUMNS)
    )
    terminal.expect(pexpect.EOF)
    terminal.close()
    if terminal.exitstatus:
        raise SystemExit(f"source-basecamp {picture.arguments} ended with {terminal.exitstatus}:\n{terminal.before}")
    # The place of the interpreter is this machine's.
    return re.sub(r"\S*/python\S* -c ", "python -c ", str(terminal.before).replace("\r\n", "\n"))


def _drawn(picture: Picture, printed: str) -> str:
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, highlight=False)
    console.print(Text.assemble(("$ ", "green"), (f"source-basecamp {picture.arguments}", "bold")))
    console.print(Text.from_ansi(printed))
    svg = console.export_svg(title="")
    # No font from the web: a picture in a README may not load one, and need not.
    svg = re.sub(r"@font-face {.*?}\s*", "", svg, flags=re.DOTALL).replace("Fira Code, monospace", FONTS)
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


if __name__ == "__main__":
    main()
