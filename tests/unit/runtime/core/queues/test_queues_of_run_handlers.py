"""Run handlers that live on queues: they sleep, wake, fail and start again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from queue_world import DeskAskReply, DeskBase, DeskContext, DeskWorld, drain
from rivetgen_runtime.core.definitions import RunPolicy
from rivetgen_runtime.core.run import DEATHS_WITHOUT_WAIT
from rivetgen_runtime.options import ActorOptions
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[DeskContext], Awaitable[None]]

SLEEP_S = 10.0


class HandlerError(Exception):
    """What a handler of a test raises."""


def running(handler: Handler, policy: RunPolicy | None = None) -> DeskWorld:
    """A world whose actor has a run handler."""

    class Running(DeskBase):
        definition = replace(
            DeskBase.definition,
            run=policy or RunPolicy(),
            options=ActorOptions(sleep_timeout_s=SLEEP_S, sleep_grace_period_s=5.0),
        )

        async def run(self, c: DeskContext) -> None:
            await handler(c)

    return DeskWorld(Running)


async def answer_all(c: DeskContext) -> None:
    """Answer questions until the actor stops."""
    async for delivery in c.queues.ask.iter():
        c.state.total += 1
        await delivery.complete(DeskAskReply(answer=str(c.generation)))


async def total(c: DeskContext) -> int:
    return c.state.total


async def test_a_handler_answers_message_by_message() -> None:
    world = running(answer_all)
    asking = [await world.ask() for _ in range(5)]
    assert {(await task).reply["answer"] for task in asking} == {"1"}
    assert await world.run(total) == 5


async def test_an_actor_whose_handler_waits_for_messages_sleeps_and_is_woken() -> None:
    world = running(answer_all)
    assert (await (await world.ask())).reply == {"answer": "1"}
    await world.clock.advance(SLEEP_S + 1)
    record = await world.host.find("desk", ("a",))
    assert record is not None
    assert record.slept_at_ms is not None
    assert (await (await world.ask())).reply == {"answer": "2"}


async def test_a_handler_that_fails_gets_its_message_again_when_it_is_restarted() -> (
    None
):
    attempts: list[int] = []

    async def fail_twice(c: DeskContext) -> None:
        async for delivery in c.queues.kept.iter():
            attempts.append(delivery.attempt)
            if delivery.attempt < 3:
                raise HandlerError

    policy = RunPolicy(restarts=True, backoff_minimum_s=0.1, backoff_maximum_s=0.1)
    world = running(fail_twice, policy)
    await world.send("kept", "fragile")
    for _ in range(8):
        await world.clock.advance(1)
    assert attempts == [1, 2, 3]


async def test_a_handler_that_ends_has_handled_its_message() -> None:
    async def one(c: DeskContext) -> None:
        await c.queues.kept.next()

    world = running(one)
    await world.send("kept", 1)
    await world.send("kept", 2)
    await settle()
    assert await world.run(drain) == [2]


async def test_a_handler_that_handles_messages_does_not_wait_after_deaths() -> None:
    """Whatever the process dies of, it is not what the handler does."""
    world = running(answer_all)
    for number in range(DEATHS_WITHOUT_WAIT + 5):
        answer = (await (await world.ask())).reply
        assert answer == {"answer": str(number + 1)}
        world.kill()


async def test_what_a_handler_does_before_it_waits_is_saved() -> None:
    async def count(c: DeskContext) -> None:
        c.state.total += 1
        await c.queues.kept.next()

    world = running(count)
    await world.locate("desk")
    await settle()
    world.kill()
    assert await world.run(total) == 2  # the second start has counted, too


async def test_a_scheduled_action_that_succeeds_has_handled_its_message() -> None:
    world = DeskWorld()
    await world.send("kept", 1)

    async def receive(c: DeskContext) -> None:
        await c.queues.kept.next()

    async def later(c: DeskContext) -> str:
        name = str(len(world.scripts))
        world.scripts[name] = receive
        return await c.schedule.after(timedelta(seconds=1), "work", name)

    await world.run(later)
    await world.clock.advance(2)
    assert await world.run(drain) == []


async def test_a_scheduled_action_that_fails_gets_its_message_again() -> None:
    world = DeskWorld()
    await world.send("kept", 1)

    async def receive(c: DeskContext) -> None:
        await c.queues.kept.next()
        raise HandlerError

    async def later(c: DeskContext) -> Any:
        name = str(len(world.scripts))
        world.scripts[name] = receive
        return await c.schedule.after(timedelta(seconds=1), "work", name)

    await world.run(later)
    await world.clock.advance(1.5)
    assert await world.run(drain) == []
    await world.clock.advance(1)
    assert await world.run(drain) == [1]
