"""The official client loses nothing that it was answered when its server is killed.

Half of its calls go over HTTP, half over connections (catalogue A2). ``JS_KILL_ROUNDS``
runs more rounds than usual, ``KILL_SEED`` others.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from contextlib import asynccontextmanager
from random import Random
from typing import TYPE_CHECKING

import aiohttp
import pytest

from official_client import FOLDER, NODE
from server_process import call, gateway_url
from server_zygotes import Server, Zygote

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

ROUNDS = int(os.environ.get("JS_KILL_ROUNDS", "6"))
SEED = int(os.environ.get("KILL_SEED", "1"))
ENCODINGS = ("json", "cbor", "bare")
COUNTERS = 8
ROUNDS_PER_COUNTER = 4  # a counter ends at 1,000
SHORTEST_LOAD_S, LONGEST_LOAD_S = 0.02, 0.4
ROUND_TIMEOUT_S = 30.0


class Counting:
    """A Node process that counts up."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncGenerator[Counting]:
        """Run the process until the block ends."""
        if not NODE.exists():
            pytest.fail("Node is not installed: run python3 noxfile.py -s conformance")
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            str(NODE), str(FOLDER / "increments.mjs"), stdin=pipe, stdout=pipe
        )
        try:
            yield cls(process)
        finally:
            process.kill()
            await process.communicate()

    async def begin(self, endpoint: str, encoding: str, keys: list[str]) -> None:
        """Count up on a server, from the first answers of all counters on."""
        assert self._process.stdin is not None
        request = {"endpoint": endpoint, "encoding": encoding, "keys": keys}
        self._process.stdin.write(f"{json.dumps(request)}\n".encode())
        await self.answered()

    async def answered(self) -> dict[str, int]:
        """Wait for what the client tells next: the last answers, by key."""
        assert self._process.stdout is not None
        answered: dict[str, int] = json.loads(await self._process.stdout.readline())
        return answered


def keys_of(number: int) -> list[str]:
    """The counters of a round; a few rounds share them."""
    group = number // ROUNDS_PER_COUNTER
    return [f"{group}-{counter}" for counter in range(COUNTERS)]


async def run_round(
    server: Server, counting: Counting, number: int, load_s: float
) -> dict[str, int]:
    """Let the client count up until the kill."""
    encoding = ENCODINGS[number % len(ENCODINGS)]
    async with asyncio.timeout(ROUND_TIMEOUT_S):
        await counting.begin(server.endpoint, encoding, keys_of(number))
        await asyncio.sleep(load_s)
        server.kill()
        answered = await counting.answered()
    await server.gone()
    return answered


async def stored(server: Server, keys: list[str]) -> dict[str, int]:
    """Ask a server for every counter."""
    counts = dict[str, int]()
    async with aiohttp.ClientSession() as session:
        for key in keys:
            url = gateway_url(server.endpoint, "counter", key, "action/getCount")
            status, body = await call(session, url)
            assert status == 200, body
            counts[key] = body["output"]
    return counts


@pytest.mark.timeout(60 + 6 * ROUNDS)
async def test_nothing_that_the_official_client_was_answered_is_lost(
    tmp_path: Path,
) -> None:
    random = Random(SEED)
    answers, slowest_s = 0, 0.0
    before = dict[str, int]()
    async with Zygote.running() as zygote, Counting.running() as counting:
        for number in range(ROUNDS):
            server = await zygote.start(tmp_path)
            load_s = random.uniform(SHORTEST_LOAD_S, LONGEST_LOAD_S)
            answered = await run_round(server, counting, number, load_s)
            began_s = time.monotonic()
            restarted = await zygote.start(tmp_path)
            kept = await stored(restarted, keys_of(number))
            slowest_s = max(slowest_s, time.monotonic() - began_s)
            restarted.kill()
            await restarted.gone()
            for key in kept:
                last = answered.get(key, before.get(key, 0))
                # One more may have happened whose answer was lost.
                assert last <= kept[key] <= last + 1, (number, key, last, kept[key])
                answers += last - before.get(key, 0)
            before.update(kept)
    print(
        f"{ROUNDS} kills, {answers:,} increments answered, none lost; "
        f"served again after {slowest_s:.2f} s at most"
    )
    assert answers > ROUNDS * COUNTERS
