"""A proxy between a client and a server that remembers every frame."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

HOP_BY_HOP = {"host", "connection", "transfer-encoding", "content-length", "upgrade"}
DATA = (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)
CLOSE_TIMEOUT_S = 5.0


class RecordedFrame(NamedTuple):
    """One frame.

    Attributes:
        path: Of the socket, without the query.
        to_server: Which way it went.
    """

    path: str
    to_server: bool
    data: str | bytes


@dataclass
class RecordingProxy:
    """Passes everything on.

    Attributes:
        url: What clients are given.
        frames: Every frame, in order.
    """

    server: str
    session: aiohttp.ClientSession
    url: str = ""
    frames: list[RecordedFrame] = field(default_factory=list[RecordedFrame])

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Pass one request on, or one socket until it is closed."""
        target = self.server + request.raw_path
        if request.headers.get("upgrade", "").lower() == "websocket":
            return await self._pass_frames(request, target)
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in HOP_BY_HOP
        }
        body = await request.read()
        async with self.session.request(
            request.method, target, data=body or None, headers=headers
        ) as answer:
            kept = {
                name: value
                for name, value in answer.headers.items()
                if name.lower() not in HOP_BY_HOP
            }
            content = await answer.read()
            return web.Response(body=content, status=answer.status, headers=kept)

    async def _pass_frames(
        self, request: web.BaseRequest, target: str
    ) -> web.StreamResponse:
        offered = request.headers.get("sec-websocket-protocol", "")
        names = [name.strip() for name in offered.split(",") if name.strip()]
        async with self.session.ws_connect(
            target, protocols=names, autoclose=False, max_msg_size=0
        ) as server:
            chosen = () if server.protocol is None else (server.protocol,)
            client = web.WebSocketResponse(
                protocols=chosen, autoclose=False, max_msg_size=0
            )
            await client.prepare(request)
            path = request.path
            await asyncio.gather(
                self._pipe(path, client, server, to_server=True),
                self._pipe(path, server, client, to_server=False),
            )
            return client

    async def _pipe(
        self, path: str, source: Any, sink: Any, *, to_server: bool
    ) -> None:
        while True:
            message = await source.receive()
            if message.type not in DATA:
                break
            self.frames.append(RecordedFrame(path, to_server, message.data))
            send = sink.send_str if isinstance(message.data, str) else sink.send_bytes
            await send(message.data)
        code = message.data if message.type is aiohttp.WSMsgType.CLOSE else 1000
        reason = str(message.extra or "").encode()
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await sink.close(code=code or 1000, message=reason)


@asynccontextmanager
async def recording_proxy(server: str) -> AsyncGenerator[RecordingProxy]:
    """Serve a proxy to a server until the block ends."""
    async with aiohttp.ClientSession() as session:
        proxy = RecordingProxy(server, session)
        runner = web.ServerRunner(web.Server(proxy.handle))
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            proxy.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield proxy
        finally:
            await runner.cleanup()
