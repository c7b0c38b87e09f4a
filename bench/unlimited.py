"""`main.py` without its request budget, for a sandbox that limits nothing. Prints its peak memory to stderr."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from source_basecamp import SourceBasecamp
from source_basecamp.run import run


def main() -> None:
    original = SourceBasecamp._read_and_parse_yaml_file

    def read(source: SourceBasecamp, path: str) -> Any:
        return {key: value for key, value in original(source, path).items() if key != "api_budget"}

    SourceBasecamp._read_and_parse_yaml_file = read  # type: ignore[method-assign]
    run()
    # Not getrusage, which counts what the parent held when it started this process.
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(peak, file=sys.stderr)


if __name__ == "__main__":
    main()
