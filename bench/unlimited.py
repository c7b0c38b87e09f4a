"""`main.py` without its request budget, for a sandbox that limits nothing."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from bench.usage import usage_told
from source_basecamp import source
from source_basecamp.product import BC3
from source_basecamp.run import run

_with_budget = source.manifest


def _without_budget(product: str = BC3) -> dict[str, Any]:
    return {key: value for key, value in _with_budget(product).items() if key != "api_budget"}


if __name__ == "__main__":
    with usage_told(), patch.object(source, "manifest", _without_budget):
        run()
