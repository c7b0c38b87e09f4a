"""The connector with as little as the platform gives it: no privileges, and one folder to write to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from integration_tests.support.connector import Connector

NOBODY = 65534

_DROPPED = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--no-new-privs")
# Where Python or the tests' folders are root's alone, the user has to be let in there, to read and not to write.
_READER = ("--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search")


def confine(connector: Connector, folder: Path) -> Path:
    """Has the command run by a user without privileges, in a folder that may only be read, which is its home too.

    Returns the temporary folder, the one place that it may write to.
    """
    connector.workplace, temporary = folder / "workplace", folder / "temporary"
    connector.workplace.mkdir(exist_ok=True)
    connector.workplace.chmod(0o555)
    temporary.mkdir()
    temporary.chmod(0o777)
    connector.environment = {"HOME": str(connector.workplace), "TMPDIR": str(temporary), **connector.sandbox.env}
    connector.command = (*_without_privileges(folder), *connector.command)
    return temporary


def _without_privileges(folder: Path) -> tuple[str, ...]:
    """What stands before a command to run it without root's privileges. Skips where they cannot be given up."""
    if os.geteuid() != 0:
        return ()
    for prefix in (_DROPPED, (*_DROPPED, *_READER)):
        probe = [*prefix, sys.executable, "-c", f"import os; os.listdir({str(folder)!r})"]
        try:
            if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
                return prefix
        except FileNotFoundError:
            break
    pytest.skip("the tests run as root, and setpriv (util-linux) cannot give that up here")
