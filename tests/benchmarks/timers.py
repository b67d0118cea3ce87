"""Measures what calls cost that are due later: ``python -m tests.benchmarks.timers``.

Nothing is asserted.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from twin_server import generated_twins, twin_server

from . import loads
from .actors import show
from .cases import fresh_key
from .memory import resident_bytes_of_children

PER_ACTOR = 1_000
HOUR_MS = 3_600_000
SOON_MS = 8_000


async def set_timers(endpoint: str, count: int, delay_ms: int) -> list[str]:
    """Set so many timers, all due at the same time; returns the keys of the clocks."""
    key = fresh_key()
    keys = [f"{key}-{number}" for number in range(max(1, count // PER_ACTOR))]
    each = min(count, PER_ACTOR)
    due_ms = time.time() * 1000 + delay_ms
    for clock in keys:
        left_ms = int(due_ms - time.time() * 1000)
        await loads.act(endpoint, "clock", clock, "setTimers", each, left_ms, left_ms)
    return keys


async def measure_waiting(endpoint: str, count: int) -> None:
    """Timers that are due in an hour."""
    await loads.act(endpoint, "clock", "warm", "setTimers", 1, HOUR_MS, HOUR_MS)
    before = resident_bytes_of_children()
    began_s = time.perf_counter()
    keys = await set_timers(endpoint, count, HOUR_MS)
    rate = count / (time.perf_counter() - began_s)
    show("timers set", f"{rate:,.0f} /s", f"{PER_ACTOR:,} per call")
    used = resident_bytes_of_children() - before
    awake = f"their {len(keys)} actors awake"
    show(f"timer, {count:,} of them", f"{used / count / 1024:.2f} KiB", awake)


async def measure_lateness(endpoint: str, waiting: int) -> None:
    """Timers of one actor that fire one after the other, beside those that wait."""
    fired = await loads.fire(endpoint, 0.0)
    p50, p99 = fired.percentile_ms(50), fired.percentile_ms(99)
    name = f"lateness beside {waiting:,} timers"
    show(name, f"p50 {p50:.0f} ms", f"p99 {p99:.0f} ms, {loads.TIMERS} in 3 s")


async def measure_burst(endpoint: str, count: int) -> None:
    """Timers that are all due at the same moment."""
    keys = await set_timers(endpoint, count, SOON_MS)
    late_ms: list[int] = []
    while len(late_ms) < count:
        await asyncio.sleep(1)
        late_ms = [
            late
            for key in keys
            for late in await loads.act(endpoint, "clock", key, "lateness")
        ]
    rate = count / max(late_ms) * 1000
    show(f"{count:,} timers due at once", f"{rate:,.0f} /s", f"{len(keys)} actors")


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="timers", description=__doc__)
    parser.add_argument("--waiting", type=int, default=100_000, help="due in an hour")
    parser.add_argument("--burst", type=int, default=5_000, help="due at once")
    return parser.parse_args(arguments)


async def measure(endpoint: str, options: argparse.Namespace) -> None:
    """Measure everything and print each figure as it is known."""
    await measure_waiting(endpoint, options.waiting)
    await measure_lateness(endpoint, options.waiting)
    await measure_burst(endpoint, options.burst)


def main(arguments: list[str]) -> None:
    """Start a server and put it under load."""
    options = parse_arguments(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with twin_server(generated_twins(folder), folder / "data") as endpoint:
            asyncio.run(measure(endpoint, options))


if __name__ == "__main__":
    main(sys.argv[1:])
