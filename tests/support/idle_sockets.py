"""Crowds of connected clients that say nothing until they are asked to."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

AT_ONCE = 50
"""So many connect at the same time."""


class IdleSocket(asyncio.Protocol):
    """One client on a bare transport, so that a crowd of them costs little."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        lines = (
            f"GET {parts.path}?{parts.query} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Protocol: rivet, rivet_encoding.json",
        )
        self._upgrade = "\r\n".join((*lines, "", "")).encode()
        self._received = b""
        self._marker = b'"Init"'
        self._heard = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._upgrade)

    def data_received(self, data: bytes) -> None:
        """Look for what is waited for."""
        self._received += data
        if self._marker in self._received:
            self._received = b""
            if not self._heard.done():
                self._heard.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what is waited for."""
        if not self._heard.done():
            self._heard.set_exception(exc or ConnectionResetError("closed"))

    async def opened(self) -> None:
        """Wait for the greeting."""
        await self._heard

    async def answered(self, action: str, *args: object) -> None:
        """Call an action and wait until it is answered."""
        self._marker = b'"ActionResponse"'
        self._heard = asyncio.get_running_loop().create_future()
        values = {"id": ["$BigInt", "0"], "name": action, "args": args}
        body = {"body": {"tag": "ActionRequest", "val": values}}
        payload = json.dumps(body).encode()
        head = bytes((0x81, 0x80 | 126)) + len(payload).to_bytes(2, "big")
        self._transport.write(head + bytes(4) + payload)
        await self._heard

    def close(self) -> None:
        """Vanish."""
        self._heard.cancel()
        self._transport.abort()


@asynccontextmanager
async def crowd(urls: Sequence[str]) -> AsyncGenerator[list[IdleSocket]]:
    """Connect to every address, and disconnect at the end."""
    sockets: list[IdleSocket] = []
    try:
        for start in range(0, len(urls), AT_ONCE):
            sockets += await asyncio.gather(
                *(_connected(url) for url in urls[start : start + AT_ONCE])
            )
        yield sockets
    finally:
        for socket in sockets:
            socket.close()


async def _connected(url: str) -> IdleSocket:
    parts = urlsplit(url)
    _, socket = await asyncio.get_running_loop().create_connection(
        lambda: IdleSocket(url), str(parts.hostname), parts.port or 80
    )
    await socket.opened()
    return socket


def resident_bytes(process_id: int) -> int:
    """Memory of a process that is not swapped out."""
    statm = Path(f"/proc/{process_id}/statm").read_text(encoding="ascii")
    return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")
