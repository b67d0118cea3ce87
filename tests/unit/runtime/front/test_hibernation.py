"""Sockets of sleeping actors over the network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import aiohttp

from core_actors import LabBase, LabContext
from fronts import running_front
from rivetgen_runtime import ActorOptions, WebSocket
from server_process import call, gateway_url


class Lab(LabBase):
    """Sleeps on demand; its raw sockets count how often they were served."""

    definition = replace(
        LabBase.definition, options=ActorOptions(can_hibernate_web_socket=True)
    )

    async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        c.sleep()

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return c.generation

    async def on_web_socket(self, c: LabContext, socket: WebSocket) -> None:
        c.state.value += 1
        socket.send(f"welcome {c.state.value}")
        async for message in socket.messages():
            socket.send(f"{message.data!s} {message.index}")


async def test_a_raw_socket_goes_on_after_a_sleep() -> None:
    async with (
        running_front((Lab,)) as endpoint,
        aiohttp.ClientSession() as session,
        session.ws_connect(
            gateway_url(endpoint, "lab", "a", "websocket/"), protocols=("rivet",)
        ) as socket,
    ):
        assert await socket.receive_str(timeout=5) == "welcome 1"
        await socket.send_str("a")
        assert await socket.receive_str(timeout=5) == "a 1"
        work = gateway_url(endpoint, "lab", "a", "action/work")
        look = gateway_url(endpoint, "lab", "a", "action/look")
        assert (await call(session, work, None))[0] == 200
        for text in ("b", "c", "d"):
            await socket.send_str(text)
        received = [await socket.receive_str(timeout=5) for _ in range(4)]
        assert received == ["welcome 2", "b 2", "c 3", "d 4"]
        assert await call(session, look, None) == (200, {"output": 2})
