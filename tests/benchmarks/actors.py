"""Measures what actors cost: ``python -m tests.benchmarks.actors``.

Each part starts a server of its own. Nothing is asserted; aims are printed beside what
was measured.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import aiohttp

from idle_sockets import resident_bytes
from server_process import call, gateway_url, running_process
from sleeping_actors import counter_key, store_counters

from .cases import fresh_key, gateway_path
from .load import load_http, post
from .sockets import load_socket

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator

    from server_process import ServerProcess

    from .measuring import Measurement

LINE = "{:<46}{:>14}  {}"
ADD = b'{"args":[1]}'
READ = b'{"args":[]}'
CALLERS = 4
IN_FLIGHT = 64
SCHEDULES_PER_ACTOR = 1_000


def show(name: str, figure: str, remark: str = "") -> None:
    """Print one figure."""
    print(LINE.format(name, figure, remark), flush=True)


async def create(endpoint: str, seconds: float) -> Measurement:
    """Call the first action of one new actor after the other."""
    prefix, numbers = fresh_key(), itertools.count()

    def requests() -> Iterator[bytes]:
        while True:
            path = gateway_path("action/increment", f"{prefix}-{next(numbers)}")
            yield post(endpoint, path, ADD)

    callers = [requests() for _ in range(CALLERS)]
    return await load_http(endpoint, callers, seconds=seconds)


async def add(endpoint: str, seconds: float) -> Measurement:
    """Repeat a durable action, many at a time over one connection."""
    path = gateway_path("connect", fresh_key())
    action = ("increment", [1], [-1])
    return await load_socket(
        endpoint, path, in_flight=IN_FLIGHT, seconds=seconds, action=action
    )


async def read(endpoint: str, seconds: float) -> Measurement:
    """Repeat a read-only action, many at a time over one connection."""
    path = gateway_path("connect", fresh_key())
    return await load_socket(endpoint, path, in_flight=IN_FLIGHT, seconds=seconds)


Load: TypeAlias = "Callable[[str, float], Awaitable[Measurement]]"

RATES: dict[str, Load] = {
    f"create + first action, HTTP, {CALLERS} callers": create,
    f"durable, {IN_FLIGHT} in flight on one WebSocket": add,
    f"read-only, {IN_FLIGHT} in flight on one WebSocket": read,
}


@asynccontextmanager
async def server(data: Path) -> AsyncGenerator[ServerProcess]:
    """Run a server that has answered a call already."""
    async with running_process(data) as running, aiohttp.ClientSession() as session:
        url = gateway_url(running.endpoint, "counter", "warm", "action/getCount")
        await call(session, url)
        yield running


async def measure_rates(folder: Path, seconds: float) -> None:
    """How much work per second."""
    async with server(folder / "rates") as running:
        for name, load in RATES.items():
            measured = await load(running.endpoint, seconds)
            p50, p99 = measured.percentile_ms(50), measured.percentile_ms(99)
            rate = f"{measured.rate_per_s:,.0f} /s"
            show(name, rate, f"p50 {p50:.1f} ms, p99 {p99:.1f} ms")


async def measure_actors(folder: Path, *, sleeping: int, awake: int) -> None:
    """What actors cost while they sleep, when they wake, and while they are awake."""
    data = folder / "actors"
    async with server(data) as running:
        empty = resident_bytes(running.process.pid)
    await store_counters(data, sleeping)
    began_s = time.perf_counter()
    async with server(data) as running:
        show(f"first answer beside {sleeping:,} actors", took(began_s))
        resident = resident_bytes(running.process.pid)
        each = max(0, resident - empty) / sleeping / 1024
        show(f"sleeping actor, {sleeping:,} of them", f"{each:.2f} KiB", "aim 2 KiB")
        measured = await wake(running.endpoint, awake)
        p50, p99 = measured.percentile_ms(50), measured.percentile_ms(99)
        show("wake", f"p50 {p50:.1f} ms", f"p99 {p99:.1f} ms, one at a time")
        each = (resident_bytes(running.process.pid) - resident) / awake / 1024
        show(f"awake counter, {awake:,} of them", f"{each:.1f} KiB", "aim 20 KiB")


async def wake(endpoint: str, count: int) -> Measurement:
    """Call so many sleeping actors, one after the other."""
    paths = (gateway_path("action/getCount", counter_key(at)) for at in range(count))
    requests = (post(endpoint, path, READ) for path in paths)
    return await load_http(endpoint, [requests], seconds=3600)


async def measure_schedules(folder: Path, count: int) -> None:
    """What calls cost that are due in an hour."""
    async with server(folder / "schedules") as running:
        before = resident_bytes(running.process.pid)
        began_s = time.perf_counter()
        async with aiohttp.ClientSession() as session:
            for actor in range(count // SCHEDULES_PER_ACTOR):
                await schedule(session, running, actor)
        rate = count / (time.perf_counter() - began_s)
        show("schedules set", f"{rate:,.0f} /s", f"{SCHEDULES_PER_ACTOR} per call")
        each = (resident_bytes(running.process.pid) - before) / count / 1024
        show(f"schedule, {count:,} of them", f"{each:.2f} KiB", "its actor awake")


async def schedule(
    session: aiohttp.ClientSession, running: ServerProcess, actor: int
) -> None:
    """Schedule as many calls of one actor as it may have; all are due in an hour."""
    url = gateway_url(running.endpoint, "lab", str(actor), "action/other")
    wanted = {"call": "late", "delay_ms": 3_600_000, "lasts_ms": 0}
    status, body = await call(session, url, wanted | {"count": SCHEDULES_PER_ACTOR})
    assert status == 200, body


def took(began_s: float) -> str:
    """Seconds since then."""
    return f"{time.perf_counter() - began_s:.2f} s"


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="actors", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="per rate")
    parser.add_argument("--sleeping", type=int, default=100_000, help="stored actors")
    parser.add_argument("--awake", type=int, default=5_000, help="actors woken")
    parser.add_argument("--schedules", type=int, default=100_000, help="calls later")
    return parser.parse_args(arguments)


async def main(arguments: list[str]) -> None:
    """Measure everything and print each figure as it is known."""
    options = parse_arguments(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await measure_rates(folder, options.seconds)
        amount = {"sleeping": options.sleeping, "awake": options.awake}
        await measure_actors(folder, **amount)
        await measure_schedules(folder, options.schedules)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
