"""A Basecamp Classic account, the product of 2004: what it holds, from one seed, and how a test changes it."""

from __future__ import annotations

from sandbox.classic.site import ClassicSite
from sandbox.classic.size import ClassicSize

__all__ = ["ClassicSite", "ClassicSize"]
