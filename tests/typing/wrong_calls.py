"""Wrong use of generated code: both checkers refuse every marked line.

A line that is not refused is reported as well, because its mark is not needed.
"""

from __future__ import annotations

from chat._generated.counter import CounterBase, CounterContext, CounterState
from chat._generated.errors import Overflow
from chat._generated.registry import Registry
from chat.actors.chat_room import ChatRoom
from chat.actors.chat_room_list import ChatRoomList
from chat.actors.counter import Counter
from chat_client import ChatClient, CounterHandle, Message
from everything._generated.journey import JourneyBase, JourneyContext, JourneyWorkflow
from everything_client import EverythingHandle, Size
from typing_extensions import override


async def calls(counter: CounterHandle) -> None:
    await counter.increment("5")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await counter.increment(1, 2)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await counter.decrement()  # type: ignore[attr-defined]  # pyright: ignore
    text: str = await counter.get_count()  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    print(text)


def access(client: ChatClient) -> None:
    client.counter.get()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.counter.get("a")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.counter.get(name=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.counter.get(name="a", start=5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.chat_room.get(org="a", room="b")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.no_such_actor  # type: ignore[attr-defined]  # pyright: ignore


async def events(client: ChatClient) -> None:
    async with client.counter.get(name="a").connect() as connection:
        async for count in connection.events.new_count:
            count.upper()  # type: ignore[attr-defined]  # pyright: ignore
        connection.events.new_message  # type: ignore[attr-defined]  # pyright: ignore
        connection.events.new_count.subscribe(takes_text)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def takes_text(text: str) -> None:
    """Take what the event does not carry."""


def models() -> None:
    Message(sender="a", text="b")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Overflow()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    Overflow(limit="x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    CounterState(count="x")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Size("small").name = "x"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


async def internal(handle: EverythingHandle) -> None:
    await handle.deep_er_call()  # type: ignore[attr-defined]  # pyright: ignore
    await handle.paint("tiny")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


class Removed(CounterBase):
    @override
    async def increment(self, c: CounterContext, amount: int = 1) -> int:
        c.state.cuont += amount  # type: ignore[attr-defined]  # pyright: ignore
        c.events.new_count("many")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        return "text"  # type: ignore[return-value]  # pyright: ignore[reportReturnType]

    @override
    async def get_count(self, c: CounterContext, extra: int) -> int:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return extra

    @override
    async def removed_action(self, c: CounterContext) -> int:  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues]
        return 0


class WrongJourney(JourneyBase):
    @override
    async def run(self, w: JourneyWorkflow) -> None:
        w.state  # type: ignore[attr-defined]  # pyright: ignore
        await w.queues.no_such  # type: ignore[attr-defined]  # pyright: ignore
        await w.queues.next("wait", "no such")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        await w.queues.tickets.next()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        await w.step(self._count)  # type: ignore[call-arg, arg-type]  # pyright: ignore
        await w.step("branch", self._branch)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        await w.join("join", {"step": self._count})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
        text: str = await w.step("count", self._count)  # type: ignore[arg-type]  # pyright: ignore[reportAssignmentType]
        ticket = await w.queues.tickets.next(text)
        ticket.body.prize  # type: ignore[attr-defined]  # pyright: ignore
        await ticket.complete("reply")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]

    async def _count(self, c: JourneyContext) -> int:
        return len(c.state.stops)

    async def _branch(self, w: JourneyWorkflow) -> str:
        return w.name


class LoopingJourney(JourneyBase):
    @override
    async def run(self, c: JourneyContext) -> None:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        c.state.stops.clear()


class Unfinished(CounterBase):
    """Lacks both actions."""


def registries() -> None:
    WrongJourney()  # type: ignore[abstract]  # pyright: ignore[reportAbstractUsage]
    Unfinished()  # type: ignore[abstract]  # pyright: ignore[reportAbstractUsage]
    Registry(counter=ChatRoom, chat_room=ChatRoom, chat_room_list=ChatRoomList)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Registry(counter=Counter, chat_room=ChatRoom)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
