"""`python -m bench`: measures everything, prints the page and writes it. Ends with 1 where a target is not met."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor

from bench import accounts, archived, classic, files, loading, memory, pace, page, speed, startup, streams
from bench.catalog import FIVE
from bench.sizes import FULL, QUICK, Plan, one_feed
from bench.table import Section

_SIDE_BY_SIDE = 3


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description="What a sync costs. Takes ten minutes.")
    parser.add_argument("--quick", action="store_true", help="small accounts, to try the benchmark; writes no page")
    quick = parser.parse_args().quick
    plan = QUICK if quick else FULL
    print("What is timed, one after the other ...", file=sys.stderr)
    timed = _timed(plan)
    print("What is counted, side by side ...", file=sys.stderr)
    counted, per_stream, whole = _counted(plan)
    sections = [*counted, *timed]
    text = page.written(sections, per_stream, whole)
    print(text)
    if not quick:
        page.PAGE.write_text(text)
    missed = [row.name for section in sections for row in section.rows if not row.met]
    print(f"Not met: {', '.join(missed)}." if missed else "Every target is met.")
    return 1 if missed else 0


def _timed(plan: Plan) -> list[Section]:
    feed = speed.pairs(one_feed(plan.feed), ["todos"], plan.repeats)
    five = speed.pairs(plan.accounts[plan.middling], FIVE, plan.repeats)
    loaded = loading.section(plan.feed, plan.repeats)
    copied = files.section(plan.files)
    of_classic = [classic.section(size) for size in plan.classic]
    return [speed.section(feed, five), loaded, copied, startup.section(3 * plan.repeats), *of_classic]


def _counted(plan: Plan) -> tuple[list[Section], list[list[str]], str]:
    """The counts and sizes: they are the same on a busy machine."""
    with ProcessPoolExecutor(_SIDE_BY_SIDE, multiprocessing.get_context("spawn")) as pool:
        ours, plain = (pool.submit(pace.run, plan.accounts[plan.middling], whose) for whose in pace.COMMANDS)
        # The measurement with a target runs beside one that hardly uses the machine.
        ours.result()
        # The largest first: it takes longest.
        costs = [pool.submit(accounts.section, *account) for account in reversed(plan.accounts.items())]
        of_archived = pool.submit(archived.section, plan.archived)
        grown = pool.submit(memory.section, plan.little, plan.much, plan.feed)
        per_stream, whole = pool.submit(streams.cells, plan.whole), pool.submit(streams.whole, plan.whole)
        sections = [
            *(cost.result() for cost in reversed(costs)),
            of_archived.result(),
            pace.section(plan.middling, ours.result(), plain.result()),
            grown.result(),
        ]
        return sections, per_stream.result(), whole.result()


if __name__ == "__main__":
    sys.exit(main())
