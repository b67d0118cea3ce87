"""The clock and the randomness of the machine."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SystemClock", "SystemRandomness"]


class SystemClock:
    """Wall clock of the machine, timers of the running event loop."""

    def now_ms(self) -> int:
        """Wall clock, Unix milliseconds."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Seconds that never go backwards."""
        return time.monotonic()

    def call_later(
        self, delay_s: float, callback: Callable[[], object]
    ) -> asyncio.TimerHandle:
        """Call back on the running event loop after ``delay_s`` seconds."""
        return asyncio.get_running_loop().call_later(delay_s, callback)


class SystemRandomness:
    """Unpredictable bytes from the operating system."""

    def token_bytes(self, count: int) -> bytes:
        """Unpredictable bytes."""
        return secrets.token_bytes(count)
