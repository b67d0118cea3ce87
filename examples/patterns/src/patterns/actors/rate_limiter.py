"""Rate limiting: one actor per caller, nothing shared."""

import time

from typing_extensions import override

from .._generated.errors import TooManyRequests
from .._generated.rate_limiter import RateLimiterBase, RateLimiterContext


class RateLimiter(RateLimiterBase):
    """Counts the requests of the current window."""

    @override
    async def admit(self, c: RateLimiterContext, limit: int, window_ms: int) -> None:
        now_ms = time.time_ns() // 1_000_000
        if now_ms - c.state.window_started_at >= window_ms:
            c.state.window_started_at = now_ms
            c.state.requests = 0
        if c.state.requests >= limit:
            raise TooManyRequests(limit=limit)
        c.state.requests += 1
