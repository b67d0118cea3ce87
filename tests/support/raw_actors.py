"""An actor with raw handlers, for clients over real sockets."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core_actors import LabBase, LabConnection, LabContext
from rivetgen_client.types import Json
from rivetgen_runtime import ActorOptions, Request, Response, UserError, WebSocket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

PIECE = b"x" * 65_536


class RawLabBase(LabBase):
    """What a generator would write."""

    definition = replace(
        LabBase.definition,
        conn_params=Json,
        options=ActorOptions(action_timeout_s=2.0),
    )


class RawLab(RawLabBase):
    """Answers and echoes; what it notes is the class's, so that tests can look.

    Attributes:
        notes: What happened, in order.
        written: How many pieces an endless response has made.
        upgrade: Headers of the last request or upgrade that asked to connect.
    """

    notes: list[Any]
    written: int
    upgrade: dict[str, str]

    async def on_before_connect(self, c: LabContext, params: Any) -> None:
        type(self).upgrade = dict(c.request.headers) | {
            "method": c.request.method,
            "url": c.request.url,
        }
        if params == {"refuse": True}:
            raise UserError("no", code="refused")

    async def on_disconnect(self, c: LabContext, conn: LabConnection) -> None:  # noqa: ARG002
        self.notes.append("disconnect")

    async def on_request(self, c: LabContext, request: Request) -> Response:
        simple = {
            "/echo": Response(_copied(request)),
            "/ignore": Response("ignored", status=202),
            "/status": Response(status=204),
            "/endless": Response(self.endless()),
            "/broken": Response(_broken()),
            "/stream": Response(_ticks()),
            "/nothing": None,
        }
        match request.path:
            case "/seen":
                return await self.seen(c, request)
            case "/length":
                size = 0
                async for chunk in request:
                    size += len(chunk)
                return Response.json(size)
            case "/fail":
                raise UserError("broken", code="broken")
            case "/wait":
                return await self.wait()
            case path:
                answer: Any = simple.get(path, Response("?", status=404))
                return answer  # type: ignore[no-any-return] # or nothing at all

    async def seen(self, c: LabContext, request: Request) -> Response:
        """What arrived of a request."""
        return Response.json(
            {
                "method": request.method,
                "url": request.url,
                "headers": dict(request.headers),
                "body": await request.text(),
                "params": c.conn.params,
            },
            headers=[("set-cookie", "a=1"), ("set-cookie", "b=2")],
        )

    async def wait(self) -> Response:
        """Wait for longer than an action may take."""
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.notes.append("cancelled")
            raise
        return Response("late")

    async def endless(self) -> AsyncIterator[bytes]:
        """Pieces for as long as someone reads them."""
        try:
            while True:
                yield PIECE
                type(self).written += 1
        finally:
            self.notes.append("closed")

    async def on_web_socket(self, c: LabContext, socket: WebSocket) -> None:
        socket.send(json.dumps({"url": c.request.url, "params": c.conn.params}))
        async for message in socket.messages():
            match message.data:
                case "close":
                    socket.close(4001, "bye")
                case "fail":
                    raise UserError("no", code="broken")
                case "index":
                    socket.send(str(message.index))
                case "flood":
                    for _ in range(200):
                        socket.send(PIECE)
                case data:
                    socket.send(data)
        self.notes.append(socket.closed)


async def _copied(request: Request) -> AsyncIterator[bytes]:
    async for chunk in request:
        yield chunk


async def _ticks() -> AsyncIterator[str]:
    for number in range(3):
        yield f"data: {number}\n\n"
        await asyncio.sleep(0.05)


async def _broken() -> AsyncIterator[bytes]:
    yield b"begun"
    message = "secret"
    raise RuntimeError(message)


def new_raw_lab() -> type[RawLab]:
    """A class of one test's own."""
    return type("RawLabHere", (RawLab,), {"notes": [], "written": 0, "upgrade": {}})


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that nothing else tells of; not for ever."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)
