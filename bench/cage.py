"""Runs a command in a control group of its own, as a container does: with so much memory, and so much of a processor.

Linux, cgroup v1, root. The process finds its limit where it would find it in a container, so that the CDK's own watch
over memory ends a sync before the kernel does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_PERIOD = 100_000
_MB = 1 << 20
# The shell joins the groups, shows itself its own group as the root of all memory, and becomes the command.
_ENTER = """
echo $$ > {memory}/cgroup.procs && echo $$ > {cpu}/cgroup.procs && mount --bind {memory} {root} && exec "$@"
"""


def possible() -> bool:
    """Whether this process may make control groups of that kind on this machine."""
    return os.geteuid() == 0 and all(os.access(_ROOT / kind / "cgroup.procs", os.W_OK) for kind in ("memory", "cpu"))


@contextmanager
def cage(megabytes: int, processors: float | None = None) -> Iterator[Sequence[str]]:
    """The prefix of a command that limits its memory and processor. Swap counts as memory."""
    memory, cpu = (_ROOT / kind / f"basecamp-{os.getpid()}" for kind in ("memory", "cpu"))
    memory.mkdir()
    cpu.mkdir()
    try:
        for name in ("limit_in_bytes", "memsw.limit_in_bytes"):
            limit = memory / f"memory.{name}"
            if limit.exists():
                limit.write_text(str(megabytes * _MB))
        (cpu / "cpu.cfs_period_us").write_text(str(_PERIOD))
        (cpu / "cpu.cfs_quota_us").write_text(str(round(processors * _PERIOD) if processors else -1))
        script = _ENTER.format(memory=memory, cpu=cpu, root=_ROOT / "memory")
        yield ("unshare", "--mount", "sh", "-c", script, "sh")
    finally:
        memory.rmdir()
        cpu.rmdir()
