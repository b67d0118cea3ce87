"""Clients that do not read what they are sent, over real sockets."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

from aiohttp import web

from rivetgen_runtime.front.server import HttpServer, ServerOptions

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

REQUEST = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"
BODY = b"x" * (8 << 20)
IMPATIENT = ServerOptions(unread_timeout_s=0.5)
SWEEP_S = 1.0
"""The server looks at its connections this often."""


class Server:
    """Answers with a long body, and knows how many answers it is busy with."""

    def __init__(self, options: ServerOptions) -> None:
        self.busy = 0
        self.http = HttpServer(self._answer, options)
        self.port = 0

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.Response(body=BODY)
        self.busy += 1
        try:
            await response.prepare(request)
            await response.write_eof()
        finally:
            self.busy -= 1
        return response


@asynccontextmanager
async def listening(options: ServerOptions = IMPATIENT) -> AsyncGenerator[Server]:
    server = Server(options)
    _, server.port = await server.http.start("127.0.0.1", 0)
    try:
        yield server
    finally:
        await server.http.close(timeout_s=1.0)


def connected(port: int) -> socket.socket:
    """A socket with a small window."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    return client


async def test_a_client_that_does_not_read_its_answer_is_cut() -> None:
    async with listening() as server:
        with closing(connected(server.port)) as client:
            client.sendall(REQUEST * 3)
            await asyncio.sleep(0.2)
            assert server.busy == 1
            await asyncio.sleep(0.5 + 2 * SWEEP_S)
            assert server.busy == 0


async def test_a_client_that_pauses_gets_all_of_its_answer() -> None:
    async with listening(ServerOptions(unread_timeout_s=10.0)) as server:
        with closing(connected(server.port)) as client:
            client.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(client, REQUEST)
            await asyncio.sleep(2 * SWEEP_S)
            received = 0
            while received < len(BODY):
                chunk = await loop.sock_recv(client, 1 << 20)
                assert chunk, f"cut after {received} bytes"
                received += len(chunk)
