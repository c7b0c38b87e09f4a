"""Reports a process's peak memory and processor time as the last line of its standard error."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def usage_told() -> Iterator[None]:
    """Prints `{"peak_kb": ..., "cpu_seconds": ...}` when the block ends, however it ends."""
    try:
        yield
    finally:
        # Not getrusage, which counts what the parent held when it started this process.
        (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
        usage = {"peak_kb": int(peak), "cpu_seconds": time.process_time()}
        print(json.dumps(usage), file=sys.stderr, flush=True)
