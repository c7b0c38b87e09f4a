"""Airbyte source connector for Basecamp 3, 4 and 5."""

from source_basecamp.source import SourceBasecamp

__all__ = ["SourceBasecamp"]
