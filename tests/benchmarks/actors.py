"""Measures what actors cost: ``python -m tests.benchmarks.actors``.

Each part starts a server of its own. Nothing is asserted; aims are printed beside what
was measured.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from idle_sockets import resident_bytes
from server_process import call, gateway_url, running_process
from sleeping_actors import counter_key, store_counters

from .cases import gateway_path
from .load import load_http, post
from .loads import LONGEST_S, READ

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from server_process import ServerProcess

    from .measuring import Measurement

LINE = "{:<46}{:>14}  {}"
GIB = 1 << 30
HOUR_MS = 3_600_000


def show(name: str, figure: str, remark: str = "") -> None:
    """Print one figure."""
    print(LINE.format(name, figure, remark), flush=True)


@asynccontextmanager
async def server(data: Path) -> AsyncGenerator[ServerProcess]:
    """Run a server that has answered a call already."""
    async with running_process(data) as running, aiohttp.ClientSession() as session:
        url = gateway_url(running.endpoint, "counter", "warm", "action/getCount")
        await call(session, url)
        yield running


async def measure_start(data: Path, name: str) -> None:
    """From the start of the program to its first answer, after a stop and a kill."""
    seconds: list[float] = []
    for _ in range(2):
        began_s = time.perf_counter()
        async with server(data):
            seconds.append(time.perf_counter() - began_s)
    stopped, killed = seconds
    show(
        f"first answer beside {name}", f"{stopped:.2f} s", f"{killed:.2f} s once killed"
    )


async def measure_starts(folder: Path, count: int) -> None:
    """What the number of stored actors does to the start of a server."""
    await measure_start(folder / "none", "no actors")
    await store_counters(folder / "sleeping", count)
    await measure_start(folder / "sleeping", f"{count:,} actors")
    due_ms = int(time.time() * 1000) + HOUR_MS
    await store_counters(folder / "due", count, alarm_at_ms=due_ms)
    await measure_start(folder / "due", f"{count:,} actors with alarms")


async def measure_actors(folder: Path, *, sleeping: int, awake: int) -> None:
    """What actors cost while they sleep, when they wake, and while they are awake."""
    async with server(folder / "none") as running:
        empty = resident_bytes(running.process.pid)
    async with server(folder / "sleeping") as running:
        resident = resident_bytes(running.process.pid)
        each = max(0, resident - empty) / sleeping / 1024
        show(f"sleeping actor, {sleeping:,} of them", f"{each:.2f} KiB", "aim 2 KiB")
        measured = await wake(running.endpoint, awake)
        p50, p99 = measured.percentile_ms(50), measured.percentile_ms(99)
        show("wake", f"p50 {p50:.1f} ms", f"p99 {p99:.1f} ms, one at a time")
        used = (resident_bytes(running.process.pid) - resident) / awake
        fit = f"aim 20 KiB; {GIB / used:,.0f} fit into 1 GiB"
        show(f"awake counter, {awake:,} of them", f"{used / 1024:.1f} KiB", fit)


async def wake(endpoint: str, count: int) -> Measurement:
    """Call so many sleeping actors, one after the other."""
    paths = (gateway_path("action/getCount", counter_key(at)) for at in range(count))
    requests = (post(endpoint, path, READ) for path in paths)
    return await load_http(endpoint, [requests], seconds=LONGEST_S)


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="actors", description=__doc__)
    parser.add_argument("--sleeping", type=int, default=100_000, help="stored actors")
    parser.add_argument("--awake", type=int, default=5_000, help="actors woken")
    return parser.parse_args(arguments)


async def main(arguments: list[str]) -> None:
    """Measure everything and print each figure as it is known."""
    options = parse_arguments(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await measure_starts(folder, options.sleeping)
        amount = {"sleeping": options.sleeping, "awake": options.awake}
        await measure_actors(folder, **amount)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
