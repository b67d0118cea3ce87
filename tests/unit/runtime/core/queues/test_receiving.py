"""Receiving messages: in which order, and how long a receiver waits."""

from __future__ import annotations

import asyncio
import itertools
import random
from typing import TYPE_CHECKING, Any

import pytest

from queue_world import (
    DeskContext,
    DeskWorld,
    bodies,
    drain,
)
from rivetgen_runtime import AbortSignal
from rivetgen_runtime.core.queues.errors import (
    QueueAbortedError,
    QueueTimedOutError,
)
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from rivetgen_client.wire.values import Value


class HandlerError(Exception):
    """What a handler of a test raises."""


@pytest.fixture
async def world() -> DeskWorld:
    return DeskWorld()


async def send_all(world: DeskWorld, queue: str, *messages: Value) -> None:
    for message in messages:
        await world.send(queue, message)


# Order


async def test_messages_of_several_queues_come_in_the_order_in_which_they_were_sent(
    world: DeskWorld,
) -> None:
    for number, queue in enumerate(("jobs", "other", "once", "jobs", "kept")):
        await world.send(queue, number)

    async def script(c: DeskContext) -> list[Any]:
        return bodies(await c.queues.next_batch("jobs", "once", "kept", count=9))

    assert await world.run(script) == [0, 2, 3, 4]


async def test_ids_grow_over_all_queues_and_are_never_used_again(
    world: DeskWorld,
) -> None:
    async def ids(c: DeskContext) -> list[int]:
        batch = await c.queues.try_next_batch(count=9)
        return [delivery.id for delivery in batch]

    await send_all(world, "once", "a", "b")
    first = await world.run(ids)
    world.kill()
    await world.send("jobs", "c")
    await world.send("other", "d")
    assert (first, await world.run(ids)) == ([1, 2], [3, 4])


async def test_a_batch_does_not_wait_until_it_is_full(world: DeskWorld) -> None:
    await send_all(world, "jobs", 1, 2, 3)

    async def script(c: DeskContext) -> list[Any]:
        two = await c.queues.jobs.next_batch(count=2)
        rest = await c.queues.jobs.next_batch(count=2)
        none = await c.queues.jobs.next_batch(count=2, timeout=0)
        return [bodies(two), bodies(rest), bodies(none)]

    assert await world.run(script) == [[1, 2], [3], []]


@pytest.mark.parametrize("seed", range(20))
async def test_concurrent_senders_and_receivers_keep_the_order_of_each_sender(
    seed: int,
) -> None:
    rng = random.Random(seed)
    world = DeskWorld()
    queues = ("jobs", "once", "kept")
    received: list[Any] = []

    async def sender(name: str) -> None:
        for number in range(10):
            for _ in range(rng.randrange(4)):
                await asyncio.sleep(0)
            await world.send(rng.choice(queues), [name, number])

    async def receiver(c: DeskContext) -> None:
        while len(received) < 30:
            count = rng.randrange(1, 4)
            batch = await c.queues.next_batch(*queues, count=count, timeout=1)
            received.extend(delivery.body for delivery in batch)
            for _ in range(rng.randrange(4)):
                await asyncio.sleep(0)

    receiving = world.start(receiver)
    await asyncio.gather(*(sender(name) for name in "abc"))
    while not receiving.done():
        await world.clock.advance(1)
        await settle()
    await receiving
    for name in "abc":
        numbers = [number for sender, number in received if sender == name]
        assert numbers == list(range(10))


# Waiting


async def test_a_receiver_waits_for_a_message_of_its_queues(world: DeskWorld) -> None:
    async def script(c: DeskContext) -> Any:
        delivery = await c.queues.next("jobs", "other")
        return None if delivery is None else [delivery.name, delivery.body]

    waiting = world.start(script)
    await settle()
    await world.send("once", 1)
    assert not waiting.done()
    await world.send("other", 2)
    assert await waiting == ["other", 2]


async def test_a_receiver_that_has_waited_long_enough_gets_nothing(
    world: DeskWorld,
) -> None:
    async def script(c: DeskContext) -> Any:
        return await c.queues.jobs.next(timeout=2.5) is None

    waiting = world.start(script)
    await settle()
    await world.clock.advance(2.4)
    assert not waiting.done()
    await world.clock.advance(0.1)
    assert await waiting is True


async def test_two_receivers_never_get_the_same_message(world: DeskWorld) -> None:
    async def script(c: DeskContext) -> Any:
        delivery = await c.queues.jobs.next()
        return None if delivery is None else delivery.body

    waiting = [world.start(script) for _ in range(3)]
    await settle()
    await send_all(world, "jobs", 1, 2, 3)
    assert sorted(await asyncio.gather(*waiting)) == [1, 2, 3]  # type: ignore[type-var]


