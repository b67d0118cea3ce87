"""Frames and bodies that no well-behaved client sends (RFC 6455; promise P7)."""

from __future__ import annotations

import asyncio
import json
import zlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import pytest

from core_actors import Counter
from fronts import running_front
from rivetgen_client.wire.limits import Limits
from rivetgen_runtime.front.options import FrontOptions
from server_process import call, gateway_url

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

TEXT, CONTINUATION, RESERVED, PING, CLOSE = 1, 0, 3, 9, 8
FINAL = 0x80
COMPRESSED = 0x40
MASKED = 0x80
BOMB_BYTES = 30 << 20


@pytest.fixture
async def endpoint() -> AsyncGenerator[str]:
    async with running_front([Counter]) as url:
        yield url


def frame(
    opcode: int, payload: bytes, *, bits: int = FINAL, length: int | None = None
) -> bytes:
    """A masked frame; it may say that it is longer than it is."""
    size = len(payload) if length is None else length
    head = bytes((bits | opcode,))
    if size < 126:
        head += bytes((MASKED | size,))
    elif size < 1 << 16:
        head += bytes((MASKED | 126,)) + size.to_bytes(2, "big")
    else:
        head += bytes((MASKED | 127,)) + size.to_bytes(8, "big")
    return head + bytes(4) + payload


async def close_code_after(endpoint: str, sent: bytes) -> int:
    """Open a connection, send bytes, and return the code of the close frame."""
    parts = urlsplit(gateway_url(endpoint, "counter", "a", "connect"))
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    lines = (
        f"GET {parts.path}?{parts.query} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Protocol: rivet, rivet_encoding.json",
    )
    writer.write("\r\n".join((*lines, "", "")).encode())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    writer.write(sent)
    try:
        while True:
            opcode, payload = await read_frame(reader)
            if opcode == CLOSE:
                return int.from_bytes(payload[:2], "big")
    finally:
        writer.close()


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    first, size = await reader.readexactly(2)
    if size == 126:
        size = int.from_bytes(await reader.readexactly(2), "big")
    return first & 0x0F, await reader.readexactly(size)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(frame(TEXT, b"{}", bits=FINAL | 0x20), 1002, id="reserved bit"),
        pytest.param(frame(TEXT, b"{}", bits=FINAL | COMPRESSED), 1002, id="packed"),
        pytest.param(frame(RESERVED, b"{}"), 1002, id="reserved opcode"),
        pytest.param(frame(PING, bytes(126)), 1002, id="long ping"),
        pytest.param(frame(PING, b"", bits=0), 1002, id="ping in parts"),
        pytest.param(frame(CONTINUATION, b"{}"), 1002, id="lone continuation"),
        pytest.param(frame(TEXT, b"\xff\xff"), 1007, id="no UTF-8"),
        pytest.param(frame(TEXT, b"", length=1 << 62), 1009, id="four exabytes"),
        pytest.param(frame(CLOSE, b"\x03"), 1002, id="half a close code"),
    ],
)
async def test_a_violation_closes_its_socket_alone(
    endpoint: str, sent: bytes, code: int
) -> None:
    async with asyncio.timeout(10):
        assert await close_code_after(endpoint, sent) == code
    async with aiohttp.ClientSession() as session:
        url = gateway_url(endpoint, "counter", "a", "action/getCount")
        assert await call(session, url) == (200, {"output": 0})


async def test_a_body_that_unpacks_to_too_much_is_refused(endpoint: str) -> None:
    url = gateway_url(endpoint, "counter", "a", "action/getCount")
    headers = {
        "content-encoding": "deflate",
        "content-type": "application/json",
        "x-rivet-encoding": "json",
    }
    bomb = zlib.compress(bytes(BOMB_BYTES), 9)
    assert len(bomb) < BOMB_BYTES / 500
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=bomb, headers=headers) as response,
    ):
        assert response.status == 413


def request_of(length: int) -> bytes:
    """The body of an action request that has exactly this length."""
    empty = json.dumps({"args": [1], "_": ""}).encode()
    return json.dumps({"args": [1], "_": "x" * (length - len(empty))}).encode()


@pytest.mark.parametrize(
    ("beyond", "status"), [(-1, 200), (0, 200), (1, 400)], ids=["below", "at", "above"]
)
async def test_an_action_request_may_be_as_long_as_the_limit(
    beyond: int, status: int
) -> None:
    limit = 2_000
    options = FrontOptions(limits=Limits(incoming_message_bytes=limit))
    body = request_of(limit + beyond)
    assert len(body) == limit + beyond
    headers = {"content-type": "application/json", "x-rivet-encoding": "json"}
    async with (
        running_front([Counter], options) as endpoint,
        aiohttp.ClientSession() as session,
        session.post(
            gateway_url(endpoint, "counter", "a", "action/increment"),
            data=body,
            headers=headers,
        ) as response,
    ):
        answer = await response.json()
        assert response.status == status, answer
        if status != 200:
            assert answer["code"] == "incoming_too_long"
