"""Reports known vulnerabilities of the pinned dependencies: `make audit`. It reports, and never fails.

Asks PyPI, which takes its answers from the Python Packaging Advisory Database, by pip-audit. That alone would call a
package that it could not look up a package without known faults.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PINNED = ("constraints.txt", "constraints-pyairbyte.txt")

UNREACHABLE = (
    "{file}: nothing is known. None of its {count} packages could be looked up at PyPI (pypi.org), which this machine "
    "does not reach, or only through a mirror without its vulnerability data. Run `make audit` where pypi.org answers."
)
_PIP_AUDIT = ("tool", "run", "--quiet", "pip-audit@2.10.1", "--no-deps", "--disable-pip", "--progress-spinner", "off")


def main() -> None:
    for file in PINNED:
        found = _look_up(ROOT / file)
        print(report(file, found) if found else UNREACHABLE.format(file=file, count=len(_pins(ROOT / file))))


def report(file: str, found: Mapping[str, Any]) -> str:
    """Lines for a person from pip-audit's JSON about one file."""
    packages = found["dependencies"]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if len(skipped) == len(packages):
        return UNREACHABLE.format(file=file, count=len(packages))
    faulty = [package for package in packages if package.get("vulns")]
    lines = [f"{file}: {len(packages) - len(skipped)} packages looked up, {len(faulty)} with known faults."]
    lines += [
        f"  {package['name']} {package['version']}: {_fault(fault)}" for package in faulty for fault in package["vulns"]
    ]
    return "\n".join([*lines, *([f"  Not looked up: {', '.join(skipped)}."] if skipped else [])])


def _fault(fault: Mapping[str, Any]) -> str:
    names = ", ".join([fault["id"], *fault["aliases"]])
    return f"{names}; mended in {', '.join(fault['fix_versions']) or 'no release yet'}"


def _look_up(file: Path) -> Mapping[str, Any] | None:
    """pip-audit's answer about the pins in a file, or None where it had none to give."""
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), *_PIP_AUDIT, "--format", "json", "--requirement", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        answer: Mapping[str, Any] = json.loads(done.stdout)
    except ValueError:
        return None
    return answer


def _pins(file: Path) -> list[str]:
    return [line for line in file.read_text().splitlines() if "==" in line]


if __name__ == "__main__":
    main()
