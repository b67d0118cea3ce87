"""Tests of typed events over real WebSockets."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest

from counter_client import (
    CounterClient,
    Move,
)
from counter_scripts import answer_actions, connect
from rivetgen_client import (
    EventOverflowError,
    InvalidResultError,
)
from rivetgen_client.wire.messages import (
    ActionResponse,
    Event,
    SubscriptionRequest,
)

if TYPE_CHECKING:
    from scripted_server import ScriptedServer, Socket


async def test_events_arrive_in_order_and_before_the_answer_that_follows_them(
    server: ScriptedServer, client: CounterClient
) -> None:
    server.script(answer_actions)
    async with connect(client) as connection:
        seen: list[int] = []
        stop = connection.events.new_count.subscribe(seen.append)
        for _ in range(5):
            await connection.increment()
        assert seen == [1, 2, 3, 4, 5]

        stop()
        stop()
        await connection.increment()
        assert seen == [1, 2, 3, 4, 5]


async def test_an_event_with_several_arguments_is_a_named_tuple(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def script(socket: Socket) -> None:
        await socket.init()
        await socket.receive_subscription()
        await socket.send(Event("moved", ["u1", 3]))
        await socket.hold()

    server.script(script)
    async with connect(client) as connection:
        assert await anext(aiter(connection.events.moved)) == Move("u1", 3)


async def send_events(socket: Socket, *payloads: Any) -> None:
    await socket.init()
    await socket.receive_subscription()
    for payload in payloads:
        await socket.send(Event("newCount", [payload]))
    action = await socket.receive_action()
    await socket.send(ActionResponse(action.id, 0))
    await socket.hold()


async def test_unread_events_beyond_the_limit_end_the_iterator_with_an_error(
    server: ScriptedServer, client: CounterClient
) -> None:
    server.script(lambda socket: send_events(socket, 1, 2, 3, 4))
    async with connect(client) as connection:
        counts = connection.events.new_count.listen(limit=2)
        await connection.increment()

        assert [await anext(counts), await anext(counts)] == [1, 2]
        for _ in range(2):
            with pytest.raises(EventOverflowError, match="more than 2 unread"):
                await anext(counts)


async def test_a_payload_that_is_not_declared_is_an_error_at_its_place(
    server: ScriptedServer, client: CounterClient
) -> None:
    server.script(lambda socket: send_events(socket, 1, "two", 3))
    async with connect(client) as connection:
        counts = aiter(connection.events.new_count)

        assert await anext(counts) == 1
        with pytest.raises(InvalidResultError, match="newCount"):
            await anext(counts)
        assert await anext(counts) == 3
        await connection.increment()


async def test_an_error_in_a_callback_is_reported_and_harms_nothing(
    server: ScriptedServer, client: CounterClient
) -> None:
    reported: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reported.append(context["exception"]))
    server.script(lambda socket: send_events(socket, 0, 1))
    async with connect(client) as connection:
        seen: list[float] = []
        connection.events.new_count.subscribe(lambda count: seen.append(1 / count))
        await connection.increment()

    assert seen == [1.0]
    assert [type(error) for error in reported] == [ZeroDivisionError]


async def test_leaving_a_loop_unsubscribes(
    server: ScriptedServer, client: CounterClient
) -> None:
    unsubscribed = asyncio.Event()

    async def script(socket: Socket) -> None:
        await socket.init()
        await socket.receive_subscription()
        await socket.send(Event("newCount", [1]))
        assert await socket.receive() == SubscriptionRequest("newCount", False)
        unsubscribed.set()
        await socket.hold()

    server.script(script)
    async with connect(client) as connection:
        async for _ in connection.events.new_count:
            break
        gc.collect()
        async with asyncio.timeout(2):
            await unsubscribed.wait()


async def test_a_closed_iterator_ends_after_what_it_holds(
    server: ScriptedServer, client: CounterClient
) -> None:
    server.script(lambda socket: send_events(socket, 1, 2))
    async with connect(client) as connection:
        async with connection.events.new_count.listen() as counts:
            await connection.increment()

        assert [count async for count in counts] == [1, 2]
