"""Raw requests and sockets of a world that tests drive by hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core_world import World
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime import Headers, Request, SocketClose
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.raw_ports import RawPort


class FakeResponse:
    """A response as a client would read it, piece by piece if a test holds it.

    Attributes:
        status: None until the head has come.
        is_complete: Whether it has ended as it should.
    """

    def __init__(self) -> None:
        self.status: int | None = None
        self.headers = Headers()
        self.chunks: list[bytes] = []
        self.is_complete = False
        self.is_gone = False
        self._reads = asyncio.Event()
        self._reads.set()

    @property
    def body(self) -> bytes:
        """What has come so far."""
        return b"".join(self.chunks)

    def hold(self) -> None:
        """Read nothing from now on."""
        self._reads.clear()

    def go_on(self) -> None:
        """Read again."""
        self._reads.set()

    async def start(self, status: int, headers: Headers, body: bytes | None) -> None:
        """Take the head."""
        if self.is_gone:
            raise ConnectionResetError
        self.status, self.headers = status, headers
        if body:
            self.chunks.append(body)

    async def write(self, chunk: bytes) -> None:
        """Take a piece of the body."""
        await self._reads.wait()
        if self.is_gone:
            raise ConnectionResetError
        self.chunks.append(chunk)


@dataclass
class FakeSocket:
    """A raw socket as a client sees it.

    Attributes:
        received: Messages, and the code and reason of the close, in order.
    """

    received: list[str | bytes | tuple[int, str]] = field(
        default_factory=list["str | bytes | tuple[int, str]"]
    )
    port: RawPort | None = None

    def send(self, data: str | bytes) -> None:
        """Take a message from the actor."""
        self.received.append(data)

    def close(self, code: int, reason: str) -> None:
        """Be closed by the actor."""
        self.received.append((code, reason))

    async def say(self, *messages: str | bytes) -> None:
        """Send messages to the actor and let everything run that is ready."""
        for message in messages:
            self.open_port.receive(message)
        await settle()

    async def leave(self, code: int = 1000, reason: str = "") -> None:
        """Close the socket from the client's side."""
        self.open_port.detach(SocketClose(code, reason))
        await settle()

    @property
    def open_port(self) -> RawPort:
        """The way in."""
        assert self.port is not None
        return self.port


class RawWorld(World):
    """A world with clients of raw handlers."""

    async def request(
        self,
        path: str = "/",
        *,
        method: str = "GET",
        headers: Any = (),
        stream: AsyncIterator[bytes] | None = None,
        params: Value = UNDEFINED,
        response: FakeResponse | None = None,
    ) -> FakeResponse:
        """Send a raw request and wait for the end of its response."""
        record = await self.locate()
        response = response or FakeResponse()
        url = f"http://127.0.0.1{path}"
        await self.host.answer_request(
            record,
            Request(method, url, Headers(headers), stream=stream),
            response,
            params=params,
            ray_id="ray",
        )
        response.is_complete = True
        return response

    async def open_raw(
        self, path: str = "/websocket/", *, params: Value = UNDEFINED
    ) -> FakeSocket:
        """Open a raw socket."""
        record = await self.locate()
        client = FakeSocket()
        request = Request("GET", f"http://127.0.0.1{path}", Headers({"origin": "here"}))
        client.port = await self.host.open_raw_socket(
            record, request, client, params=params, ray_id="ray"
        )
        await settle()
        return client
