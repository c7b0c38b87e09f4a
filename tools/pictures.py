"""Draws docs/pictures: what the verbs print on a terminal, and the report, run for real against the sandbox.

`make pictures` does it. The report needs Chromium, and is of today: its picture is another each day.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pexpect
from rich.console import Console
from rich.text import Text

from sandbox import AccountSize, Sandbox, demo
from sandbox.account import Account
from sandbox.account.clock import live_today

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

PROJECTS = (
    "The Leto Laptop", "Honcho Design HQ", "Spring catalogue", "Website relaunch", "Support handbook", "Trade fair",
    "Mobile app", "Hiring", "Office move", "Newsletter", "Pricing", "Partner programme",
)  # fmt: skip
TITLES = (
    "Draft the launch announcement", "Fix the checkout bug", "Book the venue for the off-site", "Review the contract",
    "Update the price list", "Choose the photos", "Write the release notes", "Answer the survey", "Order the samples",
    "Plan the usability test", "Renew the certificates", "Translate the manual", "Interview two candidates",
)  # fmt: skip
PEOPLE = (
    "Victor Cooper", "Annie Bryan", "Zoë Šimková", "Steve Marsh", "José Álvarez", "Nguyễn Thị Hà", "Beatrix Adler",
    "Omar Haddad", "Li Xiaolong", "Ruth Okafor", "Ivo Berg", "Mina Sato", "Noor Khan", "Paul Lindt", "Eva Roth",
)  # fmt: skip
"""Of the picture of the report."""

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
    _photograph_report()


def _photograph_report() -> None:
    """The head of the report on the demo's account, as Chromium shows it."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise SystemExit("Chromium is missing, which takes the picture of the report: see `make system-packages`.")
    live_today()
    with Sandbox(demo.SIZE, rate_limit=False) as sandbox, tempfile.TemporaryDirectory() as folder:
        _rename(sandbox.account)
        (Path(folder) / "config.json").write_text(json.dumps(sandbox.config()))
        command = (sys.executable, TARGET.parent.parent / "main.py")
        sync = ["sync", "--to", "duckdb:basecamp.duckdb", "--streams", ",".join(demo.STREAMS), "--quiet"]
        for arguments in (sync, ["report", "--from", "duckdb:basecamp.duckdb"]):
            subprocess.run([*command, *arguments], cwd=folder, env=os.environ | sandbox.env, check=True)
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1160,1180"]
        page = (Path(folder) / "basecamp-report.html").as_uri()
        subprocess.run([chromium, *flags, f"--screenshot={TARGET / 'report.png'}", page], check=True)


def _rename(account: Account) -> None:
    """Gives everyday names to all that is odd on purpose: a machine may lack the letters, and a reader the patience."""
    for n, project in enumerate(account.projects()):
        account.update(project["id"], name=PROJECTS[n % len(PROJECTS)])
    for kind in ("Todo", "Kanban::Card", "Schedule::Entry"):
        for n, record in enumerate(account.feed(kind)):
            account.update(record["id"], title=TITLES[n % len(TITLES)])
    for n, person in enumerate(account.people()):
        person["name"] = PEOPLE[n % len(PEOPLE)]


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
