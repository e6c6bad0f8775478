"""Limits as vendors publish them: buckets of tokens that fill with time, and windows that count."""

from __future__ import annotations

import time
from collections import deque


class Bucket:
    """`burst` tokens at first, `per_second` more with time."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second = per_second
        self._burst = burst
        self._tokens = burst
        self._at = time.monotonic()

    def take(self, tokens: float = 1) -> float:
        """0 where there were enough, else the seconds until there are; nothing is taken then."""
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens + 1e-6 < tokens:
            return (tokens - self._tokens) / self._per_second
        self._tokens -= tokens
        return 0.0


class Window:
    """At most `most` calls in any `seconds`."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._times: deque[float] = deque()

    def take(self, tokens: float = 1) -> float:
        """As a bucket's."""
        now = time.monotonic()
        while self._times and self._times[0] <= now - self._seconds:
            self._times.popleft()
        if len(self._times) + tokens > self._most:
            return self._times[0] + self._seconds - now if self._times else self._seconds
        self._times.extend([now] * int(tokens))
        return 0.0
