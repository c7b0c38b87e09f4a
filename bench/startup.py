"""How long `spec` takes, over importing what any connector on the CDK imports."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence

from bench import ROOT
from bench.measured import OURS_AS_SHIPPED, PLAIN
from bench.table import Section, Target, over_least

IMPORTS_ALONE = (
    sys.executable,
    "-c",
    "import airbyte_cdk.entrypoint, airbyte_cdk.sources.declarative.yaml_declarative_source",
)


def section(repeats: int) -> Section:
    """Measures in turns, so that a busy machine slows all alike."""
    commands = ((*OURS_AS_SHIPPED, "spec"), (*PLAIN, "spec"), IMPORTS_ALONE)
    rounds = [[_seconds(command) for command in commands] for _ in range(repeats)]
    ours, plain, imports = (min(times) for times in zip(*rounds, strict=True))
    row = over_least("time of `spec`", ours / imports, plain / imports, 1, Target("at most", 1.5))
    return Section(f"Start-up, over importing the CDK's entrypoint and declarative source: best of {repeats}", [row])


def _seconds(command: Sequence[str]) -> float:
    began = time.monotonic()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(command, check=True, capture_output=True, env=environment, cwd=ROOT, timeout=60)
    return time.monotonic() - began
