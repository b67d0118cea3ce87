"""Time that passes only when nothing else is left to do."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import socket
import time as real_time
from typing import TYPE_CHECKING

import pytest

from rivetgen_runtime.testing.virtual_time import (
    DeadlockError,
    LivelockError,
    OutsideWorldError,
    VirtualTime,
    run,
)

if TYPE_CHECKING:
    from rivetgen_runtime.core.ports import Clock, Randomness

START_MS = 1_767_225_600_000  # 2026-01-01T00:00Z
DAY_S = 86_400


def test_sleeping_moves_the_clock_by_what_was_slept() -> None:
    async def main(time: VirtualTime) -> tuple[int, float]:
        await asyncio.sleep(3600.25)
        return time.now_ms(), time.monotonic_s()

    assert run(main, seed=1, start_ms=START_MS) == (START_MS + 3_600_250, 3600.25)


def test_thirty_days_pass_in_a_moment() -> None:
    async def main(time: VirtualTime) -> int:
        for _ in range(30 * 24):
            await asyncio.sleep(3600)
        return time.now_ms()

    began_s = real_time.perf_counter()
    assert run(main, seed=1, start_ms=START_MS) == START_MS + 30 * DAY_S * 1000
    assert real_time.perf_counter() - began_s < 2


def test_one_timer_may_be_centuries_away() -> None:
    async def main(time: VirtualTime) -> int:
        await asyncio.sleep(300 * 365 * DAY_S)
        reached_ms = time.now_ms()
        await asyncio.sleep(0.5)
        return time.now_ms() - reached_ms

    assert run(main, seed=1, start_ms=START_MS) == 500


def test_computing_takes_no_time() -> None:
    async def main(time: VirtualTime) -> float:
        for _ in range(1000):
            await asyncio.sleep(0)
        return time.monotonic_s()

    assert run(main, seed=1, start_ms=START_MS) == 0


@pytest.mark.parametrize("step_s", [0.1, 0.001, 0.0101, 1 / 3])
def test_the_wall_clock_reaches_what_a_timer_waited_for(step_s: float) -> None:
    async def main(time: VirtualTime) -> list[int]:
        seen = list[int]()
        for _ in range(50):
            await asyncio.sleep(step_s)
            seen.append(time.now_ms())
        return seen

    expected = [int(round(step_s * count, 9) * 1000) for count in range(1, 51)]
    assert run(main, seed=1, start_ms=0) == expected


def test_timers_fire_in_the_order_of_their_times() -> None:
    async def main(time: VirtualTime) -> list[int]:
        fired = list[int]()
        time.call_later(7, lambda: fired.append(time.now_ms()))
        time.call_later(2, lambda: fired.append(time.now_ms()))
        time.call_later(3, lambda: fired.append(time.now_ms())).cancel()
        await asyncio.sleep(10)
        return fired

    assert run(main, seed=1, start_ms=0) == [2000, 7000]


def test_timeouts_end_what_takes_too_long() -> None:
    async def main(time: VirtualTime) -> tuple[int, str]:
        try:
            async with asyncio.timeout(60):
                await asyncio.Event().wait()
        except TimeoutError:
            return time.now_ms(), "timed out"
        return time.now_ms(), "ended"

    assert run(main, seed=1, start_ms=0) == (60_000, "timed out")


def test_a_step_of_the_wall_clock_moves_no_timer() -> None:
    async def main(time: VirtualTime) -> tuple[int, float]:
        time.call_later(10, lambda: time.step_wall_clock(-3_600_000))
        await asyncio.sleep(20)
        return time.now_ms(), time.monotonic_s()

    assert run(main, seed=1, start_ms=START_MS) == (START_MS - 3_580_000, 20)


def test_the_clock_fits_the_ports_of_the_actor_core() -> None:
    async def main(time: VirtualTime) -> bytes:
        clock: Clock = time
        randomness: Randomness = time
        assert clock.now_ms() == START_MS
        return randomness.token_bytes(16)

    token = run(main, seed=1, start_ms=START_MS)
    assert len(token) == 16
    assert token == run(main, seed=1, start_ms=START_MS)
    assert token != run(main, seed=2, start_ms=START_MS)


# --- The same seed, the same run ------------------------------------------------------


def trace(seed: int, *, shuffle: bool = False) -> str:
    """Hash what a small system of workers with random delays does, and when."""
    digest = hashlib.sha256()

    async def worker(time: VirtualTime, number: int, inbox: asyncio.Queue[int]) -> None:
        for turn in range(20):
            await asyncio.sleep(time.random.choice((0, 0.5, time.random.random())))
            inbox.put_nowait(number * 100 + turn)
            digest.update(f"{time.now_ms()} {number} {turn}\n".encode())

    async def main(time: VirtualTime) -> None:
        inbox = asyncio.Queue[int]()
        async with asyncio.TaskGroup() as group:
            for number in range(8):
                group.create_task(worker(time, number, inbox))
        while not inbox.empty():
            digest.update(inbox.get_nowait().to_bytes(4, "big"))

    run(main, seed=seed, start_ms=START_MS, shuffle=shuffle)
    return digest.hexdigest()


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_seed_makes_one_trace_and_another_seed_another(shuffle: bool) -> None:
    traces = [trace(seed, shuffle=shuffle) for seed in range(20)]
    assert traces == [trace(seed, shuffle=shuffle) for seed in range(20)]
    assert len(set(traces)) == 20


def order_of_ten(seed: int, *, shuffle: bool) -> list[int]:
    async def main(time: VirtualTime) -> list[int]:
        order = list[int]()
        loop = asyncio.get_running_loop()
        for number in range(10):
            loop.call_soon(order.append, number)
        await asyncio.sleep(0.001)
        assert time.monotonic_s() == pytest.approx(0.001, abs=2e-6)
        return order

    return run(main, seed=seed, start_ms=0, shuffle=shuffle)


def test_what_is_ready_runs_in_order_unless_it_is_shuffled() -> None:
    assert order_of_ten(1, shuffle=False) == [*range(10)]
    shuffled = [order_of_ten(seed, shuffle=True) for seed in range(10)]
    assert all(sorted(order) == [*range(10)] for order in shuffled)
    assert len({tuple(order) for order in shuffled}) > 8


# --- What cannot work -----------------------------------------------------------------


def test_waiting_for_what_cannot_happen_is_an_error_that_says_who_waits() -> None:
    async def wait_for_godot() -> None:
        await asyncio.Event().wait()

    async def main(_time: VirtualTime) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(wait_for_godot(), name="estragon")

    with pytest.raises(DeadlockError, match="no timer is set") as caught:
        run(main, seed=1, start_ms=0)
    line = inspect.getsourcelines(wait_for_godot)[1] + 1
    assert any(
        task.startswith("estragon: ") and task.endswith(f"wait_for_godot line {line}")
        for task in caught.value.tasks
    )
    assert len(caught.value.tasks) == 2


def test_cancelled_timers_do_not_hide_a_deadlock() -> None:
    async def main(time: VirtualTime) -> None:
        time.call_later(60, asyncio.Event().set).cancel()
        await asyncio.Event().wait()

    with pytest.raises(DeadlockError):
        run(main, seed=1, start_ms=0)


def test_a_deadlock_still_runs_what_cleans_up() -> None:
    cleaned = list[float]()

    async def main(time: VirtualTime) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(5)
            cleaned.append(time.monotonic_s())

    with pytest.raises(DeadlockError):
        run(main, seed=1, start_ms=0)
    assert cleaned == [5]


@pytest.mark.parametrize("shuffle", [False, True])
def test_spinning_without_a_timer_is_an_error(shuffle: bool) -> None:
    async def main(_time: VirtualTime) -> None:
        def again() -> None:
            asyncio.get_running_loop().call_soon(again)

        again()
        await asyncio.Event().wait()

    with pytest.raises(LivelockError, match="without waiting for a timer"):
        run(main, seed=1, start_ms=0, shuffle=shuffle)


def test_threads_are_refused() -> None:
    async def main(_time: VirtualTime) -> None:
        await asyncio.to_thread(print)

    with pytest.raises(OutsideWorldError, match="a thread cannot be used"):
        run(main, seed=1, start_ms=0)


def test_sockets_are_refused() -> None:
    async def main(_time: VirtualTime) -> None:
        here, there = socket.socketpair()
        with here, there:
            here.setblocking(False)
            await asyncio.get_running_loop().sock_recv(here, 1)

    with pytest.raises(OutsideWorldError, match="file or socket"):
        run(main, seed=1, start_ms=0)


def test_an_error_of_the_program_is_the_error_of_the_run() -> None:
    async def main(time: VirtualTime) -> None:
        await asyncio.sleep(1)
        raise KeyError(time.now_ms())

    with pytest.raises(KeyError, match="1000"):
        run(main, seed=1, start_ms=0)
