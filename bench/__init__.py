"""What a sync costs, against a manifest made of nothing but the CDK's own parts: `make bench`."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent
"""The checkout."""
