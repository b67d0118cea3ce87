"""The clock that tests move by hand."""

from __future__ import annotations

import asyncio

from rivetgen_runtime.testing.manual import ManualClock, ManualRandomness, settle


async def test_timers_fire_in_the_order_of_their_time() -> None:
    clock = ManualClock(start_ms=1000)
    fired: list[tuple[str, int]] = []

    def fire(name: str) -> None:
        fired.append((name, clock.now_ms()))

    clock.call_later(2, lambda: fire("second"))
    clock.call_later(1, lambda: fire("first"))
    clock.call_later(2, lambda: fire("third"))
    clock.call_later(1.5, lambda: fire("never")).cancel()
    await clock.advance(1)
    await clock.advance(5)
    assert fired == [("first", 2000), ("second", 3000), ("third", 3000)]
    assert clock.monotonic_s() == 6.0


async def test_timers_set_by_timers_fire_on_the_way() -> None:
    clock = ManualClock()
    fired: list[float] = []

    def again() -> None:
        fired.append(clock.monotonic_s())
        clock.call_later(1, again)

    clock.call_later(1, again)
    await clock.advance(3.5)
    assert fired == [1.0, 2.0, 3.0]


async def test_tasks_run_between_timers() -> None:
    clock = ManualClock()
    woken = asyncio.Event()
    clock.call_later(1, woken.set)
    task = asyncio.create_task(woken.wait())
    await clock.advance(1)
    assert task.done()


async def test_settling_runs_what_is_ready() -> None:
    steps: list[int] = []

    async def walk() -> None:
        for step in range(10):
            steps.append(step)
            await asyncio.sleep(0)

    task = asyncio.create_task(walk())
    await settle()
    assert task.done()
    assert steps == list(range(10))


def test_every_draw_is_another_one() -> None:
    randomness = ManualRandomness()
    drawn = [randomness.token_bytes(16) for _ in range(5)]
    assert len(set(drawn)) == 5
    assert {len(each) for each in drawn} == {16}
