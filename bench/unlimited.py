"""`main.py` without its request budget, for a sandbox that limits nothing."""

from __future__ import annotations

from bench.usage import usage_told
from integration_tests.support.patches import changed_manifest, without_budget
from source_basecamp.run import run

if __name__ == "__main__":
    with usage_told(), changed_manifest(without_budget):
        run()
