"""One client that does not read costs nobody else anything."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from core_actors import LabBase, LabContext
from fronts import running_front
from rivetgen_runtime.front.options import FrontOptions
from server_process import call, gateway_url

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

OPTIONS = FrontOptions(
    queued_messages=64, queued_bytes=256 * 1024, close_timeout_s=0.5, close_delay_s=0.05
)
READERS = 20
EVENTS = 400
EVENT_BYTES = 20_000
SUBSCRIBE = {
    "body": {
        "tag": "SubscriptionRequest",
        "val": {"eventName": "happened", "subscribe": True},
    }
}


class Lab(LabBase):
    """Tells everyone, and says how many there are."""

    async def work(self, c: LabContext, argument: Any) -> Any:
        """Send one event of some length."""
        c.events.happened([argument, "x" * EVENT_BYTES])

    async def look(self, c: LabContext, argument: Any) -> Any:
        """How many sockets are connected."""
        del argument
        return sum(conn.is_socket for conn in c.conns.values())


def masked(payload: bytes) -> bytes:
    """One text frame as clients send it (RFC 6455, section 5.2)."""
    assert len(payload) < 126
    key = b"mask"
    body = bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))
    return bytes([0x81, 0x80 | len(payload)]) + key + body


@asynccontextmanager
async def deaf_client(url: str) -> AsyncGenerator[asyncio.StreamReader]:
    """Connect and subscribe; what comes then is read only if the test does."""
    host, _, rest = url.removeprefix("http://").partition("/")
    port = int(host.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**14)
    head = (
        f"GET /{rest} HTTP/1.1\r\nhost: {host}\r\nupgrade: websocket\r\n"
        "connection: upgrade\r\nsec-websocket-version: 13\r\n"
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "sec-websocket-protocol: rivet\r\n\r\n"
    )
    writer.write(head.encode())
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    writer.write(masked(json.dumps(SUBSCRIBE, separators=(",", ":")).encode()))
    try:
        yield reader
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def listen(session: aiohttp.ClientSession, url: str) -> list[int]:
    """Receive every event and return its numbers in order."""
    async with session.ws_connect(url, protocols=("rivet",), max_msg_size=0) as socket:
        await socket.receive_str()
        await socket.send_json(SUBSCRIBE)
        numbers: list[int] = []
        while len(numbers) < EVENTS:
            message = json.loads(await socket.receive_str(timeout=20))
            numbers.append(message["body"]["val"]["args"][0][0])
        return numbers


async def connected(session: aiohttp.ClientSession, url: str, count: int) -> None:
    """Wait until this many sockets are connected."""
    async with asyncio.timeout(5):
        for _ in range(500):
            if await call(session, url, None) == (200, {"output": count}):
                return
            await asyncio.sleep(0.01)
    pytest.fail(f"there were never {count} connections")


def resident_bytes() -> int:
    """Memory of this process, which is the server as well."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_a_client_that_never_reads_is_cut_and_the_others_lose_nothing() -> None:
    async with (
        running_front((Lab,), OPTIONS) as endpoint,
        aiohttp.ClientSession() as session,
    ):
        connect = gateway_url(endpoint, "lab", "a", "connect")
        work = gateway_url(endpoint, "lab", "a", "action/work")
        look = gateway_url(endpoint, "lab", "a", "action/look")
        async with deaf_client(connect) as deaf:
            readers = [
                asyncio.create_task(listen(session, connect)) for _ in range(READERS)
            ]
            await connected(session, look, READERS + 1)
            await asyncio.sleep(0.1)
            before = resident_bytes()
            for number in range(EVENTS):
                status, _ = await call(session, work, number)
                assert status == 200
            for numbers in await asyncio.gather(*readers):
                assert numbers == [*range(EVENTS)]
            assert resident_bytes() - before < 50_000_000
            await connected(session, look, 0)
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await deaf.readexactly(EVENTS * EVENT_BYTES)


async def test_a_client_that_reads_slowly_but_in_time_is_kept() -> None:
    async with (
        running_front((Lab,), OPTIONS) as endpoint,
        aiohttp.ClientSession() as session,
    ):
        connect = gateway_url(endpoint, "lab", "a", "connect")
        work = gateway_url(endpoint, "lab", "a", "action/work")
        look = gateway_url(endpoint, "lab", "a", "action/look")
        async with deaf_client(connect) as slow:
            await connected(session, look, 1)
            for number in range(100):
                await call(session, work, number)
                await slow.readexactly(EVENT_BYTES)
            assert await call(session, look, None) == (200, {"output": 1})
