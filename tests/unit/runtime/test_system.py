"""Clock, randomness and memory of the machine."""

from __future__ import annotations

import asyncio
import os
import platform
import time
from typing import TYPE_CHECKING

import pytest

from idle_sockets import resident_bytes
from rivetgen_runtime.system import SystemClock, SystemRandomness, release_memory

if TYPE_CHECKING:
    from rivetgen_runtime.core.ports import Clock, Randomness


def test_the_wall_clock_is_that_of_the_machine() -> None:
    clock: Clock = SystemClock()
    before = int(time.time() * 1000)
    assert before - 1 <= clock.now_ms() <= before + 1000


async def test_timers_fire_and_can_be_cancelled() -> None:
    clock = SystemClock()
    fired: list[str] = []
    clock.call_later(0.001, lambda: fired.append("kept"))
    clock.call_later(0.001, lambda: fired.append("cancelled")).cancel()
    start_s = clock.monotonic_s()
    await asyncio.sleep(0.01)
    assert fired == ["kept"]
    assert clock.monotonic_s() > start_s


def test_random_bytes_have_the_length_asked_for_and_differ() -> None:
    randomness: Randomness = SystemRandomness()
    drawn = {randomness.token_bytes(16) for _ in range(100)}
    assert len(drawn) == 100
    assert {len(each) for each in drawn} == {16}


def test_no_bytes_are_handed_out_twice() -> None:
    randomness = SystemRandomness()
    drawn = [randomness.token_bytes(16) for _ in range(2_000)]
    assert all(len(token) == 16 for token in drawn)
    assert len(set(drawn)) == len(drawn)


def test_any_number_of_bytes_can_be_asked_for() -> None:
    randomness = SystemRandomness()
    lengths = (0, 1, 4_095, 4_096, 4_097, 100_000, 16)
    assert [len(randomness.token_bytes(count)) for count in lengths] == [*lengths]


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="this C library keeps nothing in reserve"
)
def test_memory_that_lies_below_what_is_in_use_goes_back_to_the_system() -> None:
    blocks = [b"x" * 10_000 + bytes((number % 256,)) for number in range(5_000)]
    full = resident_bytes(os.getpid())
    del blocks[:-1]
    release_memory()
    assert full - resident_bytes(os.getpid()) > 40_000_000
    assert len(blocks) == 1
