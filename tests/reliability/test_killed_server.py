"""A server that is killed in the middle of its work loses nothing that it answered.

``KILL_ROUNDS`` runs more rounds than usual, ``KILL_SEED`` others.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

import aiohttp
import pytest

from server_process import call, gateway_url
from server_zygotes import Server, Zygote

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = int(os.environ.get("KILL_ROUNDS", "100"))
SEED = int(os.environ.get("KILL_SEED", "1"))
ROUNDS_PER_TEST = 25
CALLERS = 16
SHORTEST_LOAD_S, LONGEST_LOAD_S = 0.01, 0.12
LONGEST_RECOVERY_S = 2.0


@dataclass
class Ledger:
    """What was asked for and what was answered, by counter.

    Attributes:
        asked: The count that the last call should have led to.
        answered: The count that the last answer told.
    """

    asked: dict[str, int] = field(default_factory=dict[str, int])
    answered: dict[str, int] = field(default_factory=dict[str, int])


async def count_up(
    session: aiohttp.ClientSession, endpoint: str, key: str, ledger: Ledger
) -> None:
    """Call until the server is gone."""
    url = gateway_url(endpoint, "counter", key, "action/increment")
    while True:
        ledger.asked[key] = ledger.answered.get(key, 0) + 1
        try:
            status, body = await call(session, url, 1)
        except aiohttp.ClientError:
            return
        assert status == 200, body
        ledger.answered[key] = int(body["output"])


async def compare(
    session: aiohttp.ClientSession, endpoint: str, ledger: Ledger
) -> None:
    """Ask a restarted server for every counter."""
    for key, answered in ledger.answered.items():
        url = gateway_url(endpoint, "counter", key, "action/getCount")
        status, body = await call(session, url)
        assert status == 200, body
        assert answered <= body["output"] <= ledger.asked[key], (
            f"counter {key}: {answered} answered, {body['output']} stored"
        )
        ledger.answered[key] = body["output"]


async def run_round(server: Server, ledger: Ledger, random: Random) -> None:
    """Compare with what was answered before, then count up until the kill."""
    async with aiohttp.ClientSession() as session:
        began_s = time.monotonic()
        await compare(session, server.endpoint, ledger)
        assert time.monotonic() - began_s < LONGEST_RECOVERY_S
        callers = [
            asyncio.create_task(count_up(session, server.endpoint, str(key), ledger))
            for key in range(CALLERS)
        ]
        await asyncio.sleep(random.uniform(SHORTEST_LOAD_S, LONGEST_LOAD_S))
        server.kill()
        await asyncio.gather(*callers)
        await server.gone()


@pytest.mark.parametrize("part", range(-(-ROUNDS // ROUNDS_PER_TEST)))
async def test_no_answered_increment_is_lost(part: int, tmp_path: Path) -> None:
    random = Random(SEED * 1_000 + part)
    ledger = Ledger()
    async with Zygote.running() as zygote:
        for _ in range(min(ROUNDS_PER_TEST, ROUNDS - part * ROUNDS_PER_TEST)):
            server = await zygote.start(tmp_path)
            await run_round(server, ledger, random)
        server = await zygote.start(tmp_path)
        async with aiohttp.ClientSession() as session:
            await compare(session, server.endpoint, ledger)
        server.kill()
    assert sum(ledger.answered.values()) > ROUNDS_PER_TEST


async def test_a_loss_would_be_noticed(tmp_path: Path) -> None:
    """What ``durability: interval`` answers before it is durable is lost."""
    async with Zygote.running() as zygote, aiohttp.ClientSession() as session:
        server = await zygote.start(tmp_path)
        url = gateway_url(server.endpoint, "lab", "a", "action/later")
        for expected in range(1, 11):
            assert await call(session, url, 1) == (200, {"output": expected})
        server.kill()
        await server.gone()
        server = await zygote.start(tmp_path)
        url = gateway_url(server.endpoint, "lab", "a", "action/later")
        _, body = await call(session, url, 0)
        assert body["output"] < 10
