"""The rate limit: 50 API requests in any ten seconds, unless a test changes that."""

from __future__ import annotations

import json
import math
from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta
from time import monotonic


class RateLimit:
    """A sliding window per client address. Every attribute may be changed between two requests."""

    def __init__(self, *, enabled: bool = True, requests: int = 50, period: float = 10.0) -> None:
        self.enabled = enabled
        self.requests = requests
        self.period = period
        self._admitted: defaultdict[str, deque[float]] = defaultdict(deque)

    def reset(self) -> None:
        """Forget all earlier requests."""
        self._admitted.clear()

    def admit(self, client: str) -> float:
        """0 if the request is admitted, else the seconds until one is. A refused request does not count."""
        if not self.enabled:
            return 0.0
        now = monotonic()
        window = self._admitted[client]
        while window and window[0] <= now - self.period:
            window.popleft()
        if len(window) >= self.requests:
            return window[0] + self.period - now
        window.append(now)
        return 0.0

    def header(self, client: str) -> str:
        """The value of X-Ratelimit."""
        until = datetime.now(UTC) + timedelta(seconds=self.period)
        return json.dumps(
            {
                "name": "API",
                "period": math.ceil(self.period),
                "limit": self.requests,
                "remaining": max(self.requests - len(self._admitted[client]), 0),
                "until": f"{until:%Y-%m-%dT%H:%M:%SZ}",
            }
        )
