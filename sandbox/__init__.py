"""A stand-in for Basecamp and Launchpad on loopback: for the demo, the tests and the benchmark."""

from __future__ import annotations

from sandbox.account.records import ABSENT
from sandbox.account.size import AccountSize
from sandbox.classic import ClassicSize
from sandbox.server.faults import Fault
from sandbox.server.server import Sandbox

__all__ = ["ABSENT", "AccountSize", "ClassicSize", "Fault", "Sandbox"]
