"""Which Basecamp a configuration reads: Basecamp 3, 4 and 5, which share one API, or Basecamp Classic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BC3, CLASSIC = "bc3", "classic"


def product_named(value: Any) -> str | None:
    """The product that a value of the option `product` names, in any case and with blanks around it; None if none."""
    name = value.strip().lower() if isinstance(value, str) else None
    return name if name in (BC3, CLASSIC) else None


def product_of(config: Mapping[str, Any]) -> str:
    """The product that a configuration reads, normalised or not: `BC3` unless it names another."""
    return product_named(config.get("product")) or BC3
