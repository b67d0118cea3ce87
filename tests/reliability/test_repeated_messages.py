"""A message with a key is handled once, however often it is sent (catalogue B6).

Each is sent by several senders at once, before and after the server is killed; all of
them get the same answer. ``REPEATED_KEYS`` sends more than usual.
"""

from __future__ import annotations

import asyncio
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

KEYS = int(os.environ.get("REPEATED_KEYS", "40"))
SEED = int(os.environ.get("KILL_SEED", "1"))
SENDERS = 10
KEYS_PER_ROUND = 20
FIRST_NUMBER = 1_000


class Reached(asyncio.Event):
    """Set once there were so many replies."""

    def __init__(self, wanted: int) -> None:
        super().__init__()
        self._wanted = wanted

    def count(self) -> None:
        """There was one more."""
        self._wanted -= 1
        if self._wanted <= 0:
            self.set()


async def send(
    session: aiohttp.ClientSession, server: Server, number: int, reached: Reached
) -> object:
    """Send one message and wait for its reply; None when the server is gone."""
    url = gateway_url(server.endpoint, "worker", "a", "queue/jobs")
    headers = {
        "x-rivet-encoding": "json",
        "content-type": "application/json",
        "idempotency-key": f"key {number}",
    }
    body = json.dumps({"body": {"n": number}, "wait": True})
    try:
        async with session.post(url, data=body, headers=headers) as response:
            answer = await response.json()
            assert response.status == 200, answer
            reached.count()
            return answer["response"]
    except aiohttp.ClientError:
        return None


async def send_all(
    server: Server, numbers: list[int], reached: Reached
) -> dict[int, list[object]]:
    """Send each message several times at once; every reply, by number."""
    async with aiohttp.ClientSession() as session:
        sent = [number for number in numbers for _ in range(SENDERS)]
        replies = await asyncio.gather(
            *(send(session, server, number, reached) for number in sent)
        )
    found: dict[int, list[object]] = {number: [] for number in numbers}
    for number, reply in zip(sent, replies, strict=True):
        if reply is not None:
            found[number].append(reply)
    return found


async def killed_while_sending(
    server: Server, numbers: list[int], random: Random
) -> dict[int, list[object]]:
    """Kill the server while messages are on their way."""
    reached = Reached(random.randint(1, len(numbers) * SENDERS // 2))
    sending = asyncio.create_task(send_all(server, numbers, reached))
    await reached.wait()
    server.kill()
    replies = await sending
    await server.gone()
    return replies


@pytest.mark.timeout(60 + KEYS)
async def test_a_key_is_handled_once_and_answered_alike(tmp_path: Path) -> None:
    random = Random(SEED)
    before = after = 0
    async with Zygote.running() as zygote:
        for first in range(FIRST_NUMBER, FIRST_NUMBER + KEYS, KEYS_PER_ROUND):
            numbers = list(range(first, first + KEYS_PER_ROUND))
            server = await zygote.start(tmp_path)
            early = await killed_while_sending(server, numbers, random)
            server = await zygote.start(tmp_path)
            late = await send_all(server, numbers, Reached(0))
            for number in numbers:
                replies = [*early[number], *late[number]]
                assert len(late[number]) == SENDERS
                assert all(reply == {"r": number * 2} for reply in replies)
                before += len(early[number])
                after += len(late[number])
            server.kill()
            await server.gone()
        server = await zygote.start(tmp_path)
        async with aiohttp.ClientSession() as session:
            url = gateway_url(server.endpoint, "worker", "a", "action/seen")
            _, body = await call(session, url)
        server.kill()
    handled = Counter(each["n"] for each in body["output"])
    print(
        f"{KEYS} keys: {before} answers before the kills, {after} after them, "
        f"{max(handled.values())} handling at most"
    )
    assert before > 0
    assert set(handled.values()) == {1}
    assert len(handled) == KEYS
