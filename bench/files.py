"""What `source-basecamp sync --files` costs: files and bytes per second, and whether memory grows with them.

`python -m bench.files [FILES]` measures it by itself, and prints the table. It is measured without the limit of
Basecamp, at which 10,000 new files take 37 minutes.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench import ROOT
from bench.measured import OURS
from bench.sizes import FULL
from bench.table import Row, Section, Target, one_table
from sandbox import AccountSize, Sandbox

STREAMS = "projects,vaults,uploads"
GROWTH = Target("at most", 40)
"""Megabytes."""
NONE = Target("exactly", 0)
_LARGEST = 64 << 20
"""Bytes. One file in a thousand is as large as that."""


def section(files: int = FULL.files) -> Section:
    """Copies files, then looks whether there is something to copy."""
    first, idle, with_files, without = _copied(files)
    return Section(
        f"`sync --files`, {first['fetched']:,} files of {first['bytes'] / 1e6:,.0f} MB, without the rate limit",
        [
            Row("files per second", round(first["fetched"] / first["seconds"]), None),
            Row("MB per second", round(first["bytes_per_second"] / 1e6), None),
            Row("memory at the peak, MB", with_files, None),
            Row("memory at the peak of the same sync without `--files`, MB", without, None),
            Row("growth", with_files - without, None, target=GROWTH),
            Row("files that the next sync asks for", idle["requests"], None, target=NONE),
            Row("seconds that it takes to find that out", idle["seconds"], None),
        ],
    )


def _copied(files: int) -> tuple[Any, Any, int, int]:
    """The figures of the files in two syncs, and the memory of the first, with and without them, in megabytes."""
    size = AccountSize(projects=20, archived_projects=0, trashed_projects=0, uploads=files, vaults=60)
    with Sandbox(size, rate_limit=False) as sandbox, TemporaryDirectory() as name:
        _resize(sandbox)
        config = Path(name) / "config.json"
        config.write_text(json.dumps(sandbox.config(lookback_minutes=0)))
        _, without = _sync(sandbox, f"duckdb:{name}/tables.duckdb", config)
        copies = ("--files", f"{name}/files")
        (first, megabytes), (second, _) = (_sync(sandbox, f"duckdb:{name}/all.duckdb", config, *copies) for _ in "12")
        return first["files"], second["files"], megabytes, without


def _resize(sandbox: Sandbox) -> None:
    """Files of all sizes: most are small, some are empty, a few are large. Attachments are left out."""
    chance, account = random.Random(37), sandbox.account
    for number, upload in enumerate(account.feed("Upload")):
        size = _LARGEST if number % 1_000 == 7 else int(10 ** chance.uniform(0, 5.5)) if number % 50 else 0
        at = upload["updated_at"]
        account.update(upload["id"], byte_size=size, description_attachments=[], updated_at=at)


def _sync(sandbox: Sandbox, place: str, config: Path, *options: str) -> tuple[Any, int]:
    command = [*OURS, "sync", "--to", place, "--config", str(config), "--json", "--streams", STREAMS, *options]
    environment = os.environ | sandbox.env
    done = subprocess.run(command, check=True, capture_output=True, env=environment, cwd=ROOT, timeout=3_600)
    usage = json.loads(done.stderr.splitlines()[-1])
    return json.loads(done.stdout), usage["peak_kb"] // 1024


if __name__ == "__main__":
    print(one_table([section(*map(int, sys.argv[1:]))]))
