"""The actor `clock`."""

import time
from datetime import UTC, datetime

from typing_extensions import override

from .._generated.clock import ClockBase, ClockContext


class Clock(ClockBase):
    """Knows how late its calls were since it woke up."""

    @override
    async def create_vars(self, c: ClockContext) -> None:
        self.late_ms: list[int] = []

    @override
    async def set_timers(
        self, c: ClockContext, count: int, first_ms: int, last_ms: int
    ) -> None:
        now_ms = milliseconds()
        for number in range(count):
            due_ms = now_ms + first_ms + (last_ms - first_ms) * number // count
            due = datetime.fromtimestamp(due_ms / 1000, UTC)
            await c.schedule.at(due).tick(due_ms)

    @override
    async def tick(self, c: ClockContext, due_ms: int) -> None:
        self.late_ms.append(milliseconds() - due_ms)

    @override
    async def lateness(self, c: ClockContext) -> list[int]:
        return self.late_ms


def milliseconds() -> int:
    """Unix time."""
    return time.time_ns() // 1_000_000
