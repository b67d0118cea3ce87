"""Tests of connections that are refused, lost and restored."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from counter_client import (
    CounterClient,
    CounterConnection,
)
from counter_scripts import answer_actions, connect, hold
from rivetgen_client import (
    ActorError,
    Address,
    Caller,
    ChannelClosedError,
    ConnectionFailedError,
    ConnectionStatus,
    DeadlineExceededError,
    IdTarget,
    MalformedResponseError,
    UnknownOutcomeError,
)
from rivetgen_client._deadline import Patience
from rivetgen_client._link import Link
from rivetgen_client.endpoint import resolve_endpoint
from rivetgen_client.http_transport import HttpTransport
from rivetgen_client.wire.messages import (
    ActionRequest,
    ActionResponse,
    Error,
    Event,
    Init,
    SubscriptionRequest,
)
from scripted_server import Reply, ScriptedServer, Socket, error_reply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from rivetgen_client import RivetgenError
    from rivetgen_client.wire.messages import ToClient, ToServer


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


async def test_a_server_that_never_says_init_is_left_for_another_attempt(
    server: ScriptedServer, client: CounterClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rivetgen_client._link.INIT_TIMEOUT_S", 0.1)
    server.script(Socket.hold)
    server.script(hold)

    async with connect(client):
        pass

    assert len(server.upgrades) == 2


async def test_a_server_that_selects_no_subprotocol_is_no_server_of_actors(
    server: ScriptedServer, client: CounterClient
) -> None:
    server.subprotocols = ()
    server.script(Socket.hold)

    with pytest.raises(MalformedResponseError, match="subprotocol"):
        await connect(client).open()


class LameChannel:
    """Delivers what was received before, although nothing can be sent any more."""

    def __init__(self) -> None:
        self._sent = asyncio.Event()
        self._messages = self._receive_all()

    async def _receive_all(self) -> AsyncGenerator[ToClient]:
        yield Init("actor1", "connection1")
        await self._sent.wait()
        await asyncio.sleep(0.01)
        yield Event("newCount", [1])
        raise ChannelClosedError(1011, "auth.forbidden")

    async def send(self, _: ToServer, /) -> None:
        self._sent.set()
        raise ChannelClosedError(1006, "")

    async def receive(self) -> ToClient:
        return await anext(self._messages)

    async def aclose(self, code: int, reason: str) -> None:
        assert (code, reason) == (1000, "Disposed")


async def test_what_was_received_before_sending_failed_is_delivered() -> None:
    channel = LameChannel()

    async def open_channel() -> LameChannel:
        return channel

    caller = Caller(HttpTransport(resolve_endpoint("http://127.0.0.1:1")))
    target = IdTarget(name="counter", actor_id="unused")
    link = Link(
        open_channel,
        address=Address(caller=caller, target=target),
        by_key=True,
        patience=Patience(),
        on_closed=lambda _: None,
    )
    counts = aiter(CounterConnection(link).events.new_count)

    assert await anext(counts) == 1
    with pytest.raises(ActorError, match=r"auth\.forbidden"):
        await anext(counts)
    await link.aclose()


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
        refused = asyncio.Event()

        def note(error: RivetgenError) -> None:
            if isinstance(error, ConnectionFailedError):
                refused.set()

        connection.on_error(note)
        await server.stop()
        await refused.wait()

        waiting = asyncio.create_task(connection.increment(5))
        await asyncio.sleep(0)
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
    came_back = asyncio.Event()

    def note(status: ConnectionStatus) -> None:
        statuses.append(status)
        if statuses.count(ConnectionStatus.CONNECTED) == 2:
            came_back.set()

    connection.on_status_change(note)
    stop = connection.on_error(errors.append)
    await connection.open()
    await came_back.wait()
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


async def test_a_call_that_a_stopping_actor_refused_runs_after_the_reconnect(
    server: ScriptedServer, client: CounterClient
) -> None:
    ran: list[str] = []

    async def refuse(socket: Socket) -> None:
        await socket.init()
        request = await socket.receive_action()
        stopping = Error(
            group="actor", code="stopping", message="Later", action_id=request.id
        )
        await socket.send(stopping)
        await socket.close(1011, "actor.stopping")

    async def serve(socket: Socket) -> None:
        await socket.init()
        request = await socket.receive_action()
        ran.append(request.name)
        await socket.send(ActionResponse(request.id, 7))
        await socket.hold()

    server.script(refuse)
    server.script(serve)
    connection = connect(client)

    assert await connection.increment() == 7
    assert ran == ["increment"]
