"""A tool that looks at actors: their inspectors over HTTP and over WebSockets."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from fronts import running_front
from inspected_actors import CREATION, read_inspector_token
from rivetgen_client.wire.inspector import (
    TO_CLIENT,
    TO_SERVER,
    InspectorMessage,
    decode,
    encode,
)
from rivetgen_runtime.options import DEFAULT_HOST_OPTIONS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from rivetgen_runtime.core.actor import AnyActor
    from rivetgen_runtime.options import HostOptions

TIMEOUT_S: Final = 10


class Tool:
    """Looks at one actor."""

    def __init__(self, base: str, session: aiohttp.ClientSession) -> None:
        self.base = base
        self.session = session
        self.actor_id = ""
        self.token = ""

    async def create(self, name: str = "worker") -> None:
        """Create the actor and read its token."""
        url = f"{self.base}/actors?namespace=default"
        async with self.session.put(url, json={**CREATION, "name": name}) as response:
            self.actor_id = (await response.json())["actor"]["actor_id"]
        self.token = (await self.read_token())[1]

    async def read_token(self) -> tuple[int, str]:
        """Ask the management API for the token."""
        return await read_inspector_token(self.session, self.base, self.actor_id)

    async def ask(
        self, method: str, path: str, *, body: bytes | None = None, **headers: str
    ) -> tuple[int, Any]:
        """Send one request with the token, unless another one is given."""
        headers = {"authorization": f"Bearer {self.token}", **headers}
        url = f"{self.base}/gateway/{self.actor_id}/inspector/{path}"
        async with self.session.request(
            method, url, data=body, headers=headers
        ) as response:
            return response.status, await response.json()

    @contextlib.asynccontextmanager
    async def connected(
        self, query: str = "?protocol_version=6", *, token: str | None = None
    ) -> AsyncGenerator[aiohttp.ClientWebSocketResponse]:
        """Open the WebSocket."""
        url = f"{self.base}/gateway/{self.actor_id}/inspector/connect{query}"
        shown = f"rivet_inspector_token.{self.token if token is None else token}"
        async with self.session.ws_connect(url, protocols=("rivet", shown)) as socket:
            assert socket.protocol == "rivet"
            yield socket


@contextlib.asynccontextmanager
async def running_tool(
    actors: Sequence[type[AnyActor]], options: HostOptions = DEFAULT_HOST_OPTIONS
) -> AsyncGenerator[Tool]:
    """Serve actors, and look at them."""
    async with (
        running_front(actors, host=options) as base,
        aiohttp.ClientSession() as session,
    ):
        yield Tool(base, session)


async def received(
    socket: aiohttp.ClientWebSocketResponse, version: int = 6, prefix: int = 0
) -> InspectorMessage:
    """Return the next message."""
    frame = await socket.receive_bytes(timeout=TIMEOUT_S)
    assert frame[:prefix] == version.to_bytes(2, "little")[:prefix]
    return decode(TO_CLIENT, version, frame[prefix:])


async def answer(
    socket: aiohttp.ClientWebSocketResponse, kind: str, /, **fields: Any
) -> InspectorMessage:
    """Send a request of version 6 and return its answer; skip what comes by itself."""
    await socket.send_bytes(encode(TO_SERVER, 6, InspectorMessage(kind, fields)))
    while True:
        message = await received(socket)
        if message.name.endswith("Response") or message.name == "Error":
            return message
