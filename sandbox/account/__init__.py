"""What the account holds, how it changes, and how each of its listings is made. Nothing here knows of HTTP.

One file for each tool of Basecamp says what its records look like and where they are listed; `streams` gathers them.
"""

from __future__ import annotations

from sandbox.account.account import Account

__all__ = ["Account"]
