"""Raw WebSockets over real sockets: frames, closes, and clients that mean harm."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import ClientSession, WSMsgType
from yarl import URL

from fronts import running_front
from raw_actors import new_raw_lab, until
from rivetgen_runtime import SocketClose
from rivetgen_runtime.front.options import FrontOptions

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from raw_actors import RawLab

QUERY = "rvt-namespace=default&rvt-method=getOrCreate&rvt-runner=default&rvt-key=a"
QUICK = FrontOptions(client_check_s=0.05, queued_bytes=1 << 20)
OFFERED = ("rivet", "rivet_encoding.bare")


class Caller:
    """A client of one front, and the actor behind it."""

    def __init__(self, session: ClientSession, base: str, actor: type[RawLab]) -> None:
        self.session = session
        self.base = base
        self.actor = actor

    async def open(
        self, path: str = "/websocket/", *offered: str, query: str = ""
    ) -> aiohttp.ClientWebSocketResponse:
        own = f"{query}&" if query else ""
        url = URL(f"{self.base}/gateway/lab{path}?{own}{QUERY}", encoded=True)
        return await self.session.ws_connect(
            url, protocols=offered or OFFERED, autoclose=False, max_msg_size=0
        )


@asynccontextmanager
async def calling(options: FrontOptions = QUICK) -> AsyncGenerator[Caller]:
    actor = new_raw_lab()
    async with running_front([actor], options) as base, ClientSession() as session:
        yield Caller(session, base, actor)


async def closed(socket: aiohttp.ClientWebSocketResponse) -> tuple[Any, Any]:
    """Read until the close frame; its code and reason."""
    while True:
        message = await socket.receive(5)
        if message.type is WSMsgType.CLOSE:
            return message.data, message.extra
        assert message.type in (WSMsgType.TEXT, WSMsgType.BINARY), message


@pytest.mark.parametrize(
    "path", ["/websocket", "/websocket/", "/websocket/a/b", "/", "/foo", "/connect/"]
)
async def test_every_path_but_that_of_the_protocol_is_raw(path: str) -> None:
    async with calling() as caller:
        socket = await caller.open(path, query="x=1")
        assert socket.protocol == "rivet"
        greeting = json.loads(await socket.receive_str())
        assert greeting["url"] == f"http://127.0.0.1{path}?x=1"
        await socket.send_str("text")
        assert await socket.receive_str() == "text"
        await socket.send_bytes(b"\0\xff")
        assert await socket.receive_bytes() == b"\0\xff"
        await socket.close()


async def test_parameters_and_headers_reach_the_hooks() -> None:
    offered = (*OFFERED, "rivet_conn_params.%7B%22p%22%3A1%7D", "own")
    async with calling() as caller:
        socket = await caller.open("/websocket/", *offered)
        assert json.loads(await socket.receive_str())["params"] == {"p": 1}
        seen = caller.actor.upgrade
        assert seen["sec-websocket-protocol"].replace(" ", "") == ",".join(offered)
        assert seen["method"] == "GET"
        await socket.close()


async def test_the_hooks_of_connections_see_their_upgrade() -> None:
    async with calling() as caller:
        socket = await caller.open("/connect", *OFFERED)
        await socket.receive(5)
        assert caller.actor.upgrade["url"] == "http://127.0.0.1/connect"
        assert "rivet_encoding.bare" in caller.actor.upgrade["sec-websocket-protocol"]
        await socket.close()


async def test_a_close_of_the_actor_arrives_unchanged() -> None:
    async with calling() as caller:
        socket = await caller.open()
        await socket.send_str("close")
        assert await closed(socket) == (4001, "bye")
        await socket.close()
        await until(lambda: "disconnect" in caller.actor.notes)
        assert SocketClose(4001, "bye") in caller.actor.notes


async def test_a_close_of_the_client_is_echoed_and_reaches_the_actor() -> None:
    async with calling() as caller:
        socket = await caller.open()
        await socket.receive_str()
        close = (3000).to_bytes(2, "big") + b"client bye"
        await socket.send_frame(close, WSMsgType.CLOSE)
        assert await closed(socket) == (3000, "client bye")
        await until(lambda: "disconnect" in caller.actor.notes)
        assert SocketClose(3000, "client bye") in caller.actor.notes


async def test_a_hook_that_fails_closes_with_its_error() -> None:
    async with calling() as caller:
        socket = await caller.open()
        await socket.send_str("fail")
        assert await closed(socket) == (1011, "user.broken")
        await socket.close()


async def test_a_refused_socket_is_accepted_and_closed_with_the_error() -> None:
    offered = (*OFFERED, "rivet_conn_params.%7B%22refuse%22%3Atrue%7D")
    async with calling() as caller:
        socket = await caller.open("/websocket/", *offered)
        assert await closed(socket) == (1011, "user.refused")
        await socket.close()


async def test_text_that_is_not_utf_8_closes_with_1007() -> None:
    async with calling() as caller:
        socket = await caller.open()
        await socket.receive_str()
        await socket.send_frame(b"\xff\xfe", WSMsgType.TEXT)
        code, _ = await closed(socket)
        assert code == 1007
        await socket.close()
        await until(lambda: "disconnect" in caller.actor.notes)
        assert caller.actor.notes[0] == SocketClose(1007, was_clean=False)


async def test_a_client_that_vanishes_is_noticed() -> None:
    async with calling() as caller:
        socket = await caller.open()
        await socket.receive_str()
        socket.get_extra_info("socket").shutdown(SHUT_RDWR)
        await until(lambda: "disconnect" in caller.actor.notes)
        assert caller.actor.notes[0] == SocketClose(1006, was_clean=False)


async def test_a_client_that_does_not_read_is_cut() -> None:
    async with calling() as caller:
        socket = await caller.open()
        await socket.send_str("flood")
        await until(lambda: "disconnect" in caller.actor.notes)
        assert SocketClose(1013, "rivetgen.slow_client") in caller.actor.notes


async def test_a_thousand_small_frames_come_back_in_order() -> None:
    async with calling() as caller:
        before = len(asyncio.all_tasks())
        socket = await caller.open()
        await socket.receive_str()
        for number in range(1_000):
            await socket.send_str(str(number))
        answers = [await socket.receive_str() for _ in range(1_000)]
        assert answers == [str(number) for number in range(1_000)]
        await socket.send_str("index")
        assert await socket.receive_str() == "1001"
        await socket.close()
        await until(lambda: "disconnect" in caller.actor.notes)
        await until(lambda: len(asyncio.all_tasks()) <= before)
