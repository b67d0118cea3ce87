"""Nearly right frames and bodies, sent to a server that has to answer each."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import aiohttp

from fronts import running_front
from mutations import mutated
from recorded_actors import ACTORS
from rivetgen_client.wire.encoding import Encoding
from rivetgen_runtime.front.options import FrontOptions
from wire_captures import frames, http_exchanges

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

AT_A_TIME = 50
NO_MESSAGE = b"\xff"
"""Ends a socket on which a spoiled frame was still a message."""
LONGEST_SAMPLE = 500
TIMEOUT_S = 20
QUERY = "?rvt-namespace=default&rvt-method=getOrCreate&rvt-runner=default&rvt-key=m"
PROMPT = FrontOptions(close_delay_s=0.0)
CLOSES = {(1011, "actor.invalid_request"), (1000, "actor.stopped"), (1000, "")}
STATUSES = {200, 400, 408}


class Flood:
    """One flood of messages to one server.

    Args:
        session: Sends them.
        base: The server.

    Attributes:
        outcomes: Statuses of answers, and how sockets were closed.
    """

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.outcomes: Counter[object] = Counter()
        self._session = session
        self._base = base

    async def send_frame(self, seed: int) -> None:
        """Send a spoiled frame over a socket, which the server closes."""
        dice, encoding = random.Random(seed), _encoding(seed)
        url = f"{self._base}/gateway/counter/connect{QUERY}".replace("http", "ws", 1)
        protocols = ("rivet", f"rivet_encoding.{encoding}")
        samples = _frame_samples(encoding)
        async with self._session.ws_connect(url, protocols=protocols) as socket:
            frame = _spoiled(dice.choice(samples), dice)
            if isinstance(frame, str):
                await socket.send_str(frame)
            else:
                await socket.send_bytes(frame)
            await socket.send_bytes(NO_MESSAGE)
            close = await _closed(socket)
        assert close in CLOSES, (seed, close)
        self.outcomes[close] += 1

    async def send_body(self, seed: int) -> None:
        """Send a spoiled body."""
        dice, encoding = random.Random(seed), _encoding(seed)
        samples = _body_samples(encoding)
        url = f"{self._base}/gateway/counter/action/echo{QUERY}"
        body = mutated(dice.choice(samples), dice)
        async with self._session.post(
            url, data=body, headers={"x-rivet-encoding": encoding}
        ) as response:
            await response.read()
        assert response.status in STATUSES, (seed, response.status, body)
        self.outcomes[response.status] += 1

    async def count(self) -> int:
        """Ask the actor for its count: it is still there."""
        url = f"{self._base}/gateway/counter/action/get{QUERY}"
        async with self._session.post(url, json={"args": []}) as response:
            assert response.status == 200
            output: Any = (await response.json())["output"]
            return int(output)

    async def is_healthy(self) -> bool:
        """Whether the server says that it is well."""
        async with self._session.get(f"{self._base}/health") as response:
            status: Any = (await response.json())["status"]
            return bool(status == "ok")


async def flood(kind: str, messages: int, seed: int) -> Counter[object]:
    """Send nearly right messages; the server answers each, and goes on.

    Args:
        kind: ``frames`` or ``bodies``.
        messages: How many.
        seed: What they follow from.

    Raises:
        AssertionError: An answer is none that such a message may have.
    """
    async with (
        running_front(ACTORS, PROMPT) as base,
        aiohttp.ClientSession() as session,
    ):
        wave = Flood(session, base)
        await wave.count()
        send = wave.send_frame if kind == "frames" else wave.send_body
        seeds = iter(range(seed, seed + messages))
        await asyncio.gather(*(_keep_sending(send, seeds) for _ in range(AT_A_TIME)))
        await wave.count()
        assert await wave.is_healthy()
    return wave.outcomes


async def _keep_sending(
    send: Callable[[int], Awaitable[None]], seeds: Iterator[int]
) -> None:
    for seed in seeds:
        await send(seed)


async def _closed(socket: aiohttp.ClientWebSocketResponse) -> tuple[object, object]:
    while True:
        message = await socket.receive(TIMEOUT_S)
        if message.type is aiohttp.WSMsgType.CLOSE:
            return message.data, message.extra
        assert message.type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}


def _encoding(seed: int) -> Encoding:
    encodings: list[Encoding] = list(Encoding)
    return encodings[seed % len(encodings)]


@cache
def _frame_samples(encoding: Encoding) -> list[str | bytes]:
    return [
        frame.payload
        for frame in frames(f"ws_conn_{encoding}")
        if frame.to_server and len(frame.payload) < LONGEST_SAMPLE
    ]


@cache
def _body_samples(encoding: Encoding) -> list[bytes]:
    return [
        exchange.request_body
        for exchange in http_exchanges(f"http_actions_{encoding}")
        if exchange.request_body and len(exchange.request_body) < LONGEST_SAMPLE
    ]


def _spoiled(payload: str | bytes, dice: random.Random) -> str | bytes:
    if isinstance(payload, str):
        return mutated(payload.encode(), dice).decode(errors="replace")
    return mutated(payload, dice)
