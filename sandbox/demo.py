"""`make demo`: syncs a made-up account into DuckDB twice, asks it three questions, and writes a report on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sandbox import AccountSize, Sandbox
from sandbox.account.clock import live_today

DATABASE, REPORT = Path("demo.duckdb"), Path("demo-report.html")
_MAIN = Path(__file__).parent.parent / "main.py"
# As many as fit on a screen, among them all that the questions and the report need.
STREAMS = (
    "account",
    "people",
    "projects",
    "todos",
    "messages",
    "comments",
    "documents",
    "uploads",
    "schedule_entries",
    "cards",
    "steps",
    "timesheet_entries",
    "project_people",
    "questions",
    "question_answers",
)
# So small that the second sync stays below Basecamp's limit, and the first waits for it once.
SIZE = AccountSize(
    projects=8,
    archived_projects=0,
    trashed_projects=1,
    people=15,
    todos=(240, 30, 10),
    messages=(60, 8, 4),
    schedule_entries=(120, 6, 2),
    comments=(90, 5, 5),
)
QUESTIONS = {
    "Which projects are alive, and where is work overdue?": "SELECT project, last_change, open_todos, overdue_todos "
    "FROM project_activity ORDER BY overdue_todos DESC LIMIT 6",
    "What has been overdue for longest, and who is on it?": "SELECT title, assignees, due_on, days_overdue "
    "FROM open_todos WHERE days_overdue > 0 ORDER BY days_overdue DESC LIMIT 6",
    "What comes next, and what of it comes again?": "SELECT title, project, repeats, first_day "
    "FROM upcoming_schedule WHERE days_until > 0 ORDER BY first_day LIMIT 6",
}


def main() -> None:
    """Run the demo. If a command fails, it exits with that command's exit code."""
    console = Console(highlight=False)
    DATABASE.unlink(missing_ok=True)
    live_today()
    with Sandbox(SIZE, rate_limit=False) as sandbox, tempfile.TemporaryDirectory() as folder:
        console.print(f"A made-up Basecamp account is served at {sandbox.account_url}.\n")
        _sync(console, sandbox, Path(folder))
        console.print()
        console.print(f"[dim]In the sandbox:[/] {_change(sandbox)}", soft_wrap=True)
        console.print()
        _sync(console, sandbox, Path(folder))
    with duckdb.connect(str(DATABASE), read_only=True) as database:
        for question, query in QUESTIONS.items():
            ask(console, database, question, query)
    console.print()
    run(console, ["report", "--from", f"duckdb:{DATABASE}", "--output", str(REPORT)])
    console.print(f"Open it in a browser: [bold]{REPORT.resolve().as_uri()}[/]", soft_wrap=True)


def _sync(console: Console, sandbox: Sandbox, folder: Path) -> None:
    """Sync the account of the sandbox."""
    config = folder / "config.json"
    if not config.exists():
        config.write_text(json.dumps(sandbox.config()))
    arguments = ["sync", "--to", f"duckdb:{DATABASE}", "--streams", ",".join(STREAMS)]
    run(console, arguments, "--config", str(config), env=sandbox.env)


def run(console: Console, arguments: list[str], *hidden: str, env: Mapping[str, str] | None = None) -> None:
    """Run `source-basecamp` as a process, on this terminal; `hidden` are arguments that are not shown."""
    console.print(f"[bold]$ source-basecamp {' '.join(arguments)}[/]", soft_wrap=True)
    command = [sys.executable, str(_MAIN), *arguments, *hidden]
    done = subprocess.run(command, env=os.environ | dict(env or {}), check=False)
    if done.returncode:
        sys.exit(done.returncode)


def _change(sandbox: Sandbox) -> str:
    account = sandbox.account
    done, gone, kept = account.feed("Todo", "active")[10:13]
    account.complete(done["id"])
    account.trash(gone["id"])
    account.archive(kept["id"])
    account.create("Message")
    return "one to-do is completed, one trashed, one archived; one message is posted."


def ask(console: Console, database: duckdb.DuckDBPyConnection, question: str, query: str) -> None:
    answer = database.execute(query)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name, *_ in answer.description or ():
        table.add_column(str(name), no_wrap=True, max_width=24)
    for row in answer.fetchall():
        table.add_row(*map(_cell, row))
    console.print(f"\n[bold]{question}[/]\n[dim]{query}[/]", table, sep="\n", soft_wrap=True)


def _cell(value: Any) -> Text:
    if isinstance(value, datetime):
        value = value.date()
    return Text("" if value is None else " ".join(str(value).split()))


if __name__ == "__main__":
    main()
