"""Airbyte source connector for Basecamp 3, 4 and 5."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from source_basecamp.source import SourceBasecamp

__all__ = ["SourceBasecamp"]


def __getattr__(name: str) -> Any:
    """Imports the CDK, which takes a second, only for those who want the source."""
    if name != "SourceBasecamp":
        raise AttributeError(name)
    from source_basecamp.source import SourceBasecamp  # noqa: PLC0415

    return SourceBasecamp
