"""The reference is what the manifest, the schemas and the spec say today."""

from __future__ import annotations

from docs.generate import TARGET, reference


def test_the_reference_is_fresh() -> None:
    assert TARGET.read_text() == reference(), "run `make docs`"
