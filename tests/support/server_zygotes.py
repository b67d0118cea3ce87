"""Servers that start in milliseconds, to be killed by the hundred."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from server_process import LISTENING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

PROGRAM = Path(__file__).with_name("server_zygote.py")


@dataclass(frozen=True)
class Server:
    """A running server."""

    pid: int
    endpoint: str

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal; without a number it ends as if the power had failed."""
        os.kill(self.pid, number)

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
        self.errors = b""
        """What the servers wrote to stderr; complete when the block has ended."""
        self._process = process
        self._last: Server | None = None

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncGenerator[Zygote]:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(PROGRAM), stdin=pipe, stdout=pipe, stderr=pipe
        )
        zygote = cls(process)
        try:
            yield zygote
        finally:
            zygote.kill()
            _, zygote.errors = await process.communicate(b"")

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
