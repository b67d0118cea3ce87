"""Tests of connections over real WebSockets to a scripted server."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import pytest

from counter_client import (
    CounterClient,
    CounterConnection,
    CounterOverflowError,
    Move,
)
from rivetgen_client import (
    ActorError,
    ConnectionClosedError,
    ConnectionFailedError,
    ConnectionStatus,
    DeadlineExceededError,
    Encoding,
    EventOverflowError,
    InvalidArgumentsError,
    InvalidResultError,
    MalformedResponseError,
    UnknownOutcomeError,
)
from rivetgen_client.wire.messages import (
    ActionRequest,
    ActionResponse,
    Error,
    Event,
    SubscriptionRequest,
)
from scripted_server import Reply, ScriptedServer, Socket, error_reply
from wire_captures import capture

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rivetgen_client import RivetgenError


@pytest.fixture
async def client(server: ScriptedServer) -> AsyncGenerator[CounterClient]:
    async with CounterClient(server.url, timeout_s=5) as running:
        yield running


def connect(client: CounterClient) -> CounterConnection:
    return client.counter.get_or_create(name="a").connect()


async def answer_actions(socket: Socket) -> None:
    """Count: every action adds its argument, broadcasts and answers."""
    await socket.init()
    count = 0
    subscribed = False
    while True:
        frame = await socket.raw.receive()
        if not isinstance(frame.data, str | bytes):
            await socket.raw.close()
            return
        message = socket.codec.decode_to_server(frame.data)
        if isinstance(message, SubscriptionRequest):
            subscribed = message.subscribe
            continue
        if message.name == "increment":
            (amount,) = message.args
            assert isinstance(amount, int)
            count += amount
            if subscribed:
                await socket.send(Event("newCount", [count]))
        await socket.send(ActionResponse(message.id, count))


async def hold(socket: Socket) -> None:
    """Accept, and then say nothing until the client closes."""
    await socket.init()
    await socket.hold()


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
    async def script(socket: Socket) -> None:
        await socket.init()
        late = await socket.receive_action()
        second = await socket.receive_action()
        await socket.send(ActionResponse(late.id, 1))
        await socket.send(ActionResponse(second.id, 2))
        await socket.hold()

    server.script(script)
    async with connect(client) as connection:
        calling = asyncio.create_task(connection.increment())
        await asyncio.sleep(0.05)
        calling.cancel()

        assert await connection.increment() == 2


# Reconnecting


async def test_a_lost_connection_comes_back_with_its_subscriptions(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def first(socket: Socket) -> None:
        await socket.init(1)
        await socket.receive_subscription()
        await socket.send(Event("newCount", [1]))
        await socket.crash()

    async def second(socket: Socket) -> None:
        await socket.init(2)
        assert await socket.receive() == SubscriptionRequest("newCount", True)
        await socket.send(Event("newCount", [2]))
        await socket.hold()

    server.script(first)
    server.script(second)
    async with connect(client) as connection:
        counts = aiter(connection.events.new_count)

        assert [await anext(counts), await anext(counts)] == [1, 2]
        assert connection.actor_id == "actor2"


async def test_only_harmless_actions_are_repeated_after_a_loss(
    server: ScriptedServer, client: CounterClient
) -> None:
    repeated: list[ActionRequest] = []

    async def first(socket: Socket) -> None:
        await socket.init()
        await socket.receive_action()
        await socket.receive_action()
        await socket.close(1011, "actor.restarting")

    async def second(socket: Socket) -> None:
        await socket.init()
        repeated.append(await socket.receive_action())
        await socket.send(ActionResponse(repeated[0].id, 7))
        await socket.hold()

    server.script(first)
    server.script(second)
    async with connect(client) as connection:
        changing = asyncio.create_task(connection.increment())
        assert await connection.get_count() == 7

        with pytest.raises(UnknownOutcomeError):
            await changing
    assert [action.name for action in repeated] == ["getCount"]


async def test_answers_that_arrived_before_a_close_count(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def script(socket: Socket) -> None:
        await socket.init()
        action = await socket.receive_action()
        await socket.send(ActionResponse(action.id, 1))
        await socket.close(1000)

    server.script(script)
    async with connect(client) as connection:
        assert await connection.increment() == 1


async def test_a_server_that_restarts_is_waited_for(
    server: ScriptedServer, client: CounterClient
) -> None:
    server.script(answer_actions)
    async with connect(client) as connection:
        assert await connection.increment(1) == 1
        await server.stop()
        await asyncio.sleep(0.1)
        assert connection.status is ConnectionStatus.DISCONNECTED

        waiting = asyncio.create_task(connection.increment(5))
        await asyncio.sleep(0.1)
        await server.start()

        assert await waiting == 5


async def test_users_are_told_where_a_connection_is(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def first(socket: Socket) -> None:
        await socket.init()
        await socket.close(1011, "actor.restarting")

    server.script(first)
    server.script(hold)
    connection = connect(client)
    statuses: list[ConnectionStatus] = []
    errors: list[RivetgenError] = []
    connection.on_status(statuses.append)
    stop = connection.on_error(errors.append)
    await connection.open()
    await asyncio.sleep(0.2)
    stop()
    await connection.aclose()
    await asyncio.sleep(0)

    assert statuses == [
        ConnectionStatus.CONNECTING,
        ConnectionStatus.CONNECTED,
        ConnectionStatus.DISCONNECTED,
        ConnectionStatus.CONNECTING,
        ConnectionStatus.CONNECTED,
        ConnectionStatus.CLOSED,
    ]
    assert [str(error) for error in errors] == [
        "actor.restarting: the connection was closed with 1011"
    ]


# Opening


async def test_a_refused_connection_raises_what_the_server_said(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def script(socket: Socket) -> None:
        await socket.send(Error(group="user", code="unauthorized", message="Who?"))
        await socket.close(1011, "user.unauthorized")

    server.script(script)
    connection = connect(client)

    with pytest.raises(ActorError, match=r"user\.unauthorized: Who\?"):
        await connection.open()
    with pytest.raises(ActorError, match=r"user\.unauthorized"):
        await connection.increment()
    with pytest.raises(ActorError, match=r"user\.unauthorized"):
        await anext(aiter(connection.events.new_count))

    assert connection.status is ConnectionStatus.CLOSED
    assert len(server.upgrades) == 1


async def test_a_missing_actor_is_waited_for_until_the_deadline(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def missing(socket: Socket) -> None:
        await socket.close(1011, "actor.not_found#ray1")

    server.script(missing)
    handle = client.counter.get(name="a").with_options(timeout_s=0.4)

    with pytest.raises(DeadlineExceededError) as caught:
        async with handle.connect():
            pass

    assert isinstance(caught.value.__cause__, ActorError)
    assert caught.value.__cause__.ray_id == "ray1"
    assert len(server.upgrades) >= 2


async def test_a_missing_id_is_not_waited_for(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def missing(socket: Socket) -> None:
        await socket.close(1011, "actor.not_found")

    server.script(missing)

    with pytest.raises(ActorError, match=r"actor\.not_found"):
        await client.counter.get_for_id("x").connect().open()


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (Reply(status=404, body=b"<html>"), MalformedResponseError),
        (Reply(status=200, body=b"hello"), MalformedResponseError),
        (error_reply("auth.forbidden", status=403), ActorError),
    ],
    ids=["page", "success", "error"],
)
async def test_an_upgrade_refused_for_good_is_not_tried_again(
    server: ScriptedServer,
    client: CounterClient,
    refusal: Reply,
    kind: type[Exception],
) -> None:
    server.refusals.append(refusal)

    with pytest.raises(kind):
        await connect(client).open()

    assert len(server.upgrades) == 1


async def test_an_upgrade_refused_for_now_is_tried_again(
    server: ScriptedServer, client: CounterClient
) -> None:
    server.refusals.extend(
        [Reply(status=503), error_reply("guard.service_unavailable", status=503)]
    )
    server.script(hold)

    async with connect(client):
        pass

    assert len(server.upgrades) == 3


async def test_a_port_that_stays_closed_is_a_deadline_with_a_cause(
    server: ScriptedServer, client: CounterClient
) -> None:
    await server.stop()
    handle = client.counter.get_or_create(name="a").with_options(timeout_s=0.4)

    with pytest.raises(DeadlineExceededError) as caught:
        await handle.connect().open()

    assert isinstance(caught.value.__cause__, ConnectionFailedError)


async def test_a_frame_that_is_no_message_ends_the_connection(
    server: ScriptedServer, client: CounterClient
) -> None:
    async def script(socket: Socket) -> None:
        await socket.init()
        await socket.raw.send_bytes(b"\x04\x00\x09")
        await socket.hold()

    server.script(script)
    connection = connect(client)
    with pytest.raises(MalformedResponseError):
        await anext(aiter(connection.events.new_count))

    assert connection.status is ConnectionStatus.CLOSED


# Closing


async def test_close_says_goodbye_and_ends_everything(
    server: ScriptedServer, client: CounterClient
) -> None:
    goodbyes: list[tuple[int | None, str]] = []

    async def script(socket: Socket) -> None:
        await socket.init()
        await socket.receive_subscription()
        await socket.receive_action()
        goodbyes.append(await socket.closed_by_client())

    server.script(script)
    connection = connect(client)
    counts = aiter(connection.events.new_count)
    calling = asyncio.create_task(connection.increment())
    await asyncio.sleep(0.05)

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


# Events


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
