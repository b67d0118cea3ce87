"""The clock, the randomness and the memory of the machine."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import secrets
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SystemClock", "SystemRandomness", "release_memory"]

_BYTES_AHEAD: Final = 4_096


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
    """Unpredictable bytes from the operating system, fetched many at a time.

    Every request needs some, and asking for them makes this thread wait for its turn
    again while the store is at work.
    """

    def __init__(self) -> None:
        self._ahead = b""
        self._used = 0

    def token_bytes(self, count: int) -> bytes:
        """Unpredictable bytes."""
        start = self._used
        if start + count > len(self._ahead):
            self._ahead = secrets.token_bytes(max(_BYTES_AHEAD, count))
            start = 0
        self._used = start + count
        return self._ahead[start : self._used]


def release_memory() -> None:
    """Look for garbage, and give the system back what the C library keeps in reserve.

    The latter is there with glibc alone, which keeps what lies below memory in use.
    """
    gc.collect()
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, TypeError):  # another library, Windows
        return
    trim(ctypes.c_size_t(0))
