"""Correct use of generated code: both checkers accept it and infer these types."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal

from chat._generated.counter import CounterBase, CounterContext
from chat.actors.counter import Counter
from chat_client import ChatClient, CounterHandle, Message, Overflow, SyncCounterHandle
from everything._generated.journey import (
    JourneyBase,
    JourneyContext,
    JourneyDelivery,
    JourneyTicketsDelivery,
    JourneyWorkflow,
)
from everything_client import (
    Color,
    EverythingClient,
    EverythingHandle,
    EverythingSeveralEvent,
    Kept,
    Node,
    QuotaExceeded,
    Scalars,
    Shape,
    ShapeCircle,
    ShapeNothing,
    ShapeSquare,
    Size,
    SyncEverythingClient,
)
from typing_extensions import assert_never, assert_type, override

from rivetgen_client import EventStream, SyncEventStream
from rivetgen_client.types import MISSING, Missing
from rivetgen_runtime import (
    Break,
    Continue,
    Failed,
    StepFailed,
    Succeeded,
    WorkflowFailure,
)


async def handles(client: ChatClient) -> None:
    counter = client.counter.get_or_create(name="a", start=5)
    assert_type(counter, CounterHandle)
    assert_type(await counter.increment(3), int)
    assert_type(await counter.increment(), int)
    assert_type(await counter.resolve(), str)
    assert_type(await client.counter.create(name="b"), CounterHandle)
    assert_type(client.counter.get_for_id("x"), CounterHandle)


async def events(client: ChatClient) -> None:
    room = client.chat_room.get_or_create(org="acme", room="general", token="t")
    async with room.connect() as connection:
        assert_type(connection.events.new_message, EventStream[Message])
        async for message in connection.events.new_message:
            assert_type(message, Message)
            assert_type(message.sent_at, datetime.datetime)
        connection.events.new_message.subscribe(print)


def errors(error: Overflow, other: QuotaExceeded) -> None:
    assert_type(error.metadata.limit, int)
    assert_type(other.metadata.color, "Color | str")
    assert_type(other.metadata.until, "datetime.datetime | Missing")


def blocking() -> None:
    with ChatClient.sync("http://127.0.0.1:6420", timeout_s=5) as client:
        counter = client.counter.get_or_create(name="a")
        assert_type(counter, SyncCounterHandle)
        assert_type(counter.increment(3), int)
        with counter.connect() as connection:
            assert_type(connection.events.new_count, SyncEventStream[int])
            assert_type(next(iter(connection.events.new_count)), int)


async def results(handle: EverythingHandle) -> None:
    assert_type(await handle.list(["x"], "y"), "list[str]")
    assert_type(await handle.dict(), "dict[str, int]")
    assert_type(await handle.paint(Size.SMALL, "mauve"), "Color | str | None")
    assert_type(await handle.choose(5), "int | str")
    shape: Shape = await handle.many(
        scalars(), mutable=[1], absent=datetime.date(2026, 1, 1), node=Node(name="n")
    )
    match shape:
        case ShapeCircle(radius=radius):
            assert_type(radius, float)
        case ShapeSquare(side=side):
            assert_type(side, float)
        case ShapeNothing():
            pass
        case _:
            assert_never(shape)


def scalars() -> Scalars:
    return Scalars.model_validate({})


def absent_values_narrow(kept: Kept) -> None:
    value = kept.absences.both
    assert_type(value, "str | Missing | None")
    if value is not MISSING and value is not None:
        assert_type(value, str)


async def several_arguments(client: EverythingClient) -> None:
    handle = client.everything.get_or_create(
        org="a", list="b", input_org="c", labels=["d"], token="t"
    )
    async with handle.connect() as connection:
        payload = await anext(connection.events.several.listen())
        assert_type(payload, EverythingSeveralEvent)
        assert_type(payload.when, datetime.datetime)
        assert_type(payload.list, "list[int]")


def typed_keys(client: SyncEverythingClient) -> None:
    client.partner.get_or_create(
        id=uuid.uuid4(),
        shard=1,
        day=datetime.date(2026, 1, 1),
        size=Size.SMALL,
        active=True,
        input=Node(name="n"),
        params="p",
    )


class OtherCounter(CounterBase):
    @override
    async def increment(self, c: CounterContext, amount: int = 1) -> int:
        assert_type(c.state.count, int)
        assert_type(c.key.name, str)
        c.events.new_count(c.state.count)
        for connection in c.conns.values():
            connection.events.new_count(1)
        return c.state.count

    @override
    async def get_count(self, c: CounterContext) -> int:
        return c.state.count


class OtherJourney(JourneyBase):
    @override
    async def run(self, w: JourneyWorkflow) -> None:
        assert_type(w.key.id, str)
        assert_type(await w.step("count", self._count), int)
        assert_type(await w.step("sum", self._sum, returns=Decimal), Decimal)
        await w.step("undone", self._count, rollback=self._undo)
        ticket = await w.queues.tickets.next("ticket", timeout=5)
        assert_type(ticket, JourneyTicketsDelivery)
        assert_type(ticket.body.price, Decimal)
        several = await w.queues.next_batch("several", "tickets", "cancel", count=2)
        assert_type(several, "list[JourneyDelivery]")
        match await w.try_step("tried", self._count):
            case Succeeded(value=value):
                assert_type(value, int)
            case Failed(failure=failure):
                assert_type(failure.attempts, int)
        raced = await w.race("race", {"a": self._branch, "b": self._branch})
        assert_type(raced.value, str)
        joined = await w.join("join", {"a": self._branch, "b": self._branch})
        assert_type(joined, "dict[str, str]")
        assert_type(await w.loop("loop", self._round, state=0), str)

    async def _count(self, c: JourneyContext) -> int:
        return len(c.state.stops)

    async def _sum(self, c: JourneyContext) -> Decimal:
        return Decimal(len(c.state.stops))

    async def _undo(self, c: JourneyContext, count: int) -> None:
        del c.state.stops[count:]

    async def _branch(self, w: JourneyWorkflow) -> str:
        return w.workflow_id

    async def _round(self, w: JourneyWorkflow, n: int) -> Continue[int] | Break[str]:
        return Continue(n + 1) if n < 3 else Break(w.name)

    @override
    async def on_workflow_error(
        self, c: JourneyContext, failure: WorkflowFailure
    ) -> None:
        if isinstance(failure, StepFailed):
            assert_type(failure.step_name, str)
        assert_type(failure.error.message, str)

    @override
    async def stops(self, c: JourneyContext) -> list[str]:
        return c.state.stops

    @override
    async def call(self, c: JourneyContext, place: str) -> None:
        c.events.stopped(place)


def registries() -> None:
    from chat._generated.registry import Registry
    from chat.actors.chat_room import ChatRoom
    from chat.actors.chat_room_list import ChatRoomList

    Registry(counter=OtherCounter, chat_room=ChatRoom, chat_room_list=ChatRoomList)
    Registry(counter=Counter, chat_room=ChatRoom, chat_room_list=ChatRoomList)
