"""`docs/benchmark.md`: the figures, the machine they were measured on, and their definitions."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version

from bench import ROOT, streams
from bench.plain import MANIFEST
from bench.table import Section, markdown, one_table

PAGE = ROOT / "docs" / "benchmark.md"
SOAK = ROOT / "bench" / "soak.txt"

_TEMPLATE = """\
# Benchmark

`make bench` wrote this page. It ran on {machine};
the connector and the stand-in for Basecamp shared the machine.

- *Plain* is [{plain}](../{plain}): five streams, read with the CDK's own parts
  in the way of Airbyte's published connector, with one request for each project and each schedule. It ran in the same
  benchmark, against the same accounts. It reads active records only, so it may need less than the least.
- *Least* is the least that there can be, worked out from the account. A full sync brings each record once, active,
  archived and trashed, on the largest pages that Basecamp deals out. An idle sync, after which nothing is new, asks
  once for each listing that is in the order of change, and for every page of projects, which are in no such order.
- *Ratio* is ours over the least; over plain where the heading says so.
- Of Basecamp Classic, where all is read in every sync, the least is one request for each page of each list, and a last
  one where a full page may be followed by another. A calendar of more than one page is read twice: nobody counts it.
- Requests for tokens are counted apart: they go to Launchpad, which has no part in the limit.
- `sync` is measured without reading, which has rows of its own here and, at Basecamp's limit, goes at 450 records a
  second. A to-do of the made-up account is 5 KB of JSON.
- What the limit makes a sync take is reckoned from its requests: 10 s for each further 50 of them; 11 s for ours, whose
  budget leaves one second for answers that arrive unevenly.

{table}

## Each stream

On another account of {records} records, each stream read alone, twice. A dash stands where Basecamp has to be asked
project by project or tool by tool. The timesheet is asked for year by year. A feed that is read alone also lists the
active and archived projects, which the least leaves out: in a sync of several streams they are listed once for all.

{streams}

{whole}

## Nothing is lost

`make soak` plays made-up histories: people change, move, trash, restore and delete records, and archive, hide and
restore whole projects, between syncs and while they read, with failures and stops at any request. Its last run:
{soak}
"""


def written(sections: Sequence[Section], per_stream: Sequence[Sequence[str]], whole: str) -> str:
    """The page."""
    records = sum(int(cells[1].replace(",", "")) for cells in per_stream)
    return _TEMPLATE.format(
        machine=_machine(),
        plain=MANIFEST.relative_to(ROOT),
        table=one_table(sections),
        records=f"{records:,}",
        streams=markdown(streams.HEADINGS, per_stream),
        whole=whole,
        soak=SOAK.read_text().strip(),
    )


def _machine() -> str:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{platform.system()} with {os.cpu_count()} cores, {python}, airbyte-cdk {version('airbyte-cdk')}"
