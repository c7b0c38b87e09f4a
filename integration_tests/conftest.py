from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from integration_tests.connector import Connector
from sandbox import AccountSize, Sandbox


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[Callable[..., Connector]]:
    """Starts a sandbox with an account of the given size, and returns the connector pointed at it."""
    with ExitStack() as stack:

        def start(size: AccountSize | None = None, **options: Any) -> Connector:
            options.setdefault("rate_limit", False)
            return Connector(stack.enter_context(Sandbox(size, **options)), tmp_path)

        yield start
