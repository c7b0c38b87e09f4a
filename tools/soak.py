"""Plays made-up histories against the connector and against `sync` for a number of minutes: `python -m tools.soak 60`.

Each round draws histories from a new seed, and prints how many were played so far. The first history after which
something is lost, stale or not marked ends it with exit code 1 and is printed, as small as Hypothesis can make it.
The last line is kept in `bench/soak.txt`, which `docs/benchmark.md` quotes.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import time
from pathlib import Path

RESULT = Path(__file__).parents[1] / "bench" / "soak.txt"
TESTS = ("integration_tests/test_nothing_is_lost.py", "integration_tests/test_tables_equal_the_account.py")
OPTIONS = ("-q", "-k", "after_a_quiet_sync", "--hypothesis-profile=soak", "--hypothesis-show-statistics")


def main(minutes: float) -> int:
    started, passed, played = time.monotonic(), 0.0, 0
    while passed < minutes:
        seed = random.randrange(2**32)
        command = [sys.executable, "-m", "pytest", *OPTIONS, f"--hypothesis-seed={seed}", *TESTS]
        done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            print(done.stdout, f"The seed was {seed}.")
            return 1
        played += sum(int(count) for count in re.findall(r"(\d+) passing, 0 failing", done.stdout))
        passed = (time.monotonic() - started) / 60
        result = f"{passed:.0f} minutes, {played:,} histories: after each, everything was there as the account has it."
        print(result, flush=True)
        RESULT.write_text(f"{result}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
