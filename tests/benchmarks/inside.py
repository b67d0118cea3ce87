"""Measures calls without a network: ``python -m tests.benchmarks.inside``.

Callers and actors share one process and its event loop, as actors do that call each
other. The data is on disk.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib
import itertools
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from idle_sockets import resident_bytes
from rivetgen_client.transport import ActionCall, KeyTarget, QueueMessage
from rivetgen_runtime.embedded import Embedded
from twin_server import generated_twins

from .actors import show
from .loads import WAITING_MESSAGES
from .measuring import Recorder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rivetgen_client.transport import Transport
    from rivetgen_runtime.core.host import Host

    Call: TypeAlias = "Callable[[int], Awaitable[object]]"
    """What one of several callers does again and again."""

CALLERS = 16
GRACE_S = 5.0
MIB = 1 << 20
GRAIN = {"weight": 1}


def target(name: str, key: object) -> KeyTarget:
    """An actor that is created when it is called first."""
    return KeyTarget(name=name, key=(str(key),), create=True)


def action(name: str, *arguments: Any) -> ActionCall:
    """One call."""
    return ActionCall(name=name, args=[*arguments])


async def measure(name: str, call: Call, seconds: float) -> None:
    """Let the callers repeat their call for a while and print how often they could."""
    recorder = Recorder(seconds=seconds)

    async def caller(number: int) -> None:
        sent_s = time.perf_counter()
        await call(number)
        while recorder.record(sent_s):
            sent_s = time.perf_counter()
            await call(number)

    await asyncio.gather(*map(caller, range(CALLERS)))
    measured = recorder.finish()
    p50, p99 = measured.percentile_ms(50), measured.percentile_ms(99)
    show(name, f"{measured.rate_per_s:,.0f} /s", f"p50 {p50:.2f} ms, p99 {p99:.2f} ms")


async def measure_receive(transport: Transport) -> None:
    """Let a run handler work off the messages that wait."""
    mill = target("mill", "receiving")
    await transport.action(mill, action("hold"))
    message = QueueMessage(name="grain", body=GRAIN)
    for _ in range(WAITING_MESSAGES):
        await transport.send(mill, message)
    began_s = time.perf_counter()
    await transport.action(mill, action("grind", WAITING_MESSAGES))
    rate = WAITING_MESSAGES / (time.perf_counter() - began_s)
    show("queue: receive in a run handler", f"{rate:,.0f} /s", "one after the other")


async def measure_lives(host: Host, count: int) -> None:
    """Create actors, let them sleep, wake them, and destroy them."""
    transport, numbers = host.transport, iter(range(count))

    async def caller() -> None:
        for number in numbers:
            counter = target("counter", f"short-{number}")
            actor_id = await transport.resolve(counter)
            await transport.action(counter, action("increment", 1))
            await host.request_sleep(actor_id)
            await transport.action(counter, action("getCount"))
            await host.destroy(actor_id)

    before = resident_bytes(os.getpid())
    began_s = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(CALLERS)))
    rate = count / (time.perf_counter() - began_s)
    gc.collect()
    growth = (resident_bytes(os.getpid()) - before) / MIB
    name = f"{count:,} lives: create, sleep, wake, destroy"
    show(name, f"{rate:,.0f} /s", f"{growth:+.1f} MiB, aim 20 MiB for 100,000")


async def measure_all(transport: Transport, seconds: float) -> None:
    """Measure everything and print each figure as it is known."""
    sign = itertools.cycle((1, -1))
    message = QueueMessage(name="grain", body=GRAIN)
    request = QueueMessage(name="grain", body=GRAIN, waits=True)
    held = target("mill", "held")

    async def read(number: int) -> object:
        return await transport.action(target("counter", number), action("getCount"))

    async def add(number: int) -> object:
        call = action("increment", next(sign))
        return await transport.action(target("counter", number), call)

    async def send(number: int) -> object:
        del number
        return await transport.send(held, message)

    async def ask(number: int) -> object:
        return await transport.send(target("mill", number), request)

    await measure(f"read-only, {CALLERS} callers", read, seconds)
    await measure(f"durable, {CALLERS} callers", add, seconds)
    await transport.action(held, action("hold"))
    await measure(f"queue: send, {CALLERS} senders", send, seconds)
    await measure_receive(transport)
    await measure(f"queue: request + reply, {CALLERS} senders", ask, seconds)


async def main(arguments: list[str]) -> None:
    """Open a data directory and call its actors."""
    parser = argparse.ArgumentParser(prog="inside", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="per measurement")
    parser.add_argument("--lives", type=int, default=5_000, help="short-lived actors")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sys.path.insert(0, str(generated_twins(folder) / "src"))
        actors = importlib.import_module("twin.app").registry.actors
        embedded = await Embedded.open(actors, folder / "data")
        try:
            await measure_all(embedded.host.transport, options.seconds)
            await measure_lives(embedded.host, options.lives)
        finally:
            await embedded.finish(grace_s=GRACE_S)
            await embedded.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
