"""A stand-in for Basecamp and Launchpad on loopback: for the demo, the tests and the benchmark."""

from __future__ import annotations

from sandbox.faults import Fault
from sandbox.recordings import ABSENT
from sandbox.server import Sandbox
from sandbox.size import AccountSize

__all__ = ["ABSENT", "AccountSize", "Fault", "Sandbox"]
