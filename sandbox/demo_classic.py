"""`make demo-classic`: syncs a made-up Basecamp Classic site into DuckDB, and asks it whose hours went where."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import duckdb
from rich.console import Console

from sandbox import ClassicSize, Sandbox
from sandbox.account.clock import live_today
from sandbox.demo import ask, run

DATABASE = Path("demo-classic.duckdb")
QUESTION = "Who worked for how many hours on which project?"
QUERY = "SELECT project, person, round(sum(hours), 2) AS hours FROM hours GROUP BY ALL ORDER BY hours DESC LIMIT 6"


def main() -> None:
    """Run the demo. If a command fails, it exits with that command's exit code."""
    console = Console(highlight=False)
    DATABASE.unlink(missing_ok=True)
    live_today()
    with Sandbox(rate_limit=False, classic=ClassicSize()) as sandbox, tempfile.TemporaryDirectory() as folder:
        console.print(f"A made-up Basecamp Classic site is served at {sandbox.url}.\n")
        config = Path(folder) / "config.json"
        config.write_text(json.dumps(sandbox.classic_config()))
        run(console, ["sync", "--to", f"duckdb:{DATABASE}"], "--config", str(config), env=sandbox.env)
    with duckdb.connect(str(DATABASE), read_only=True) as database:
        ask(console, database, QUESTION, QUERY)


if __name__ == "__main__":
    main()
