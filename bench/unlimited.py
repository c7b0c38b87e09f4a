"""`main.py` without its request budget, for a sandbox that limits nothing."""

from __future__ import annotations

from unittest.mock import patch

from bench.usage import usage_told
from source_basecamp import source
from source_basecamp.run import run

if __name__ == "__main__":
    without_budget = {key: value for key, value in source.manifest().items() if key != "api_budget"}
    with usage_told(), patch.object(source, "manifest", lambda: without_budget):
        run()
