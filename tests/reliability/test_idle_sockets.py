"""Ten thousand clients that are connected and say nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from idle_sockets import crowd, resident_bytes
from server_process import gateway_url, running_process

if TYPE_CHECKING:
    from pathlib import Path

SOCKETS = 9_900
"""The server accepts 10,000 connections of any kind."""
ACTORS = 10
BYTES_EACH = 32 << 10
LEFT_OVER_BYTES = 100_000_000
"""Less than half of what they cost: Python keeps what lies between things in use.

About 30 MB as a rule; on a busy machine more than 60 MB were seen once.
"""


@pytest.mark.timeout(280)
async def test_ten_thousand_idle_sockets_are_cheap_and_answer(tmp_path: Path) -> None:
    async with running_process(tmp_path / "data") as server:
        urls = [
            gateway_url(server.endpoint, "counter", str(number % ACTORS), "connect")
            for number in range(SOCKETS)
        ]
        async with crowd(urls[:ACTORS]):
            before = resident_bytes(server.process.pid)
        async with crowd(urls) as sockets:
            each = (resident_bytes(server.process.pid) - before) / SOCKETS
            assert each <= BYTES_EACH
            for start in range(0, SOCKETS, 100):
                asked = sockets[start : start + 100]
                await asyncio.gather(*(each.answered("getCount") for each in asked))
        async with crowd(urls[:1]) as (last,):
            await last.answered("getCount")
            for _ in range(400):
                await asyncio.sleep(0.1)
                if resident_bytes(server.process.pid) <= before + LEFT_OVER_BYTES:
                    return
            pytest.fail("the memory of clients that left was not given back")
