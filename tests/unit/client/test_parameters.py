"""Tests of connection parameters that a callback gives."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from counter_client import CounterClient, CounterParams
from counter_scripts import answer_actions
from http_calls import OUTPUT_1
from rivetgen_client import (
    DeadlineExceededError,
    ParametersUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rivetgen_client import RivetgenError
    from scripted_server import ScriptedServer, Socket


def numbered() -> Callable[[], Awaitable[CounterParams]]:
    """Return a callback that gives another token each time."""
    tokens = iter(f"token-{number}" for number in range(1, 100))

    async def get_params() -> CounterParams:
        await asyncio.sleep(0)
        return CounterParams(token=next(tokens))

    return get_params


def offered_token(offer: str) -> str:
    params = offer.partition("rivet_conn_params.")[2]
    token = json.loads(unquote(params))["token"]
    assert isinstance(token, str)
    return token


async def test_every_call_asks_for_its_parameters(
    server: ScriptedServer, client: CounterClient
) -> None:
    server.replies.append(OUTPUT_1)
    handle = client.counter.get(name="a", token="old").with_params(numbered())  # noqa: S106

    await handle.increment()
    await handle.increment()

    sent = [json.loads(seen.headers["x-rivet-conn-params"]) for seen in server.seen]
    assert sent == [{"token": "token-1"}, {"token": "token-2"}]


async def test_every_channel_of_a_connection_asks_for_its_parameters(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def restarting(socket: Socket) -> None:
        await socket.init()
        await socket.close(1011, "actor.restarting")

    server.script(restarting)
    server.script(answer_actions)
    handle = client.counter.get(name="a").with_params(numbered())

    async with handle.connect() as connection:
        came_back = asyncio.Event()
        connection.on_close(lambda: connection.on_open(came_back.set))
        await came_back.wait()

    offers = [seen.headers["sec-websocket-protocol"] for seen in server.upgrades]
    assert [offered_token(offer) for offer in offers] == ["token-1", "token-2"]


async def test_a_call_whose_parameters_are_unavailable_is_not_sent(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def get_params() -> CounterParams:
        await asyncio.sleep(0)
        message = "no session"
        raise LookupError(message)

    handle = client.counter.get(name="a").with_params(get_params)

    with pytest.raises(ParametersUnavailableError, match="no session") as caught:
        await handle.increment()

    assert isinstance(caught.value.__cause__, LookupError)
    assert server.seen == []


async def test_a_callback_may_not_take_longer_than_the_call(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def get_params() -> CounterParams:
        await asyncio.Event().wait()
        return CounterParams(token="")

    handle = client.counter.get(name="a").with_params(get_params)

    with pytest.raises(DeadlineExceededError):
        await handle.with_options(timeout_s=0.05).increment()

    assert server.seen == []


async def test_a_callback_that_times_out_itself_is_not_the_deadline(
    client: CounterClient,
) -> None:
    async def get_params() -> CounterParams:
        async with asyncio.timeout(0.01):
            await asyncio.Event().wait()
        return CounterParams(token="")

    handle = client.counter.get(name="a").with_params(get_params)

    with pytest.raises(ParametersUnavailableError):
        await handle.increment()


async def test_a_connection_asks_again_after_its_callback_failed(
    server: ScriptedServer, client: CounterClient
) -> None:
    server.script(answer_actions)
    attempts = iter([LookupError("no session"), None])
    errors: list[RivetgenError] = []

    async def get_params() -> CounterParams:
        await asyncio.sleep(0)
        if error := next(attempts):
            raise error
        return CounterParams(token="late")  # noqa: S106

    connection = client.counter.get(name="a").with_params(get_params).connect()
    connection.on_error(errors.append)
    async with connection:
        assert await connection.increment(3) == 3

    assert [type(error) for error in errors] == [ParametersUnavailableError]
    (upgrade,) = server.upgrades
    assert offered_token(upgrade.headers["sec-websocket-protocol"]) == "late"
