"""The process dies at every commit of a queue's work; what was promised is kept."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

import pytest

from queue_world import (
    ATTEMPTS,
    DeskAskReply,
    DeskContext,
    DeskWorld,
    bodies,
    drain,
)
from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def never() -> None:
    await asyncio.get_running_loop().create_future()


async def killed_while(
    world: DeskWorld, work: Callable[[DeskContext], Awaitable[object]]
) -> None:
    """Run a script, and kill the process while it waits for ever."""
    running = world.start(work)
    await settle()
    world.kill()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def take(c: DeskContext) -> list[list[Any]]:
    batch = await c.queues.try_next_batch("jobs", "once", "kept", count=9)
    return [[delivery.body, delivery.attempt] for delivery in batch]


async def test_a_message_that_was_received_is_delivered_again_after_a_crash() -> None:
    world = DeskWorld()
    for queue in ("jobs", "once"):
        await world.send(queue, queue)

    async def work(c: DeskContext) -> None:
        await c.queues.next_batch("jobs", "once", count=2)
        await never()

    await killed_while(world, work)
    assert await world.run(take) == [["jobs", 2]]


async def test_a_message_that_kills_the_process_is_put_aside() -> None:
    world = DeskWorld()
    await world.send("jobs", "poison")
    seen: list[int] = []

    async def work(c: DeskContext) -> None:
        delivery = await c.queues.jobs.next()
        assert delivery is not None
        seen.append(delivery.attempt)
        await never()

    for _ in range(ATTEMPTS):
        await killed_while(world, work)
        await world.clock.advance(10)

    async def dead(c: DeskContext) -> list[Any]:
        return bodies(await c.queues.failed.try_next_batch(count=9))

    assert await world.run(dead) == ["poison"]
    assert seen == [1, 2, 3]
    assert await world.run(drain) == []


async def test_a_crash_loop_is_slowed_down_from_the_second_crash_on() -> None:
    world = DeskWorld()
    await world.send("kept", "poison")

    async def work(c: DeskContext) -> None:
        await c.queues.kept.next()
        await never()

    await killed_while(world, work)
    await killed_while(world, work)
    assert await world.run(take) == []
    await world.clock.advance(1)
    assert await world.run(take) == [["poison", 3]]


async def test_a_delivery_that_is_not_durable_was_not_made() -> None:
    world = DeskWorld()
    await world.send("jobs", 1)
    world.commits.hold()
    seen: list[object] = []

    async def work(c: DeskContext) -> None:
        seen.append(await c.queues.jobs.next())

    await killed_while(world, work)
    assert seen == []
    assert await world.run(take) == [[1, 1]]


@pytest.mark.parametrize("queue", ["once", "jobs"])
async def test_a_sleep_does_not_count_as_a_delivery(queue: str) -> None:
    world = DeskWorld()
    await world.send(queue, 1)

    async def work(c: DeskContext) -> None:
        await c.queues.next(queue, completable=True)
        c.sleep()
        await never()

    working = world.start(work)
    await settle()
    await world.clock.advance(20)
    with pytest.raises(RequestError):
        await working
    assert await world.run(take) == [[1, 1]]


@pytest.mark.parametrize("ticks", range(10))
async def test_an_answer_that_a_sender_has_is_never_taken_back(ticks: int) -> None:
    """The state change behind an answer was lost: defect 1 of official servers."""
    world = DeskWorld()
    asking = await world.ask("why", idempotency_key="k")

    async def work(c: DeskContext) -> None:
        delivery = await c.queues.ask.next()
        assert delivery is not None
        c.state.total += 1
        await delivery.complete(DeskAskReply(answer="because"))
        for _ in range(ticks):
            await asyncio.sleep(0)
        world.commits.hold()
        await never()

    await killed_while(world, work)

    async def total(c: DeskContext) -> int:
        return c.state.total

    is_answered = asking.done()
    asking.cancel()
    state = await world.run(total)
    again = await world.ask("why", idempotency_key="k", wait_s=0)
    assert (await again).is_completed == bool(state)
    assert state or not is_answered


async def until_killed(
    world: DeskWorld, rng: random.Random, *work: Awaitable[object]
) -> None:
    """Run work for a while, and kill the process between two steps of it."""
    running = [asyncio.ensure_future(each) for each in work]
    for _ in range(rng.randrange(5, 60)):
        await asyncio.sleep(0)
    if rng.random() < 0.5:
        world.commits.hold()
        await settle()
    world.kill()
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    await world.clock.advance(60)


@pytest.mark.parametrize("seed", range(40))
async def test_random_crashes_lose_no_message_and_complete_none_twice(
    seed: int,
) -> None:
    rng = random.Random(seed)
    world = DeskWorld()
    promised: set[int] = set()
    wishes = iter(range(1000))

    async def client() -> None:
        for number in wishes:
            await world.send("kept", number, idempotency_key=str(number))
            promised.add(number)
            for _ in range(rng.randrange(3)):
                await asyncio.sleep(0)

    async def worker(c: DeskContext) -> None:
        async for delivery in c.queues.kept.iter(completable=True):
            await asyncio.sleep(0)
            c.state.total += 1
            await c.kv.put(str(delivery.body), str(delivery.id))
            await delivery.complete()

    for _ in range(4):
        await until_killed(world, rng, client(), world.run(worker))

    async def outcome(c: DeskContext) -> list[Any]:
        handled = [key for key, _ in await c.kv.list_prefix("")]
        waiting = bodies(await c.queues.kept.try_next_batch(count=999))
        return [c.state.total, handled, waiting]

    total, handled, waiting = cast("Any", await world.run(outcome))
    found: Counter[int] = Counter([*map(int, handled), *waiting])
    assert promised <= set(found)
    assert set(found.values()) <= {1}
    assert total == len(handled)
