"""Servers as processes of their own, to be signalled and killed."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import aiohttp

PROGRAM = Path(__file__).with_name("counter_server.py")
LISTENING = re.compile(rb"rivetgen listening on (http://\S+) \(data in (.+)\)\n")


@dataclass(frozen=True)
class ServerProcess:
    """A running server.

    Attributes:
        endpoint: Where it listens.
    """

    process: asyncio.subprocess.Process
    endpoint: str

    async def wait(self) -> int:
        """Wait for its end and return its exit code."""
        return await self.process.wait()


def gateway_url(endpoint: str, actor: str, key: str, rest: str) -> str:
    """Return the address of something of an actor, which is created if needed."""
    query = urlencode(
        {
            "rvt-namespace": "default",
            "rvt-method": "getOrCreate",
            "rvt-runner": "default",
            "rvt-key": key,
        }
    )
    return f"{endpoint}/gateway/{actor}/{rest}?{query}"


async def call(
    session: aiohttp.ClientSession, url: str, *args: Any
) -> tuple[int, dict[str, Any]]:
    """Call an action in JSON and return status and body."""
    body = json.dumps({"args": args})
    headers = {"x-rivet-encoding": "json", "content-type": "application/json"}
    async with session.post(url, data=body, headers=headers) as response:
        return response.status, await response.json()


async def start_server(*arguments: str) -> asyncio.subprocess.Process:
    """Start the program; it may end at once."""
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), *arguments, stdout=pipe, stderr=pipe
    )


@asynccontextmanager
async def running_process(
    data: Path, *arguments: str, before: tuple[str, ...] = ()
) -> AsyncGenerator[ServerProcess]:
    """Start the program on a free port, and kill it at the end if it still runs.

    Args:
        data: Its data directory.
        arguments: More options.
        before: Options of the program itself.
    """
    options = (*before, "--port", "0", "--data", str(data), *arguments)
    process = await start_server(*options)
    try:
        assert process.stdout is not None
        line = await process.stdout.readline()
        announced = LISTENING.fullmatch(line)
        assert announced, f"the server said {line!r}"
        yield ServerProcess(process, announced[1].decode())
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
