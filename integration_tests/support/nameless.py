"""A process of a user id that has no name and no home, as OpenShift and Kubernetes' `runAsUser` run a container."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from integration_tests.support.fork_server import RUN, run_python
from integration_tests.support.sync import Ended

_BECOME_NAMELESS = """
import ctypes, os
user = os.getuid()
if ctypes.CDLL(None).unshare(0x10000000):
    raise SystemExit("no user namespaces")
with open("/proc/self/uid_map", "w") as file:
    file.write(f"4321 {user} 1")
"""
"""In a user namespace (Linux), where this user is 4321."""


@cache
def nameless_ids() -> bool:
    """Whether this system lets a process have another user id in its own eyes."""
    if sys.platform != "linux":
        return False
    return subprocess.run([sys.executable, "-c", _BECOME_NAMELESS], check=False, capture_output=True).returncode == 0


def run_nameless(*arguments: str, cwd: Path, env: Mapping[str, str]) -> Ended:
    """Runs a command of `source-basecamp`."""
    names = ("HOME", "USER", "LOGNAME", "LNAME", "USERNAME", "PGUSER", "XDG_CONFIG_HOME")
    surroundings = {name: value for name, value in env.items() if name not in names}
    done = run_python(_BECOME_NAMELESS + RUN, *arguments, stdin=subprocess.DEVNULL, cwd=cwd, env=surroundings)
    return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
