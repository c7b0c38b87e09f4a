"""Ports of this machine."""

from __future__ import annotations

import socket

CLOSED = "127.0.0.1:1"
"""Nobody listens there: it is TCPMUX's, which no machine has served for decades."""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
