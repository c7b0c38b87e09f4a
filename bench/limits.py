"""`make limits`: what memory and processor suffice, and what connections beside each other do; for docs/scaling.md.

Takes half an hour, and what `bench.cage` needs.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import ROOT, fleet
from bench.cage import cage, possible
from bench.catalog import FIVE, STREAMS
from bench.measured import OURS, OURS_AS_SHIPPED, Measured, connectors
from bench.sizes import LARGE, MEDIUM, SMALL, WHOLE
from bench.table import markdown
from sandbox import AccountSize, Sandbox
from tools.docs.page import filled

PAGE = ROOT / "docs" / "scaling.md"
COMMAND = "make limits"
PLENTY = 4_000
MEMORY = (96, 112, 128, 144, 160, 192, 224, 256, 320, 384, 512, PLENTY)
"""Memory limits to try, in megabytes."""
SHARES = (1.0, 0.5, 0.25, 0.1)

ACCOUNTS: Sequence[tuple[str, AccountSize, Sequence[str]]] = (
    ("small, the five streams", SMALL, FIVE),
    ("medium, the five streams", MEDIUM, FIVE),
    ("large, the five streams", LARGE, FIVE),
    ("225 projects, all streams", WHOLE, STREAMS),
)


def main() -> int:
    if not possible():
        print("Limits are measured as root on Linux with cgroup v1, which this is not.", file=sys.stderr)
        return 1
    tables = {
        **fleet.tables(),
        "processor": (
            ("share of a processor", "`check`", "medium full sync", "processor time of it"),
            [with_share(share) for share in SHARES],
        ),
        "memory": (
            ("full sync of", "records", "requests", "fails with", "passes with"),
            [least_memory(*account) for account in ACCOUNTS],
        ),
    }
    text = PAGE.read_text()
    for name, (headings, rows) in tables.items():
        text = filled(text, name, markdown(headings, rows), COMMAND)
    PAGE.write_text(text)
    return 0


def least_memory(name: str, size: AccountSize, streams: Iterable[str]) -> list[str]:
    """The least of `MEMORY` in which a full sync passes, and how many records it reads."""
    streams = list(streams)
    with Sandbox(size, rate_limit=False) as sandbox, TemporaryDirectory() as folder:
        for below, megabytes in pairwise((0, *MEMORY)):
            print(f"{name}: {megabytes} MB ...", file=sys.stderr)
            with cage(megabytes) as inside:
                run = Measured(sandbox, Path(folder), (*inside, *OURS)).attempt(streams)
            if run.exit_code == 0:
                return [name, f"{run.total:,}", f"{run.requests:,}", f"{below} MB" if below else "", f"{megabytes} MB"]
    raise RuntimeError(f"{name}: no sync passed, not with {PLENTY:,} MB either")


def with_share(share: float) -> list[str]:
    """`check`, and a full sync of the medium account at the real rate limit, with a share of one processor."""
    print(f"{share:g} of a processor ...", file=sys.stderr)
    with cage(PLENTY, share) as inside, connectors(Sandbox(MEDIUM), (*inside, *OURS_AS_SHIPPED)) as (caged,):
        began = time.monotonic()
        caged.check()
        checked = time.monotonic() - began
        before = _processor_time()
        run = caged.sync()
        return [f"{share:g}", f"{checked:.0f} s", f"{run.span:.0f} s", f"{_processor_time() - before:.0f} s"]


def _processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
