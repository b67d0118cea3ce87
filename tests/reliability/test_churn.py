"""Actors that come and go leave nothing behind in the process that served them."""

from __future__ import annotations

import asyncio
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from idle_sockets import resident_bytes
from server_process import call, gateway_url, running_process

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLERS = 8
LIVES_BEFORE = 200
LIVES = 600
GROWTH_BYTES = 20_000_000


async def live(session: aiohttp.ClientSession, endpoint: str, number: int) -> None:
    """Create an actor, let it sleep, wake it with its memory, and destroy it."""
    key = f"short-{number}"
    increment = gateway_url(endpoint, "counter", key, "action/increment")
    assert await call(session, increment, 1) == (200, {"output": 1})
    query = {"namespace": "default", "name": "counter", "key": key}
    async with session.get(f"{endpoint}/actors", params=query) as response:
        (found,) = (await response.json())["actors"]
    actor = f"{endpoint}/actors/{found['actor_id']}?namespace=default"
    async with session.post(actor.replace("?", "/sleep?"), json={}) as response:
        assert response.status == 200
    assert await call(session, increment, 1) == (200, {"output": 2})
    async with session.delete(actor) as response:
        assert response.status == 200


async def live_often(endpoint: str, numbers: Iterator[int]) -> None:
    """Let so many actors live, a few at a time, over connections that are closed."""
    async with aiohttp.ClientSession() as session:

        async def caller() -> None:
            for number in numbers:
                await live(session, endpoint, number)

        await asyncio.gather(*(caller() for _ in range(CALLERS)))


def open_files(process_id: int) -> int:
    """How many descriptors a process has."""
    return sum(1 for _ in Path(f"/proc/{process_id}/fd").iterdir())


@pytest.mark.timeout(180)
async def test_short_lived_actors_leave_neither_memory_nor_files(
    tmp_path: Path,
) -> None:
    numbers = count()
    async with running_process(tmp_path / "data") as server:
        process_id = server.process.pid
        await live_often(server.endpoint, islice(numbers, LIVES_BEFORE))
        memory, files = resident_bytes(process_id), open_files(process_id)
        await live_often(server.endpoint, islice(numbers, LIVES))
        growth = resident_bytes(process_id) - memory
        print(f"{LIVES} lives: {growth / 1e6:+.1f} MB")
        assert growth <= GROWTH_BYTES
        for _ in range(50):
            if open_files(process_id) <= files:
                return
            await asyncio.sleep(0.1)
        pytest.fail(f"{open_files(process_id)} files are open, not {files}")
