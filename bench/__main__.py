"""What a sync of the whole account costs: `make bench`. Counts and ratios, measured against a sandbox on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from sandbox import AccountSize, Sandbox

ROOT = Path(__file__).parent.parent
SIZE = AccountSize(
    projects=200,
    archived_projects=20,
    trashed_projects=5,
    people=60,
    todos=(20_000, 400, 100),
    messages=(3_000, 100, 20),
    schedule_entries=(2_000, 50, 10),
    comments=(15_000, 100, 50),
    documents=(1_000, 20, 5),
    uploads=(2_000, 20, 5),
    vaults=(400, 10, 2),
    todolists=(800, 50, 10),
    cards=(3_000, 50, 20),
    steps=(1_000, 20, 5),
    question_answers=(2_000, 10, 5),
    external_links=(100, 5, 5),
    hidden_per_project=0,
)


@dataclass(frozen=True)
class Run:
    """One sync as a process of its own."""

    messages: list[dict[str, Any]]
    requests: int
    megabytes: float

    @property
    def state(self) -> list[dict[str, Any]]:
        newest = {m["state"]["stream"]["stream_descriptor"]["name"]: m["state"] for m in self.of("STATE")}
        return [{"type": "STREAM", "stream": state["stream"]} for state in newest.values()]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]


def main() -> None:
    console = Console(width=100)
    with Sandbox(SIZE, rate_limit=False) as sandbox, tempfile.TemporaryDirectory() as folder:
        catalog = _catalog(sandbox, Path(folder))
        table = Table("stream", "records", "first sync", "second sync", "floor", box=None, title="Requests by stream")
        for column in table.columns[1:]:
            column.justify = "right"
        for entry in catalog:
            first = _read(sandbox, Path(folder), [entry])
            second = _read(sandbox, Path(folder), [entry], first.state)
            records = len(first.of("RECORD"))
            floor = _idle_floor(entry, second.requests)
            table.add_row(entry["stream"]["name"], f"{records:,}", f"{first.requests:,}", f"{second.requests:,}", floor)
        console.print(table)
        whole = _read(sandbox, Path(folder), catalog)
        console.print(
            f"\nAll streams together: {len(whole.of('RECORD')):,} records, {whole.requests:,} requests, "
            f"{whole.megabytes:.0f} MB at the peak."
        )


def _idle_floor(entry: Mapping[str, Any], asked: int) -> str:
    """The fewest requests that can tell that nothing changed: one for each listing, where a listing is in order."""
    name = entry["stream"]["name"]
    if entry["sync_mode"] == "full_refresh":
        return f"{asked:,}" if asked <= 3 else "read whole"
    return {"timeline_events": "1", "timesheet_entries": "1"}.get(name, "3")


def _read(
    sandbox: Sandbox, folder: Path, catalog: Iterable[Mapping[str, Any]], state: list[dict[str, Any]] | None = None
) -> Run:
    files: dict[str, Any] = {"config": _config(sandbox), "catalog": {"streams": list(catalog)}}
    if state is not None:
        files["state"] = state
    sandbox.log.clear()
    messages, told = _run(sandbox, folder, "read", files)
    return Run(messages, len(sandbox.log.api), int(told or 0) / 1024)


def _config(sandbox: Sandbox) -> dict[str, Any]:
    token = {"access_token": sandbox.tokens.issue(), "token_expiry_date": "2099-01-01T00:00:00Z"}
    return sandbox.config(**token)


def _catalog(sandbox: Sandbox, folder: Path) -> list[dict[str, Any]]:
    messages, _ = _run(sandbox, folder, "discover", {"config": _config(sandbox)})
    (catalog,) = (message["catalog"] for message in messages if message["type"] == "CATALOG")
    return [
        {"stream": stream, "sync_mode": stream["supported_sync_modes"][-1], "destination_sync_mode": "append"}
        for stream in catalog["streams"]
    ]


def _run(sandbox: Sandbox, folder: Path, verb: str, files: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str]:
    command = [sys.executable, "-m", "bench.unlimited", verb]
    for name, content in files.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(content))
        command += [f"--{name}", str(path)]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, env=os.environ | sandbox.env, check=True, timeout=900)
    return [json.loads(line) for line in done.stdout.decode().split("\n") if line], done.stderr.decode().strip()


if __name__ == "__main__":
    main()
