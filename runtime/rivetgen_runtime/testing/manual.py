"""Time and randomness that a test decides about, on an ordinary event loop."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ManualClock", "ManualRandomness", "ManualTimer", "settle"]

_START_MS: Final = 1_700_000_000_000
_PASSES: Final = 50
"""Turns of the event loop that are enough for what one timer sets off in memory."""


class ManualTimer:
    """A timer of a ``ManualClock``."""

    __slots__ = ("callback", "is_cancelled")

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback = callback
        self.is_cancelled = False

    def cancel(self) -> None:
        """Make sure that it does not fire."""
        self.is_cancelled = True


class ManualClock:
    """A clock that stands still until it is told to go on.

    Args:
        start_ms: What the wall clock shows at first, Unix milliseconds.
    """

    def __init__(self, start_ms: int = _START_MS) -> None:
        self._start_ms = start_ms
        self._now_s = 0.0
        self._order = count()
        self._timers: list[tuple[float, int, ManualTimer]] = []

    def now_ms(self) -> int:
        """Wall clock, Unix milliseconds."""
        return self._start_ms + round(self._now_s * 1000)

    def monotonic_s(self) -> float:
        """Seconds since the clock was made."""
        return self._now_s

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> ManualTimer:
        """Call back when the clock has been moved on by ``delay_s``."""
        timer = ManualTimer(callback)
        due_s = self._now_s + max(0.0, delay_s)
        heapq.heappush(self._timers, (due_s, next(self._order), timer))
        return timer

    @property
    def waiting(self) -> list[ManualTimer]:
        """The timers that have neither fired nor been cancelled."""
        return [timer for _, _, timer in self._timers if not timer.is_cancelled]

    def forget_timers(self) -> None:
        """Let no timer fire that was set until now: whoever waits for them has died."""
        self._timers.clear()

    async def advance(self, seconds: float) -> None:
        """Move on, firing timers in their order; tasks run in between."""
        end_s = self._now_s + seconds
        await settle()
        while self._timers and self._timers[0][0] <= end_s:
            due_s, _, timer = heapq.heappop(self._timers)
            if timer.is_cancelled:
                continue
            self._now_s = max(self._now_s, due_s)
            timer.callback()
            await settle()
        self._now_s = end_s


class ManualRandomness:
    """Bytes that count upwards, so that every run makes the same ids."""

    def __init__(self) -> None:
        self._counter = count(1)

    def token_bytes(self, count: int) -> bytes:
        """Bytes that were not returned before."""
        return next(self._counter).to_bytes(count, "little")


async def settle() -> None:
    """Let everything run that is ready, and what that sets off."""
    for _ in range(_PASSES):
        await asyncio.sleep(0)
