"""The order in which tests run: each worker begins with its share of the slow ones, so that none is left to the end."""

from __future__ import annotations

import itertools
from collections import defaultdict

import pytest


def slow_first(tests: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """The same tests. pytest-xdist's `worksteal` hands each worker an equal part of the list, in one piece."""
    modules: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for test in tests:
        if test.get_closest_marker("slow"):
            modules[_group(test)].append(test)
    quick = iter([test for test in tests if not test.get_closest_marker("slow")])
    groups = sorted(modules.values(), key=lambda group: -len(group))
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        slow = [test for group in groups[worker::workers] for test in group]
        share = len(tests) * (worker + 1) // workers - len(ordered)
        ordered += [*slow, *itertools.islice(quick, max(0, share - len(slow)))]
    return [*ordered, *quick]


def _group(test: pytest.Item) -> str:
    """What stays with one worker: a module, and all that waits for the image to be built."""
    return "image" if "binaries" in getattr(test, "fixturenames", ()) else test.nodeid.partition("::")[0]
