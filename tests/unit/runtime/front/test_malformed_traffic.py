"""Nearly right frames and bodies sent to a server: it answers each, and goes on."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import aiohttp
import pytest

from fronts import running_front
from mutations import mutated
from recorded_actors import ACTORS
from rivetgen_client.wire.encoding import Encoding
from rivetgen_client.wire.error_codes import SERVER_ERRORS
from rivetgen_runtime.front.options import FrontOptions
from wire_captures import frames, http_exchanges

SEED = 20_261_127
FRAMES = 1_000
BODIES = 1_000
AT_A_TIME = 50
TIMEOUT_S = 10
QUERY = "?rvt-namespace=default&rvt-method=getOrCreate&rvt-runner=default&rvt-key=m"
PROMPT = FrontOptions(close_delay_s=0.0)


def recorded_frames(encoding: Encoding) -> list[str | bytes]:
    return [
        frame.payload
        for frame in frames(f"ws_conn_{encoding}")
        if frame.to_server and len(frame.payload) < 500
    ]


def spoiled(payload: str | bytes, dice: random.Random) -> str | bytes:
    if isinstance(payload, str):
        return mutated(payload.encode(), dice).decode(errors="replace")
    return mutated(payload, dice)


async def send_frames(
    session: aiohttp.ClientSession, base: str, encoding: Encoding, *, seed: int
) -> None:
    """Send spoiled frames over one socket until the server closes it."""
    dice = random.Random(seed)
    url = f"{base}/gateway/counter/connect{QUERY}".replace("http", "ws", 1)
    protocols = ("rivet", f"rivet_encoding.{encoding}")
    samples = recorded_frames(encoding)
    async with session.ws_connect(url, protocols=protocols) as socket:
        for _ in range(FRAMES // AT_A_TIME):
            frame = spoiled(dice.choice(samples), dice)
            await (
                socket.send_str(frame)
                if isinstance(frame, str)
                else socket.send_bytes(frame)
            )
        await socket.ping()
        while True:
            message = await socket.receive(TIMEOUT_S)
            if message.type is aiohttp.WSMsgType.CLOSE:
                assert (message.data, message.extra) in {
                    (1011, "actor.invalid_request"),
                    (1000, "actor.stopped"),
                    (1000, ""),
                }
                return
            assert message.type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}


async def send_bodies(
    session: aiohttp.ClientSession, base: str, encoding: Encoding, *, seed: int
) -> None:
    """Send spoiled bodies, one after the other."""
    dice = random.Random(seed)
    samples = [
        exchange.request_body
        for exchange in http_exchanges(f"http_actions_{encoding}")
        if exchange.request_body and len(exchange.request_body) < 500
    ]
    headers = {"x-rivet-encoding": encoding}
    for _ in range(BODIES // AT_A_TIME):
        url = f"{base}/gateway/counter/action/echo{QUERY}"
        body = mutated(dice.choice(samples), dice)
        async with session.post(url, data=body, headers=headers) as response:
            await response.read()
            assert response.status in {200, 400, 408}, (response.status, body)


async def count(session: aiohttp.ClientSession, base: str) -> Any:
    url = f"{base}/gateway/counter/action/get{QUERY}"
    async with session.post(url, json={"args": []}) as response:
        assert response.status == 200
        return (await response.json())["output"]


@pytest.mark.parametrize("send", [send_frames, send_bodies])
async def test_a_server_that_gets_nearly_right_messages_goes_on_serving(
    send: Any,
) -> None:
    async with (
        running_front(ACTORS, PROMPT) as base,
        aiohttp.ClientSession() as session,
    ):
        await count(session, base)
        encodings = [*Encoding]
        await asyncio.gather(
            *(
                send(session, base, encodings[seed % 3], seed=SEED + seed)
                for seed in range(AT_A_TIME)
            )
        )
        assert isinstance(await count(session, base), int)
        async with session.get(f"{base}/health") as response:
            assert (await response.json())["status"] == "ok"

    assert "actor.invalid_request" in SERVER_ERRORS
