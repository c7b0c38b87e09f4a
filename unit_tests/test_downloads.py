"""What is taken from a storage."""

from __future__ import annotations

import tracemalloc
from types import SimpleNamespace
from typing import Any

from source_basecamp.downloads import in_memory

SIZE = 8_000_000


def test_a_file_for_airbyte_is_in_memory_once() -> None:
    left = iter([bytes(65_536)] * (SIZE // 65_536))
    answer: Any = SimpleNamespace(raw=SimpleNamespace(read1=lambda size, decode_content: next(left, b"")))
    tracemalloc.start()
    try:
        assert len(in_memory(answer)) > 0.9 * SIZE
        assert tracemalloc.get_traced_memory()[1] < 1.5 * SIZE
    finally:
        tracemalloc.stop()