async def test_a_cancelled_receiver_leaves_the_message_to_another_one(
    world: DeskWorld,
) -> None:
    async def impatient(c: DeskContext) -> Any:
        task = asyncio.create_task(c.queues.jobs.next())
        await settle()
        world.commits.hold()
        sending = asyncio.create_task(world.send("jobs", "precious"))
        await settle()
        task.cancel()
        await world.commits.let_go()
        await asyncio.gather(task, return_exceptions=True)
        await sending
        return task.cancelled()

    assert await world.run(impatient) is True
    assert await world.run(drain) == ["precious"]


async def test_a_receiver_cancelled_while_its_batch_is_on_its_way_gives_it_back(
    world: DeskWorld,
) -> None:
    await send_all(world, "once", 1)
    await send_all(world, "jobs", 2)

    async def impatient(c: DeskContext) -> None:
        world.commits.hold()
        task = asyncio.create_task(c.queues.next_batch("once", "jobs", count=2))
        await settle()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await world.commits.let_go()

    await world.run(impatient)
    world.kill()

    async def attempts(c: DeskContext) -> list[Any]:
        batch = await c.queues.try_next_batch("once", "jobs", count=9)
        return [[delivery.body, delivery.attempt] for delivery in batch]

    assert await world.run(attempts) == [[1, 1], [2, 1]]


async def test_a_set_signal_ends_the_wait_but_not_a_receive(world: DeskWorld) -> None:
    signal = AbortSignal()
    signal.abort()
    await world.send("jobs", 1)

    async def script(c: DeskContext) -> Any:
        first = await c.queues.jobs.next(signal=signal)
        with pytest.raises(QueueAbortedError) as caught:
            await c.queues.jobs.next(signal=signal)
        assert caught.value.body.name == "actor.aborted"
        return None if first is None else first.body

    assert await world.run(script) == 1


async def test_a_signal_that_is_set_later_ends_the_wait(world: DeskWorld) -> None:
    signal = AbortSignal()

    async def script(c: DeskContext) -> Any:
        with pytest.raises(QueueAbortedError):
            await c.queues.jobs.next(signal=signal)

    waiting = world.start(script)
    await settle()
    signal.abort()
    await waiting


async def test_the_end_of_the_actor_ends_the_wait(world: DeskWorld) -> None:
    async def script(c: DeskContext) -> Any:
        c.destroy()
        await c.queues.jobs.next()

    with pytest.raises(QueueAbortedError):
        await world.run(script)


async def test_an_iteration_ends_when_its_signal_is_set(world: DeskWorld) -> None:
    signal = AbortSignal()
    await send_all(world, "jobs", 1, 2, 3)

    async def script(c: DeskContext) -> list[Any]:
        seen: list[Any] = []
        async for delivery in c.queues.jobs.iter(signal=signal):
            seen.append(delivery.body)
            if len(seen) == 2:
                signal.abort()
        return seen

    assert await world.run(script) == [1, 2]
    assert await world.run(drain) == [3]


async def test_an_iteration_over_all_queues_waits_for_more(world: DeskWorld) -> None:
    async def script(c: DeskContext) -> list[Any]:
        seen: list[Any] = []
        async for delivery in c.queues.iter():
            seen.append(delivery.body)
            if len(seen) == 3:
                break
        return seen

    waiting = world.start(script)
    for queue, number in zip(("jobs", "other", "once"), itertools.count()):
        await world.send(queue, number)
    assert await waiting == [0, 1, 2]


async def test_waiting_for_a_message_leaves_it_where_it_is(world: DeskWorld) -> None:
    async def script(c: DeskContext) -> Any:
        await c.queues.wait_for_available("jobs")
        await c.queues.jobs.wait_for_available(timeout=0)
        return bodies(await c.queues.jobs.try_next_batch(count=5))

    waiting = world.start(script)
    await settle()
    await world.send("jobs", 1)
    assert await waiting == [1]


async def test_waiting_in_vain_is_an_error(world: DeskWorld) -> None:
    async def script(c: DeskContext) -> None:
        await c.queues.wait_for_available(timeout=1.5)

    waiting = world.start(script)
    await settle()
    await world.clock.advance(1.5)
    with pytest.raises(QueueTimedOutError) as caught:
        await waiting
    assert caught.value.message == "Queue wait timed out after 1500 ms."


async def test_a_negative_timeout_is_refused(world: DeskWorld) -> None:
    async def script(c: DeskContext) -> None:
        await c.queues.jobs.next(timeout=-1)

    with pytest.raises(ValueError, match="negative"):
        await world.run(script)
