"""What was scheduled happens, however often the server is killed, and never early.

``KILL_SEED`` kills at other moments.
"""

from __future__ import annotations

import asyncio
import os
from random import Random
from typing import TYPE_CHECKING

import aiohttp
import pytest

from server_process import call, gateway_url
from server_zygotes import Server, Zygote

if TYPE_CHECKING:
    from pathlib import Path

SEED = int(os.environ.get("KILL_SEED", "1"))
ROUNDS = 15
ACTORS = 8
LONGEST_DELAY_MS = 600
LONGEST_RUN_MS = 60
SHORTEST_LOAD_S, LONGEST_LOAD_S = 0.02, 0.3
LONGEST_WAIT_S = 30.0


class Ledger:
    """Which calls were scheduled, and for which of them that was answered."""

    def __init__(self) -> None:
        self.answered: dict[str, set[str]] = {str(key): set() for key in range(ACTORS)}
        self._count = 0

    def next_call(self) -> str:
        """The name of another call."""
        self._count += 1
        return f"call {self._count}"


async def schedule_on(
    session: aiohttp.ClientSession, server: Server, key: str, ledger: Ledger
) -> None:
    """Schedule calls until the server is gone."""
    random = Random(f"{SEED} {key} {server.pid}")
    url = gateway_url(server.endpoint, "lab", key, "action/other")
    while True:
        name = ledger.next_call()
        wanted = {
            "call": name,
            "delay_ms": random.randint(0, LONGEST_DELAY_MS),
            "lasts_ms": random.choice([0, 0, random.randint(0, LONGEST_RUN_MS)]),
        }
        try:
            status, body = await call(session, url, wanted)
        except aiohttp.ClientError:
            return
        assert status == 200, body
        ledger.answered[key].add(name)
        await asyncio.sleep(0.005)


async def run_round(server: Server, ledger: Ledger, random: Random) -> None:
    """Schedule calls until the kill."""
    async with aiohttp.ClientSession() as session:
        callers = [
            asyncio.create_task(schedule_on(session, server, key, ledger))
            for key in ledger.answered
        ]
        await asyncio.sleep(random.uniform(SHORTEST_LOAD_S, LONGEST_LOAD_S))
        server.kill()
        await asyncio.gather(*callers)
        await server.gone()


async def notes_of(
    session: aiohttp.ClientSession, server: Server, key: str, *, wanted: set[str]
) -> list[str]:
    """What an actor has noted, when everything wanted is among it."""
    url = gateway_url(server.endpoint, "lab", key, "action/other")
    async with asyncio.timeout(LONGEST_WAIT_S):
        while True:
            status, body = await call(session, url, None)
            assert status == 200, body
            notes: list[str] = body["output"]
            if wanted <= set(notes):
                return notes
            await asyncio.sleep(0.05)


@pytest.mark.timeout(120)
async def test_every_acknowledged_schedule_fires_and_none_is_early(
    tmp_path: Path,
) -> None:
    random = Random(SEED)
    ledger = Ledger()
    async with Zygote.running() as zygote:
        for _ in range(ROUNDS):
            await run_round(await zygote.start(tmp_path), ledger, random)
        server = await zygote.start(tmp_path)
        async with aiohttp.ClientSession() as session:
            for key, wanted in ledger.answered.items():
                notes = await notes_of(session, server, key, wanted=wanted)
                assert not [note for note in notes if note.startswith("early")]
        server.kill()
    assert sum(map(len, ledger.answered.values())) > ROUNDS


async def test_the_next_start_wakes_an_actor_for_what_it_missed(
    tmp_path: Path,
) -> None:
    """Nobody asks for the actor: its alarm alone brings it back."""
    async with Zygote.running() as zygote, aiohttp.ClientSession() as session:
        server = await zygote.start(tmp_path)
        url = gateway_url(server.endpoint, "lab", "a", "action/other")
        wanted = {"call": "missed", "delay_ms": 300, "lasts_ms": 0}
        status, body = await call(session, url, wanted)
        assert status == 200, body
        server.kill()
        await server.gone()
        await asyncio.sleep(0.5)
        server = await zygote.start(tmp_path)
        listing = f"{server.endpoint}/actors?namespace=default&name=lab"
        async with asyncio.timeout(LONGEST_WAIT_S):
            while True:
                async with session.get(listing) as response:
                    (actor,) = (await response.json())["actors"]
                # The record says that it started after the schedule was due.
                if actor["start_ts"] >= actor["create_ts"] + 300:
                    break
                await asyncio.sleep(0.05)
        url = gateway_url(server.endpoint, "lab", "a", "action/other")
        # It is awake already; what it was woken for begins right after that.
        async with asyncio.timeout(LONGEST_WAIT_S):
            while True:
                status, body = await call(session, url, None)
                if body != {"output": []}:
                    break
                await asyncio.sleep(0.05)
        assert (status, body) == (200, {"output": ["missed"]})
        server.kill()
