"""A timer for a time of day."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rivetgen_runtime.core.wall_timer import WallTimer
from rivetgen_runtime.testing.virtual_time import run

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from rivetgen_runtime.testing.virtual_time import VirtualTime

HOUR_S = 3_600


class Fired:
    """Notes when a timer fires."""

    def __init__(self, time: VirtualTime) -> None:
        self.at_ms: list[int] = []
        self.timer = WallTimer(time, lambda: self.at_ms.append(time.now_ms()))


def in_virtual_time(
    main: Callable[[VirtualTime], Coroutine[object, object, None]],
) -> None:
    run(main, seed=1, start_ms=0)


def test_it_fires_once_at_its_time() -> None:
    async def main(time: VirtualTime) -> None:
        fired = Fired(time)
        fired.timer.set(90_000_123)
        await asyncio.sleep(48 * HOUR_S)
        assert fired.at_ms == [90_000_123]
        assert fired.timer.due_ms is None

    in_virtual_time(main)


def test_a_time_of_the_past_is_due_at_once() -> None:
    async def main(time: VirtualTime) -> None:
        fired = Fired(time)
        await asyncio.sleep(10)
        fired.timer.set(5)
        await asyncio.sleep(0.001)
        assert fired.at_ms == [10_000]

    in_virtual_time(main)


def test_it_follows_the_last_time_that_was_set() -> None:
    async def main(time: VirtualTime) -> None:
        fired = Fired(time)
        fired.timer.set(5_000)
        fired.timer.set(9_000)
        fired.timer.set(7_000)
        await asyncio.sleep(60)
        assert fired.at_ms == [7_000]
        fired.timer.set(70_000)
        fired.timer.set(None)
        await asyncio.sleep(60)
        assert fired.at_ms == [7_000]

    in_virtual_time(main)


def test_it_is_never_early_when_the_clock_is_set_back() -> None:
    async def main(time: VirtualTime) -> None:
        fired = Fired(time)
        fired.timer.set(60_000)
        await asyncio.sleep(59)
        time.step_wall_clock(-HOUR_S * 1000)
        await asyncio.sleep(2 * HOUR_S)
        assert fired.at_ms == [60_000]

    in_virtual_time(main)


def test_it_is_at_most_minutes_late_when_the_clock_is_set_forward() -> None:
    async def main(time: VirtualTime) -> None:
        fired = Fired(time)
        fired.timer.set(24 * HOUR_S * 1000)
        await asyncio.sleep(1)
        time.step_wall_clock(25 * HOUR_S * 1000)
        await asyncio.sleep(600)
        assert len(fired.at_ms) == 1

    in_virtual_time(main)
