"""Hundreds of clients that begin a request and never end it (promise P7)."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from core_actors import Counter
from rivetgen_runtime.core.host import Host
from rivetgen_runtime.front.app import Front
from rivetgen_runtime.front.options import FrontOptions
from rivetgen_runtime.front.server import HttpServer, ServerOptions
from rivetgen_runtime.storage.memory import MemoryStore
from rivetgen_runtime.system import SystemClock, SystemRandomness
from server_process import call, gateway_url

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

CLIENTS = 300
PATIENCE_S = 1.0
HEAD = b"POST /gateway/counter/action/getCount?rvt-method=getOrCreate HTTP/1.1\r\n"
BEGINNINGS = (
    b"",
    HEAD + b"Host: local",
    HEAD + b"Host: localhost\r\nContent-Length: 100\r\n\r\n{",
)
"""Nothing at all, half a header, half a body."""


@asynccontextmanager
async def impatient_server() -> AsyncGenerator[str]:
    """Serve a counter to clients that have a second for each part of a request."""
    clock, randomness = SystemClock(), SystemRandomness()
    host = Host((Counter,), store=MemoryStore(), clock=clock, randomness=randomness)
    front = Front(host, FrontOptions(body_timeout_s=PATIENCE_S))
    server = HttpServer(front.handle, ServerOptions(head_timeout_s=PATIENCE_S))
    address, port = await server.start("127.0.0.1", 0)
    try:
        yield f"http://{address}:{port}"
    finally:
        await server.close(timeout_s=1.0)
        await host.stop()


async def begin(endpoint: str, beginning: bytes) -> None:
    """Send a beginning, then wait until the server has had enough."""
    parts = urlsplit(endpoint)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(beginning)
    with suppress(ConnectionResetError):
        await reader.read()
    writer.close()


async def test_clients_that_never_end_a_request_are_cut_and_others_are_served() -> None:
    async with impatient_server() as endpoint, aiohttp.ClientSession() as session:
        beginnings = itertools.islice(itertools.cycle(BEGINNINGS), CLIENTS)
        clients = [asyncio.create_task(begin(endpoint, each)) for each in beginnings]
        url = gateway_url(endpoint, "counter", "a", "action/increment")
        served = 0
        async with asyncio.timeout(25):
            while not all(client.done() for client in clients):
                served += 1
                assert await call(session, url, 1) == (200, {"output": served})
                await asyncio.sleep(0.02)
            await asyncio.gather(*clients)
    print(f"{CLIENTS} clients were cut, {served} calls were answered meanwhile")
    assert served > 1
