"""The environment that has PyAirbyte, which cannot be in the connector's own."""

from __future__ import annotations

import sys

import pytest

from integration_tests.support.connector import ROOT

PYTHON = ROOT / ".venv-pyairbyte" / "bin" / "python"

needs_pyairbyte = pytest.mark.skipif(
    not PYTHON.exists(),
    reason="PyAirbyte has no release for Python 3.13"
    if sys.version_info >= (3, 13)
    else "`make test` makes the environment that this needs, .venv-pyairbyte",
)
