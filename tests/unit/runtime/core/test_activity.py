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


async def test_a_run_handler_keeps_the_actor_awake_until_it_ends() -> None:
    watched = Watched()
    watched.monitor.begin_run()
    watched.monitor.watch()
    await watched.clock.advance(25)
    assert watched.idle_at == []
    watched.monitor.end_run()
    await watched.clock.advance(100)
    assert watched.idle_at == [35.0]


async def test_a_run_handler_that_waits_for_a_queue_lets_the_actor_sleep() -> None:
    watched = Watched()
    watched.monitor.begin_run()
    watched.monitor.watch()
    await watched.clock.advance(25)
    watched.monitor.begin_queue_wait()
    await watched.clock.advance(100)
    assert watched.idle_at == [35.0]


async def test_a_message_of_a_queue_restarts_the_time() -> None:
    watched = Watched()
    watched.monitor.begin_run()
    watched.monitor.watch()
    watched.monitor.begin_queue_wait()
    await watched.clock.advance(8)
    watched.monitor.end_queue_wait()
    watched.monitor.begin_queue_wait()
    await watched.clock.advance(100)
    assert watched.idle_at == [18.0]


async def test_one_of_two_queue_waits_is_enough_to_sleep() -> None:
    watched = Watched()
    watched.monitor.begin_run()
    watched.monitor.watch()
    watched.monitor.begin_queue_wait()
    watched.monitor.begin_queue_wait()
    watched.monitor.end_queue_wait()
    await watched.clock.advance(100)
    assert watched.idle_at == [10.0]


async def test_a_queue_wait_does_not_outweigh_a_running_action() -> None:
    watched = Watched()
    watched.monitor.begin_run()
    watched.monitor.watch()
    watched.monitor.begin_queue_wait()
    watched.monitor.enter()
    await watched.clock.advance(100)
    assert watched.monitor.is_busy
    assert watched.idle_at == []
