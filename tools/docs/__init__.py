"""Writes the parts of README.md and docs/ that come from the source: `make docs`."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The checkout."""
