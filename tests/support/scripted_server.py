"""A real HTTP and WebSocket server on a free port whose answers a test scripts."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from rivetgen_client.wire.codec import Encoding, codec_for
from rivetgen_client.wire.messages import ActionRequest, Init, SubscriptionRequest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from rivetgen_client.wire.messages import ToClient, ToServer

OCTETS = "application/octet-stream"
JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One scripted answer to an HTTP request."""

    status: int = 200
    body: bytes = b""
    content_type: str = OCTETS
    headers: dict[str, str] = field(default_factory=dict[str, str])
    delay_s: float = 0.0
    hang_up: bool = False


def json_reply(body: object, *, status: int = 200, **headers: str) -> Reply:
    """Return an answer in JSON."""
    encoded = json.dumps(body).encode()
    return Reply(status=status, body=encoded, content_type=JSON, headers=headers)


def error_reply(name: str, *, status: int = 500, actor: Any = None) -> Reply:
    """Return an error as the gateway writes it, or with ``actor`` an actor."""
    group, _, code = name.partition(".")
    body = {"group": group, "code": code, "message": "Nope"}
    return json_reply({**body, "actor": actor} if actor else body, status=status)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One HTTP request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


class Socket:
    """The server's end of one connection."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.raw = socket
        self.offered = request.headers["sec-websocket-protocol"]
        self.transport = request.transport
        encoding = self.offered.split("rivet_encoding.")[1].split(",")[0]
        self.codec = codec_for(Encoding(encoding))

    async def send(self, message: ToClient) -> None:
        """Send one message."""
        frame = self.codec.encode_to_client(message)
        if isinstance(frame, str):
            await self.raw.send_str(frame)
        else:
            await self.raw.send_bytes(frame)

    async def init(self, number: int = 1) -> None:
        """Send Init."""
        await self.send(Init(f"actor{number}", f"connection{number}"))

    async def receive_frame(self) -> str | bytes:
        """Wait for one frame of the client."""
        frame = await self.raw.receive()
        assert isinstance(frame.data, str | bytes), frame
        return frame.data

    async def receive(self) -> ToServer:
        """Wait for one message of the client."""
        return self.codec.decode_to_server(await self.receive_frame())

    async def receive_action(self) -> ActionRequest:
        """Wait for one action, ignoring subscriptions."""
        while True:
            message = await self.receive()
            if isinstance(message, ActionRequest):
                return message

    async def receive_subscription(self) -> SubscriptionRequest:
        """Wait for a subscription that must come next."""
        message = await self.receive()
        assert isinstance(message, SubscriptionRequest), message
        return message

    async def hold(self) -> None:
        """Say nothing until the client closes, then answer its close frame."""
        while True:
            frame = await self.raw.receive()
            if not isinstance(frame.data, str | bytes):
                await self.raw.close()
                return

    async def crash(self) -> None:
        """Drop the connection without a close frame."""
        assert self.transport is not None
        self.transport.abort()

    async def close(self, code: int, reason: str = "") -> None:
        """Close from the server's side."""
        await self.raw.close(code=code, message=reason.encode())

    async def closed_by_client(self) -> tuple[int | None, str]:
        """Wait for the client's close frame; return code and reason."""
        frame = await self.raw.receive()
        assert frame.type.name == "CLOSE", frame
        assert isinstance(frame.extra, str)
        await self.raw.close(code=frame.data)
        return frame.data, frame.extra


class ScriptedServer:
    """What arrived, and what is answered.

    Attributes:
        replies: Answers to everything but ``GET /metadata``, in this order; the last
            one is repeated.
        metadata: Answers to ``GET /metadata``, likewise.
        seen: What arrived, without metadata requests.
        metadata_seen: The metadata requests.
        upgrades: The requests for WebSockets.
        scripts: What happens on each WebSocket, likewise; it ends with its script.
        refusals: Answers to the next upgrades instead of 101.
        failures: Failed assertions of scripts.
        subprotocols: What the server may select.
        arrived: Set by the first HTTP request that is not for metadata.
    """

    def __init__(self) -> None:
        self.port = 0
        self.replies: deque[Reply] = deque()
        self.metadata: deque[Reply] = deque([json_reply({"runtime": "engine"})])
        self.refusals: deque[Reply] = deque()
        self.seen: list[Seen] = []
        self.metadata_seen: list[Seen] = []
        self.upgrades: list[Seen] = []
        self.scripts: deque[Callable[[Socket], Awaitable[None]]] = deque()
        self.failures: list[BaseException] = []
        self.subprotocols: tuple[str, ...] = ("rivet",)
        self.arrived = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def script(self, function: Callable[[Socket], Awaitable[None]]) -> None:
        """Add what happens on the next WebSocket; the last script is repeated."""
        self.scripts.append(function)

    async def start(self) -> None:
        """Listen; on the port of the last time, if there was one."""
        app = web.Application(client_max_size=64 << 20)
        app.router.add_route("*", "/{rest:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening and drop every connection."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        seen = Seen(
            method=request.method,
            target=request.raw_path,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
        )
        if request.headers.get("upgrade", "").lower() == "websocket":
            self.upgrades.append(seen)
            if self.refusals:
                return _response(self.refusals.popleft())
            return await self._talk(request)
        is_metadata = request.path.endswith("/metadata")
        (self.metadata_seen if is_metadata else self.seen).append(seen)
        reply = _next(self.metadata if is_metadata else self.replies)
        if not is_metadata:
            self.arrived.set()
        await asyncio.sleep(reply.delay_s)
        if reply.hang_up and request.transport is not None:
            request.transport.abort()
        return _response(reply)

    async def _talk(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(
            protocols=self.subprotocols, compress=False, autoclose=False
        )
        await socket.prepare(request)
        script = _next(self.scripts)
        try:
            await script(Socket(socket, request))
        except AssertionError as error:
            self.failures.append(error)
        return socket


def _next(queue: deque[Any]) -> Any:
    return queue.popleft() if len(queue) > 1 else queue[0]


def _response(reply: Reply) -> web.Response:
    headers = {"content-type": reply.content_type, **reply.headers}
    return web.Response(status=reply.status, body=reply.body, headers=headers)


@asynccontextmanager
async def scripted_server() -> AsyncGenerator[ScriptedServer]:
    """Run a server for the time of a test; failed assertions of its scripts count."""
    server = ScriptedServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
    if server.failures:
        raise server.failures[0]
