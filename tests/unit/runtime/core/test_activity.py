"""Idleness: continuous, exact, and without a timer per call."""

from __future__ import annotations

from rivetgen_runtime.core.activity import ActivityMonitor
from rivetgen_runtime.testing.manual import ManualClock


class Watched:
    def __init__(self, timeout_s: float = 10.0) -> None:
        self.clock = ManualClock()
        self.idle_at: list[float] = []
        self.monitor = ActivityMonitor(self.clock, timeout_s, self._on_idle)

    def _on_idle(self) -> None:
        self.idle_at.append(self.clock.monotonic_s())


async def test_an_actor_without_calls_is_idle_after_its_timeout() -> None:
    watched = Watched()
    watched.monitor.watch()
    await watched.clock.advance(9.999)
    assert watched.idle_at == []
    await watched.clock.advance(100)
    assert watched.idle_at == [10.0]


async def test_the_time_counts_from_the_end_of_the_last_call() -> None:
    watched = Watched()
    watched.monitor.watch()
    await watched.clock.advance(7)
    watched.monitor.enter()
    watched.monitor.leave()
    await watched.clock.advance(100)
    assert watched.idle_at == [17.0]


async def test_work_that_lasts_longer_than_the_timeout_keeps_it_awake() -> None:
    watched = Watched()
    watched.monitor.watch()
    watched.monitor.enter()
    await watched.clock.advance(25)
    assert watched.idle_at == []
    watched.monitor.leave()
    await watched.clock.advance(100)
    assert watched.idle_at == [35.0]


async def test_overlapping_work_counts_until_all_of_it_ends() -> None:
    watched = Watched()
    watched.monitor.watch()
    watched.monitor.enter()
    watched.monitor.enter()
    await watched.clock.advance(5)
    watched.monitor.leave()
    await watched.clock.advance(20)
    assert watched.idle_at == []
    watched.monitor.leave()
    await watched.clock.advance(10)
    assert watched.idle_at == [35.0]


async def test_a_stopped_monitor_reports_nothing() -> None:
    watched = Watched()
    watched.monitor.watch()
    watched.monitor.stop()
    watched.monitor.stop()
    await watched.clock.advance(100)
    assert watched.idle_at == []
