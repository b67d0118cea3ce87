"""Measures what idle connections cost: ``python -m tests.benchmarks.idle``.

Each line is a fresh server process; the memory is what is resident in it.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from idle_sockets import crowd, resident_bytes
from server_process import gateway_url, running_process

COUNTS = (1_000, 9_900)
"""The server accepts 10,000 connections, those of the warm-up included."""
WARM_UP = 100
AIM_KIB = 32
COLUMNS = "{:<24}{:>12}{:>8}{:>14}"


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one crowd of idle connections cost.

    Attributes:
        count: How many there were.
        kib_each: Resident memory of the server per connection.
        rate_per_s: How many were accepted per second.
    """

    count: int
    kib_each: float
    rate_per_s: float


async def measure(count: int, data: Path) -> Cost:
    """Connect to one actor of a fresh server, and let it rest."""
    async with running_process(data) as server:
        url = gateway_url(server.endpoint, "counter", "a", "connect")
        async with crowd([url] * WARM_UP):
            before = resident_bytes(server.process.pid)
        started_s = time.perf_counter()
        async with crowd([url] * count):
            elapsed_s = time.perf_counter() - started_s
            await asyncio.sleep(0.5)
            used = resident_bytes(server.process.pid) - before
        return Cost(
            count=count, kib_each=used / count / 1024, rate_per_s=count / elapsed_s
        )


def main() -> None:
    """Measure each size once and print the table."""
    print(COLUMNS.format("idle connections", "KiB each", "aim", "accepted /s"))
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as folder:
            cost = asyncio.run(measure(count, Path(folder) / "data"))
        print(
            COLUMNS.format(
                f"{cost.count:,}",
                f"{cost.kib_each:.1f}",
                AIM_KIB,
                f"{cost.rate_per_s:.0f}",
            )
        )


if __name__ == "__main__":
    main()
