"""Tests of connections over real WebSockets to a scripted server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from counter_client import (
    CounterClient,
    CounterOverflowError,
)
from counter_scripts import answer_actions, connect, hold
from rivetgen_client import (
    ConnectionClosedError,
    ConnectionStatus,
    DeadlineExceededError,
    Encoding,
    InvalidArgumentsError,
    InvalidResultError,
    UnknownOutcomeError,
)
from rivetgen_client.wire.messages import (
    ActionResponse,
    Error,
)
from wire_captures import capture

if TYPE_CHECKING:
    from scripted_server import ScriptedServer, Socket

# What travels


async def test_a_connection_sends_what_the_official_client_sends(
    server: ScriptedServer,
) -> None:
    events = capture("min_sequence")["steps"][0]["events"]
    frames = [event for event in events if event["type"] == "ws_frame"]
    (opened,) = [event for event in events if event["type"] == "ws_open"]

    async def replay(socket: Socket) -> None:
        for frame in frames:
            if frame["op"] == "close":
                if frame["dir"] == "c2s":
                    closed = await socket.closed_by_client()
                    assert closed == (frame["code"], frame["reason"])
            elif frame["dir"] == "s2c":
                await socket.raw.send_bytes(bytes.fromhex(frame["hex"]))
            else:
                assert await socket.receive_frame() == bytes.fromhex(frame["hex"])

    server.script(replay)
    async with CounterClient(server.url) as client:
        connection = client.counter.get_or_create_at("room", "1").connect()
        counts = aiter(connection.events.new_count)
        assert await connection.increment(1) == 4
        assert await anext(counts) == 4
        assert connection.actor_id == "lbm8aqd5a91hhzvpguib8nmlphbl00"
        assert connection.connection_id == "f70ead4b-ee09-43c7-ba58-0cab54ee74d7"
        await connection.aclose()

    (upgrade,) = server.upgrades
    assert upgrade.target == opened["path"]
    offered = opened["request_headers"]["sec-websocket-protocol"]
    assert upgrade.headers["sec-websocket-protocol"].replace(",", ", ") in (
        offered,
        offered.replace(", ", ",  "),
    )
    assert "sec-websocket-extensions" not in upgrade.headers


@pytest.mark.parametrize("encoding", list(Encoding))
async def test_actions_and_events_work_in_every_encoding(
    server: ScriptedServer, encoding: Encoding
) -> None:
    server.script(answer_actions)
    async with (
        CounterClient(server.url, encoding=encoding) as client,
        connect(client) as connection,
    ):
        counts = aiter(connection.events.new_count)

        assert await connection.increment(2) == 2
        assert await connection.increment() == 3

        assert [await anext(counts), await anext(counts)] == [2, 3]


async def test_parameters_travel_as_a_subprotocol(
    server: ScriptedServer, client: CounterClient
) -> None:
    offered: list[str] = []

    async def script(socket: Socket) -> None:
        offered.append(socket.offered)
        await hold(socket)

    server.script(script)
    params = "(é,"
    async with client.counter.get(name="a", token=params).connect():
        pass

    assert offered[0].endswith(
        "rivet_conn_params.%7B%22token%22%3A%22%28%C3%A9%2C%22%7D"
    )


async def test_a_void_action_returns_none(
    server: ScriptedServer, client: CounterClient
) -> None:
    server.script(answer_actions)
    async with connect(client) as connection:
        result = await connection.keep({"a": [1, None]})  # type: ignore[func-returns-value] # that it is None

    assert result is None


# Errors of actions


async def test_a_declared_error_is_raised_with_its_type(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def script(socket: Socket) -> None:
        await socket.init()
        action = await socket.receive_action()
        await socket.send(
            Error(
                group="user",
                code="overflow",
                message="Too much",
                metadata={"limit": 10},
                action_id=action.id,
            )
        )
        await socket.hold()

    server.script(script)
    async with connect(client) as connection:
        with pytest.raises(CounterOverflowError) as caught:
            await connection.increment(100)

    assert caught.value.metadata.limit == 10


async def test_wrong_arguments_are_refused_before_they_are_sent(
    server: ScriptedServer, client: CounterClient
) -> None:
    server.script(answer_actions)
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    async with connect(client) as connection:
        with pytest.raises(InvalidArgumentsError, match="amount"):
            await connection.increment("5")  # type: ignore[arg-type] # what a checker would refuse
        with pytest.raises(InvalidArgumentsError, match="nested deeper"):
            await connection.keep(deep)

        assert await connection.increment(5) == 5


async def test_a_result_that_is_not_declared_is_an_error(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def script(socket: Socket) -> None:
        await socket.init()
        action = await socket.receive_action()
        await socket.send(ActionResponse(action.id, "five"))
        await socket.hold()

    server.script(script)
    async with connect(client) as connection:
        with pytest.raises(InvalidResultError, match="increment"):
            await connection.increment()


async def test_actions_run_concurrently_and_may_overtake(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def script(socket: Socket) -> None:
        await socket.init()
        first, second = await socket.receive_action(), await socket.receive_action()
        await socket.send(ActionResponse(second.id, 2))
        await socket.send(ActionResponse(first.id, 1))
        await socket.hold()

    server.script(script)
    async with connect(client) as connection:
        results = await asyncio.gather(connection.increment(), connection.increment())

    assert list(results) == [1, 2]


async def test_without_an_answer_in_time_the_outcome_is_unknown(
    server: ScriptedServer, client: CounterClient
) -> None:
    server.script(hold)
    handle = client.counter.get_or_create(name="a").with_options(timeout_s=0.2)
    async with handle.connect() as connection:
        with pytest.raises(UnknownOutcomeError, match=r"no answer within 0\.2 s"):
            await connection.increment()
        with pytest.raises(DeadlineExceededError):
            await connection.get_count()


async def test_a_cancelled_action_leaves_nothing_behind(
    server: ScriptedServer, client: CounterClient
) -> None:
    arrived = asyncio.Event()

    async def script(socket: Socket) -> None:
        await socket.init()
        late = await socket.receive_action()
        arrived.set()
        second = await socket.receive_action()
        await socket.send(ActionResponse(late.id, 1))
        await socket.send(ActionResponse(second.id, 2))
        await socket.hold()

    server.script(script)
    async with connect(client) as connection:
        calling = asyncio.create_task(connection.increment())
        await arrived.wait()
        calling.cancel()

        assert await connection.increment() == 2


# Closing


async def test_close_says_goodbye_and_ends_everything(
    server: ScriptedServer, client: CounterClient
) -> None:
    goodbyes: list[tuple[int | None, str]] = []
    arrived = asyncio.Event()

    async def script(socket: Socket) -> None:
        await socket.init()
        await socket.receive_subscription()
        await socket.receive_action()
        arrived.set()
        goodbyes.append(await socket.closed_by_client())

    server.script(script)
    connection = connect(client)
    counts = aiter(connection.events.new_count)
    calling = asyncio.create_task(connection.increment())
    await arrived.wait()

    await connection.aclose()
    await connection.aclose()

    assert goodbyes == [(1000, "Disposed")]
    with pytest.raises(UnknownOutcomeError):
        await calling
    assert [count async for count in counts] == []
    with pytest.raises(ConnectionClosedError):
        await connection.increment()
    with pytest.raises(ConnectionClosedError):
        await connection.open()
    assert [count async for count in connection.events.new_count] == []


async def test_a_closed_client_leaves_no_task(server: ScriptedServer) -> None:
    server.script(hold)
    before = asyncio.all_tasks()
    client = CounterClient(server.url)
    connections = [connect(client) for _ in range(3)]
    for connection in connections[:2]:
        await connection.open()
    waiting = asyncio.create_task(connections[0].increment())
    await asyncio.sleep(0)

    await client.aclose()

    with pytest.raises((UnknownOutcomeError, ConnectionClosedError)):
        await waiting
    assert all(one.status is ConnectionStatus.CLOSED for one in connections)
    await asyncio.sleep(0.1)
    ours = [task for task in asyncio.all_tasks() - before if "rivetgen" in str(task)]
    assert ours == []


async def test_a_connection_that_is_being_opened_can_be_closed(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def never_init(socket: Socket) -> None:
        await socket.raw.receive()

    server.script(never_init)
    connection = connect(client)
    opening = asyncio.create_task(connection.open())
    await asyncio.sleep(0.05)

    await connection.aclose()

    with pytest.raises(ConnectionClosedError):
        await opening
