"""Many clients that are connected and say nothing; ten thousand are in reliability."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from idle_sockets import crowd, resident_bytes
from server_process import gateway_url, running_process

if TYPE_CHECKING:
    from pathlib import Path

SOCKETS = 500
BYTES_EACH = 32 << 10


async def test_an_idle_socket_costs_little_memory_and_answers(tmp_path: Path) -> None:
    async with running_process(tmp_path / "data") as server:
        url = gateway_url(server.endpoint, "counter", "a", "connect")
        async with crowd([url] * 100):
            before = resident_bytes(server.process.pid)
            async with crowd([url] * SOCKETS) as sockets:
                after = resident_bytes(server.process.pid)
                assert (after - before) / SOCKETS <= BYTES_EACH
                await asyncio.gather(*(each.answered("getCount") for each in sockets))
