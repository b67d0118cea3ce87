"""A server that is killed in the middle of its work loses nothing that it answered.

``KILL_ROUNDS`` runs more rounds than usual, ``KILL_SEED`` others.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import aiohttp
import pytest

from server_process import LISTENING, call, gateway_url

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

PROGRAM = Path(__file__).parents[1] / "support" / "server_zygote.py"
ROUNDS = int(os.environ.get("KILL_ROUNDS", "100"))
SEED = int(os.environ.get("KILL_SEED", "1"))
ROUNDS_PER_TEST = 25
CALLERS = 16
SHORTEST_LOAD_S, LONGEST_LOAD_S = 0.01, 0.12
LONGEST_RECOVERY_S = 2.0


@dataclass(frozen=True)
class Server:
    """A running server."""

    pid: int
    endpoint: str

    def kill(self) -> None:
        """End it as a power switch would, as far as the program can tell."""
        os.kill(self.pid, signal.SIGKILL)

    async def gone(self) -> None:
        """Wait until the operating system has taken its files and locks back."""
        async with asyncio.timeout(5):
            with suppress(ProcessLookupError):
                for _ in range(5_000):
                    os.kill(self.pid, 0)
                    await asyncio.sleep(0.001)


class Zygote:
    """Starts servers quickly."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._last: Server | None = None

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncGenerator[Zygote]:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(PROGRAM), stdin=pipe, stdout=pipe
        )
        zygote = cls(process)
        try:
            yield zygote
        finally:
            zygote.kill()
            await process.communicate(b"")

    def kill(self) -> None:
        """End the last server, if it still runs."""
        if self._last is not None:
            with suppress(ProcessLookupError):
                self._last.kill()

    async def start(self, data: Path) -> Server:
        """Start a server; its two lines may come in any order."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{data}\n".encode())
        lines = [await self._process.stdout.readline() for _ in range(2)]
        (pid,) = [int(line.split()[1]) for line in lines if line.startswith(b"pid ")]
        (found,) = [match for line in lines if (match := LISTENING.fullmatch(line))]
        self._last = Server(pid, found[1].decode())
        return self._last


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
