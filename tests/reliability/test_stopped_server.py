"""A server that is told to stop in the middle of its work ends in order."""

from __future__ import annotations

import asyncio
import signal
import time
from random import Random
from typing import TYPE_CHECKING

import aiohttp

from server_process import call, gateway_url
from server_zygotes import Server, Zygote

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 20
CALLERS = 16
LONGEST_STOP_S = 2.0


async def count_up(
    session: aiohttp.ClientSession, server: Server, key: str, answered: dict[str, int]
) -> None:
    """Call until the server is gone or refuses."""
    url = gateway_url(server.endpoint, "counter", key, "action/increment")
    while True:
        try:
            status, body = await call(session, url, 1)
        except aiohttp.ClientError:
            return
        if status != 200:
            assert body["code"] in ("service_unavailable", "stopping"), body
            return
        answered[key] = int(body["output"])


async def run_round(server: Server, answered: dict[str, int], random: Random) -> None:
    """Compare with what was answered before, then count up until the stop."""
    async with aiohttp.ClientSession() as session:
        for key, count in answered.items():
            url = gateway_url(server.endpoint, "counter", key, "action/getCount")
            assert await call(session, url) == (200, {"output": count})
        callers = [
            asyncio.create_task(count_up(session, server, str(key), answered))
            for key in range(CALLERS)
        ]
        await asyncio.sleep(random.uniform(0.02, 0.1))
        began_s = time.monotonic()
        server.kill(signal.SIGTERM)
        await server.gone()
        assert time.monotonic() - began_s < LONGEST_STOP_S
        await asyncio.gather(*callers)


async def test_every_answer_is_kept_and_every_change_was_answered(
    tmp_path: Path,
) -> None:
    """Unlike after a kill, not even an unanswered increment happened."""
    random = Random(1)
    answered: dict[str, int] = {}
    async with Zygote.running() as zygote:
        for _ in range(ROUNDS):
            await run_round(await zygote.start(tmp_path), answered, random)
    assert sum(answered.values()) > ROUNDS
    assert zygote.errors == b""
