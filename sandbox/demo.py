"""Two syncs of a made-up account, for people to look at: the first brings all of it, the second what changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pendulum
from rich.console import Console
from rich.table import Table

from sandbox import AccountSize, Sandbox

STATUSES = ("active", "archived", "trashed")
# A screenful of the streams.
STREAMS = ("projects", "schedules", "schedule_entries", "todos", "messages")
SIZE = AccountSize(
    projects=40,
    archived_projects=8,
    trashed_projects=2,
    people=30,
    todos=(420, 40, 10),
    messages=(120, 14, 6),
    schedule_entries=(90, 10, 4),
)


def main() -> None:
    console = Console()
    with Sandbox(SIZE) as sandbox, tempfile.TemporaryDirectory() as folder:
        console.print(f"A made-up Basecamp account is served at {sandbox.account_url}.\n")
        demo = _Demo(console, sandbox, Path(folder))
        state = demo.sync("First sync: everything", None)
        for line in _change(sandbox):
            console.print(f"  [dim]in the sandbox:[/] {line}")
        console.print()
        demo.sync("Second sync: only what changed", state)


class _Demo:
    def __init__(self, console: Console, sandbox: Sandbox, folder: Path) -> None:
        self._console = console
        self._sandbox = sandbox
        self._folder = folder
        self._config: dict[str, Any] = sandbox.config(lookback_minutes=0)
        self._catalog = _catalog(self._output("discover", config=self._config))

    def sync(self, title: str, state: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
        """Runs the connector, prints a table, and returns the state for the next sync."""
        self._sandbox.log.clear()
        began = time.monotonic()
        saved = {} if state is None else {"state": state}
        messages = self._output("read", config=self._config, catalog=self._catalog, **saved)
        seconds = time.monotonic() - began
        for message in messages:
            if message["type"] == "CONTROL":
                # What Airbyte does with it: the refreshed token is there for the next sync.
                self._config = message["control"]["connectorConfig"]["config"]
        states = {
            m["state"]["stream"]["stream_descriptor"]["name"]: m["state"] for m in messages if m["type"] == "STATE"
        }
        self._print(title, messages, states)
        asked = len(self._sandbox.log.requests)
        records = sum(message["type"] == "RECORD" for message in messages)
        self._console.print(f"{records:,} records with {asked} requests in {seconds:.1f} s.\n")
        return [{"type": "STREAM", "stream": saved["stream"]} for saved in states.values()]

    def _output(self, verb: str, **files: Any) -> list[dict[str, Any]]:
        command = [sys.executable, "main.py", verb]
        for name, content in files.items():
            path = self._folder / f"{name}.json"
            path.write_text(json.dumps(content))
            command += [f"--{name}", str(path)]
        if verb == "read":
            self._console.print(
                f"[dim]$ python main.py read {' '.join(f'--{name} {name}.json' for name in files)}[/]", soft_wrap=True
            )
        done = subprocess.run(
            command, stdout=subprocess.PIPE, env=os.environ | self._sandbox.env, check=True, timeout=600
        )
        return [json.loads(line) for line in done.stdout.decode().split("\n") if line]

    def _print(self, title: str, messages: list[dict[str, Any]], states: dict[str, Any]) -> None:
        headings = ("active", "archived", "trashed", "pages", "newest record", "saved state")
        table = Table("stream", *headings, box=None, padding=(0, 1, 0, 0))
        for column in table.columns:
            column.no_wrap = True
        for column in table.columns[1:5]:
            column.justify = "right"
        for stream in (configured["stream"]["name"] for configured in self._catalog["streams"]):
            rows = [m["record"]["data"] for m in messages if m["type"] == "RECORD" and m["record"]["stream"] == stream]
            newest = max((row["updated_at"] for row in rows if "updated_at" in row), default="")
            table.add_row(stream, *_by_status(rows), self._pages(stream), _short(newest), _state(states[stream]))
        self._console.print(f"[bold]{title}[/]", table, sep="\n")

    def _pages(self, stream: str) -> str:
        if stream == "schedules":
            return "-"
        kind = {"todos": "Todo", "messages": "Message", "schedule_entries": "Schedule::Entry"}.get(stream)
        return str(sum(r.query.get("type") == kind and not r.launchpad for r in self._sandbox.log.requests))


def _by_status(rows: list[dict[str, Any]]) -> list[str]:
    """How many are active, archived and trashed; schedules have no status of their own."""
    counts = Counter(row.get("status", "active") for row in rows)
    return [f"{counts[status]:,}" for status in STATUSES]


def _catalog(messages: list[dict[str, Any]]) -> dict[str, Any]:
    (catalog,) = (message["catalog"] for message in messages if message["type"] == "CATALOG")
    return {
        "streams": [
            {
                "stream": stream,
                "sync_mode": stream["supported_sync_modes"][-1],
                "destination_sync_mode": "append_dedup",
            }
            for stream in catalog["streams"]
            if stream["name"] in STREAMS
            if stream["name"] in STREAMS
        ]
    }


def _state(state: dict[str, Any]) -> str:
    cursors = [part["cursor"]["updated_at"] for part in state["stream"]["stream_state"].get("states", [])]
    return _short(max(cursors, default="")) or "read whole"


def _short(moment: str) -> str:
    return pendulum.parse(moment).format("MMM DD HH:mm:ss") if moment else ""  # type: ignore[union-attr]


def _change(sandbox: Sandbox) -> list[str]:
    account = sandbox.account
    done, gone, kept = account.feed("Todo", "active")[10:13]
    account.complete(done["id"])
    account.trash(gone["id"])
    account.archive(kept["id"])
    account.create("Message")
    return ["one to-do completed, one trashed, one archived", "one message posted"]


if __name__ == "__main__":
    main()
