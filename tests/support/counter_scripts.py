"""What counters do on a scripted server, for tests of connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rivetgen_client.wire.messages import ActionResponse, Event, SubscriptionRequest

if TYPE_CHECKING:
    from counter_client import CounterClient, CounterConnection
    from scripted_server import Socket


def connect(client: CounterClient) -> CounterConnection:
    """Return a connection to the counter a; it opens itself at its first use."""
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
