"""The listening server and clients that are slow, silent, broken or too many."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from core_actors import Counter
from rivetgen_client.wire.limits import Limits
from rivetgen_runtime.core.host import Host
from rivetgen_runtime.front.app import Front
from rivetgen_runtime.front.options import FrontOptions
from rivetgen_runtime.front.server import HttpServer, ListenError, ServerOptions
from rivetgen_runtime.storage.memory import MemoryStore
from rivetgen_runtime.system import SystemClock, SystemRandomness
from server_process import gateway_url

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

REQUEST = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"
IMPATIENT = ServerOptions(head_timeout_s=0.5, keepalive_timeout_s=2.0)
SWEEP_S = 1.0
"""The server looks at its connections this often."""


async def answer(request: web.BaseRequest) -> web.StreamResponse:
    delay_s = float(request.headers.get("x-delay-s", "0"))
    await asyncio.sleep(delay_s)
    return web.Response(text="answered")


@asynccontextmanager
async def listening(options: ServerOptions = IMPATIENT) -> AsyncGenerator[int]:
    """Run a server; the value is its port."""
    server = HttpServer(answer, options)
    _, port = await server.start("127.0.0.1", 0)
    try:
        yield port
    finally:
        await server.close(timeout_s=1.0)


class RawClient:
    """A TCP connection that sends what it is told."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int) -> AsyncGenerator[RawClient]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield cls(reader, writer)
        finally:
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def dribble(self, data: bytes, *, interval_s: float) -> None:
        """Send one byte after the other until the server has had enough."""
        for byte in data:
            if self._reader.at_eof():
                return
            self.send(bytes([byte]))
            await asyncio.sleep(interval_s)

    async def response(self) -> bytes:
        """Read one whole response with a content-length."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split()[0])
        return head + await self._reader.readexactly(length)

    async def rest(self) -> bytes:
        """Read until the server closes."""
        try:
            return await asyncio.wait_for(self._reader.read(), 10)
        except ConnectionError:
            return b""


async def seconds_until_closed(client: RawClient) -> float:
    began_s = time.monotonic()
    await client.rest()
    return time.monotonic() - began_s


# Heads


async def test_a_silent_client_is_cut() -> None:
    async with listening() as port, RawClient.connected(port) as client:
        assert await seconds_until_closed(client) < 0.5 + SWEEP_S + 0.5


@pytest.mark.parametrize("head", [b"G", b"GET / HTTP/1.1\r\nhost: x\r\nx-half: "])
async def test_a_client_that_sends_half_a_head_is_cut(head: bytes) -> None:
    async with listening() as port, RawClient.connected(port) as client:
        client.send(head)
        assert await seconds_until_closed(client) < 0.5 + SWEEP_S + 0.5


async def test_a_client_that_dribbles_its_head_is_cut() -> None:
    async with listening() as port, RawClient.connected(port) as client:
        began_s = time.monotonic()
        await client.dribble(b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 99, interval_s=0.05)
        assert await client.rest() == b""
        assert time.monotonic() - began_s < 0.5 + SWEEP_S + 0.6


async def test_a_second_head_has_the_same_deadline() -> None:
    async with listening() as port, RawClient.connected(port) as client:
        client.send(REQUEST)
        assert (await client.response()).endswith(b"answered")
        await asyncio.sleep(0.2)
        client.send(b"GET / HT")
        assert await seconds_until_closed(client) < 0.5 + SWEEP_S + 0.5


async def test_a_request_that_takes_long_to_answer_is_not_cut() -> None:
    async with listening() as port, RawClient.connected(port) as client:
        client.send(b"GET / HTTP/1.1\r\nhost: x\r\nx-delay-s: 2\r\n\r\n")
        assert (await client.response()).endswith(b"answered")


async def test_an_idle_connection_is_kept_for_its_time_and_then_closed() -> None:
    async with listening() as port, RawClient.connected(port) as client:
        client.send(REQUEST)
        await client.response()
        await asyncio.sleep(1.5)
        client.send(REQUEST)
        assert (await client.response()).endswith(b"answered")
        assert 1.5 < await seconds_until_closed(client) < 3.0


async def test_others_are_served_while_many_clients_are_silent() -> None:
    async with listening() as port:
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
        async with RawClient.connected(port) as client:
            began_s = time.monotonic()
            client.send(REQUEST)
            assert (await client.response()).endswith(b"answered")
            assert time.monotonic() - began_s < 0.5
        for reader, writer in silent:
            assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()


async def test_connections_over_the_limit_are_cut_at_once() -> None:
    options = ServerOptions(connections=2)
    async with (
        listening(options) as port,
        RawClient.connected(port) as first,
        RawClient.connected(port) as second,
    ):
        for client in (first, second):
            client.send(REQUEST)
            await client.response()
        async with RawClient.connected(port) as third:
            third.send(REQUEST)
            assert await third.rest() == b""
        first.send(REQUEST)
        assert (await first.response()).endswith(b"answered")


async def test_a_place_that_becomes_free_can_be_used() -> None:
    async with listening(ServerOptions(connections=1)) as port:
        for _ in range(3):
            async with RawClient.connected(port) as client:
                client.send(REQUEST)
                assert (await client.response()).endswith(b"answered")
            await asyncio.sleep(0.05)


async def test_a_port_is_listened_on_once() -> None:
    async with listening() as port:
        server = HttpServer(answer)
        with pytest.raises(ListenError) as refused:
            await server.start("127.0.0.1", port)
        assert (refused.value.host, refused.value.port) == ("127.0.0.1", port)
        await server.close(timeout_s=0)


# Requests that break HTTP: answered with 400 and closed, or closed


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n folded: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, identity\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nx: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 1_000 + b"\r\n",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n",
    ],
    ids=lambda data: repr(data[:40]),
)
async def test_requests_that_break_http_are_refused(
    request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening() as port:
        async with RawClient.connected(port) as client:
            client.send(request_bytes)
            response = await client.rest()
            assert response.startswith((b"HTTP/1.0 400 ", b"HTTP/1.1 400 "))
            assert b'"group":"guard","code":"invalid_request"' in response
            assert b"x-rivet-ray-id: " in response
        async with RawClient.connected(port) as client:
            client.send(REQUEST)
            assert (await client.response()).endswith(b"answered")
    assert not caplog.records


# Bodies, which the front reads


def post(url: str, *headers: str) -> bytes:
    path = "/" + url.partition("://")[2].partition("/")[2]
    lines = [f"POST {path} HTTP/1.1", "host: localhost", *headers, "", ""]
    return "\r\n".join(lines).encode()


@asynccontextmanager
async def counting(options: FrontOptions) -> AsyncGenerator[tuple[int, str]]:
    """Serve a counter; the value is the port and the address of its action."""
    host = Host(
        (Counter,),
        store=MemoryStore(),
        clock=SystemClock(),
        randomness=SystemRandomness(),
    )
    server = HttpServer(Front(host, options).handle)
    address, port = await server.start("127.0.0.1", 0)
    try:
        endpoint = f"http://{address}:{port}"
        yield port, gateway_url(endpoint, "counter", "a", "action/increment")
    finally:
        await server.close(timeout_s=1.0)
        await host.stop()


@pytest.mark.parametrize(
    "header", ["content-length: 100", "transfer-encoding: chunked"]
)
async def test_a_body_that_does_not_come_is_given_up(header: str) -> None:
    options = FrontOptions(body_timeout_s=0.3)
    async with counting(options) as (port, url), RawClient.connected(port) as client:
        began_s = time.monotonic()
        client.send(post(url, header))
        response = await client.response()
        assert response.startswith(b"HTTP/1.1 408 ")
        assert b'"code":"request_timeout"' in response
        assert time.monotonic() - began_s < 1.5


async def test_a_body_that_dribbles_is_given_up() -> None:
    options = FrontOptions(body_timeout_s=0.5)
    async with counting(options) as (port, url), RawClient.connected(port) as client:
        client.send(post(url, "content-length: 1000"))
        began_s = time.monotonic()
        await asyncio.wait(
            [
                asyncio.create_task(client.dribble(b"{" * 100, interval_s=0.02)),
                asyncio.create_task(client.response()),
            ],
            return_when=asyncio.FIRST_COMPLETED,
        )
        assert time.monotonic() - began_s < 1.5


@pytest.mark.parametrize("length", [100_001, 10**12])
async def test_a_body_that_says_it_is_too_large_is_not_read(length: int) -> None:
    options = FrontOptions(limits=Limits(http_body_bytes=100_000))
    async with counting(options) as (port, url), RawClient.connected(port) as client:
        client.send(post(url, f"content-length: {length}"))
        response = await client.response()
        assert response.startswith(b"HTTP/1.1 413 ")
        assert b'"code":"invalid_request_body"' in response


async def test_a_body_that_turns_out_too_large_is_not_kept() -> None:
    options = FrontOptions(limits=Limits(http_body_bytes=100_000))
    async with counting(options) as (port, url), RawClient.connected(port) as client:
        client.send(post(url, "transfer-encoding: chunked"))
        for _ in range(30):
            client.send(b"1000\r\n" + b" " * 4096 + b"\r\n")
        assert (await client.response()).startswith(b"HTTP/1.1 413 ")


async def test_a_body_in_many_chunks_is_read_whole() -> None:
    async with (
        counting(FrontOptions()) as (port, url),
        RawClient.connected(port) as client,
    ):
        client.send(post(url, "transfer-encoding: chunked"))
        for byte in b'{"args":[3]}':
            client.send(b"1\r\n" + bytes([byte]) + b"\r\n")
            await asyncio.sleep(0.001)
        client.send(b"0\r\n\r\n")
        assert (await client.response()).endswith(b'{"output":3}')


@pytest.mark.parametrize(
    ("header", "body"),
    [
        ("transfer-encoding: chunked", b"zz\r\n{}"),
        ("transfer-encoding: chunked", b"2\r\n{}garbage\r\n"),
        ("content-encoding: gzip\r\ncontent-length: 4", b"{}{}"),
    ],
)
async def test_a_body_that_is_not_what_it_says_is_refused(
    header: str, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        counting(FrontOptions()) as (port, url),
        RawClient.connected(port) as client,
    ):
        client.send(post(url, header) + body)
        response = await client.rest()
        assert b" 400 " in response.partition(b"\r\n")[0]
        assert b'"group":"guard"' in response
    assert not caplog.records


async def test_a_client_that_leaves_in_the_middle_of_a_body_changes_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with counting(FrontOptions()) as (port, url):
        async with RawClient.connected(port) as client:
            client.send(post(url, "content-length: 100") + b'{"args":[5]}')
            await asyncio.sleep(0.05)
        async with RawClient.connected(port) as client:
            body = b'{"args":[1]}'
            client.send(post(url, f"content-length: {len(body)}") + body)
            assert (await client.response()).endswith(b'{"output":1}')
    assert not caplog.records
