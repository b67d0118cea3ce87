"""Messages are handled exactly once, however often the server is killed.

The handler counts a message in the state; that, its completion and its reply are one
commit. ``KILL_SEED`` kills at other moments.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from collections import Counter
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
SENDERS = 8
FIRST_NUMBER = 1000
SHORTEST_LOAD_S, LONGEST_LOAD_S = 0.02, 0.3
LONGEST_WAIT_S = 30.0


class Ledger:
    """Which messages were sent, stored and answered.

    Attributes:
        open: Messages whose fate their sender does not know; they are sent again.
        stored: Messages that the server said to have stored.
        answered: Messages that the server said to have handled.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count(FIRST_NUMBER)
        self.open: set[int] = set()
        self.stored: set[int] = set()
        self.answered: set[int] = set()

    def take(self) -> int:
        """A message whose fate is not known, or a new one."""
        return self.open.pop() if self.open else next(self._numbers)


async def send(
    session: aiohttp.ClientSession, server: Server, number: int, *, waits: bool
) -> dict[str, object]:
    """Send one message; its number is its key."""
    url = gateway_url(server.endpoint, "worker", "a", "queue/jobs")
    headers = {
        "x-rivet-encoding": "json",
        "content-type": "application/json",
        "idempotency-key": str(number),
    }
    body = json.dumps({"body": {"n": number}, "wait": waits})
    async with session.post(url, data=body, headers=headers) as response:
        answer: dict[str, object] = await response.json()
        assert response.status == 200, answer
        return answer


async def keep_sending(
    session: aiohttp.ClientSession, server: Server, ledger: Ledger, random: Random
) -> None:
    """Send messages until the server is gone."""
    while True:
        number, waits = ledger.take(), random.random() < 0.5
        try:
            answer = await send(session, server, number, waits=waits)
        except aiohttp.ClientError:
            ledger.open.add(number)
            return
        ledger.stored.add(number)
        if waits:
            reply = {"r": number * 2}
            assert answer == {"status": "completed", "response": reply}
            ledger.answered.add(number)


async def run_round(server: Server, ledger: Ledger, random: Random) -> None:
    """Send until the kill."""
    async with aiohttp.ClientSession() as session:
        senders = [
            asyncio.create_task(keep_sending(session, server, ledger, random))
            for _ in range(SENDERS)
        ]
        await asyncio.sleep(random.uniform(SHORTEST_LOAD_S, LONGEST_LOAD_S))
        server.kill()
        await asyncio.gather(*senders)
        await server.gone()


async def handled(
    session: aiohttp.ClientSession, server: Server, *, wanted: set[int]
) -> Counter[int]:
    """How often each message was handled, when all that are wanted were."""
    url = gateway_url(server.endpoint, "worker", "a", "action/seen")
    async with asyncio.timeout(LONGEST_WAIT_S):
        while True:
            status, body = await call(session, url)
            assert status == 200, body
            found = Counter(each["n"] for each in body["output"])
            if wanted <= found.keys():
                return found
            await asyncio.sleep(0.05)


@pytest.mark.timeout(120)
async def test_every_message_is_handled_exactly_once(tmp_path: Path) -> None:
    random, ledger = Random(SEED), Ledger()
    async with Zygote.running() as zygote:
        for _ in range(ROUNDS):
            await run_round(await zygote.start(tmp_path), ledger, random)
        server = await zygote.start(tmp_path)
        async with aiohttp.ClientSession() as session:
            for number in ledger.open:
                await send(session, server, number, waits=True)
            wanted = ledger.stored | ledger.open
            found = await handled(session, server, wanted=wanted)
        server.kill()
    assert found.keys() == wanted
    assert set(found.values()) == {1}
    assert len(ledger.answered) > ROUNDS
