"""Tests of what a connection tells its user, and of what it does not keep."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from counter_scripts import connect, hold
from rivetgen_client import DeadlineExceededError, TooManyCallsError
from rivetgen_client._session import UNANSWERED_CALLS, Session
from rivetgen_client.wire.messages import ActionResponse, Event, SubscriptionRequest

if TYPE_CHECKING:
    from counter_client import CounterClient
    from scripted_server import ScriptedServer, Socket


async def test_opening_and_closing_are_told_each_time(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def first(socket: Socket) -> None:
        await socket.init()
        await socket.close(1011, "actor.restarting")

    server.script(first)
    server.script(hold)
    connection = connect(client)
    told: list[str] = []
    came_back = asyncio.Event()

    def opened() -> None:
        told.append("open")
        if told.count("open") == 2:
            came_back.set()

    connection.on_open(opened)
    connection.on_close(lambda: told.append("close"))
    await connection.open()
    await came_back.wait()
    await connection.aclose()
    await asyncio.sleep(0)

    assert told == ["open", "close", "open", "close"]


async def test_whoever_asks_late_is_told_that_it_is_open(
    server: ScriptedServer, client: CounterClient
) -> None:
    server.script(hold)
    async with connect(client) as connection:
        opened = asyncio.Event()
        stop = connection.on_open(opened.set)
        await opened.wait()
        stop()


async def test_a_connection_that_was_never_open_does_not_close(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def refuse(socket: Socket) -> None:
        await socket.close(1011, "auth.forbidden")

    server.script(refuse)
    connection = connect(client)
    closed: list[bool] = []
    connection.on_close(lambda: closed.append(True))
    failed = asyncio.Event()
    connection.on_error(lambda _: failed.set())

    stop = connection.events.new_count.subscribe(lambda _: None)
    await failed.wait()
    await connection.aclose()
    stop()

    assert closed == []


async def test_once_is_called_once_and_unsubscribes(
    server: ScriptedServer, client: CounterClient
) -> None:
    stopped = asyncio.Event()

    async def script(socket: Socket) -> None:
        await socket.init()
        assert await socket.receive_subscription() == SubscriptionRequest(
            "newCount", subscribe=True
        )
        await socket.send(Event("newCount", [1]))
        await socket.send(Event("newCount", [2]))
        assert await socket.receive_subscription() == SubscriptionRequest(
            "newCount", subscribe=False
        )
        stopped.set()
        await socket.hold()

    server.script(script)
    async with connect(client) as connection:
        counts: list[int] = []
        connection.events.new_count.once(counts.append)
        await stopped.wait()

    assert counts == [1]


async def test_one_call_over_a_connection_has_a_deadline_of_its_own(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def script(socket: Socket) -> None:
        await socket.init()
        await socket.receive_action()
        second = await socket.receive_action()
        await socket.send(ActionResponse(second.id, 2))
        await socket.hold()

    server.script(script)
    async with connect(client) as connection:
        with pytest.raises(DeadlineExceededError):
            await connection.with_options(timeout_s=0.05).get_count()
        assert await connection.increment(2) == 2


def test_calls_that_nobody_answers_are_limited() -> None:
    session = Session(by_key=True)
    ids = [
        session.call("increment", [], retryable=False) for _ in range(UNANSWERED_CALLS)
    ]

    with pytest.raises(TooManyCallsError) as caught:
        session.call("increment", [], retryable=False)

    assert caught.value.limit == UNANSWERED_CALLS
    session.abandon(ids[0])
    assert session.call("increment", [], retryable=False) == UNANSWERED_CALLS
