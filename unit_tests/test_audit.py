"""What could not be looked up is not called safe."""

from __future__ import annotations

from typing import Any

from tools.audit import UNREACHABLE, report

KNOWN = {
    "name": "urllib3",
    "version": "2.2.0",
    "vulns": [
        {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.2.2"]},
        {"id": "PYSEC-2", "aliases": [], "fix_versions": []},
    ],
}
FINE: dict[str, Any] = {"name": "orjson", "version": "3.13.0", "vulns": []}
SKIPPED = {"name": "dlt", "skip_reason": "Dependency not found on PyPI and could not be audited: dlt (1.31.0)"}


def test_known_faults_are_named_with_the_release_that_mends_them() -> None:
    assert report("constraints.txt", {"dependencies": [KNOWN, FINE]}).splitlines() == [
        "constraints.txt: 2 packages looked up, 1 with known faults.",
        "  urllib3 2.2.0: PYSEC-1, CVE-1; mended in 2.2.2",
        "  urllib3 2.2.0: PYSEC-2; mended in no release yet",
    ]


def test_what_was_not_looked_up_is_named() -> None:
    assert report("constraints.txt", {"dependencies": [FINE, SKIPPED]}).splitlines() == [
        "constraints.txt: 1 packages looked up, 0 with known faults.",
        "  Not looked up: dlt.",
    ]


def test_where_nothing_could_be_looked_up_nothing_is_known() -> None:
    words = report("constraints.txt", {"dependencies": [SKIPPED, SKIPPED]})
    assert words == UNREACHABLE.format(file="constraints.txt", count=2)
    assert "nothing is known" in words
