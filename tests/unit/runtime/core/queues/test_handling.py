"""Handling messages: what becomes of them when calls end, fail, or complete them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from queue_world import (
    ATTEMPTS,
    JOBS,
    DeskAskMessage,
    DeskAskReply,
    DeskContext,
    DeskWorld,
    bodies,
    drain,
)
from rivetgen_client.errors import InvalidResultError
from rivetgen_runtime.core.queues.errors import (
    AlreadyCompletedError,
    CompleteNotConfiguredError,
    MessageIdentityMismatchError,
    PreviousNotCompletedError,
    QueueMessageInvalidError,
    QueueReadOnlyError,
)
from rivetgen_runtime.core.queues.handles import encode_reply
from rivetgen_runtime.errors import RequestError
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


# What becomes of a message


async def test_a_message_is_gone_when_the_call_that_received_it_has_succeeded(
    world: DeskWorld,
) -> None:
    await world.send("jobs", 1)
    assert await world.run(drain) == [1]
    world.kill()
    assert await world.run(drain) == []


async def test_a_message_is_handled_when_the_next_one_is_asked_for(
    world: DeskWorld,
) -> None:
    await send_all(world, "jobs", 1, 2)

    async def script(c: DeskContext) -> None:
        await c.queues.jobs.next()
        await c.queues.jobs.next()
        raise HandlerError

    with pytest.raises(HandlerError):
        await world.run(script)
    await world.clock.advance(1)
    assert await world.run(drain) == [2]


async def test_state_and_acknowledgement_are_one_batch(world: DeskWorld) -> None:
    """An acknowledged message whose effect was lost: defect 1 of official servers."""
    await world.send("jobs", 5)

    async def script(c: DeskContext) -> None:
        delivery = await c.queues.jobs.next()
        assert delivery is not None
        c.state.total += delivery.body
        await c.kv.put("last", "5")
        await delivery.complete()

    await world.run(script)
    last = world.commits.batches[-1]
    assert len(last.writes) == 4, last
    world.kill()

    async def total(c: DeskContext) -> int:
        return c.state.total

    assert (await world.run(total), await world.run(drain)) == (5, [])


async def test_a_failed_delivery_is_tried_again_after_a_growing_wait(
    world: DeskWorld,
) -> None:
    await world.send("kept", "poison")

    async def fail(c: DeskContext) -> None:
        delivery = await c.queues.kept.next()
        assert delivery is not None
        attempts.append(delivery.attempt)
        raise HandlerError

    attempts: list[int] = []
    for wait_s in (1, 2, 4):
        with pytest.raises(HandlerError):
            await world.run(fail)
        await world.clock.advance(wait_s - 0.1)
        assert await world.run(drain) == []
        await world.clock.advance(0.1)
    assert attempts == [1, 2, 3]
    assert await world.run(drain) == ["poison"]


async def test_a_receiver_that_waits_gets_a_message_when_its_backoff_is_over(
    world: DeskWorld,
) -> None:
    await world.send("jobs", 1)

    async def fail(c: DeskContext) -> None:
        await c.queues.jobs.next()
        raise HandlerError

    async def wait(c: DeskContext) -> Any:
        delivery = await c.queues.jobs.next()
        return None if delivery is None else delivery.attempt

    with pytest.raises(HandlerError):
        await world.run(fail)
    waiting = world.start(wait)
    await settle()
    await world.clock.advance(1)
    assert await waiting == 2


async def test_a_sleeping_actor_wakes_for_a_message_whose_backoff_is_over(
    world: DeskWorld,
) -> None:
    await world.send("jobs", 1)

    async def fail(c: DeskContext) -> None:
        await c.queues.jobs.next()
        raise HandlerError

    async def alarm_in_ms() -> int | None:
        stored = await world.store.record(record.actor_id)
        alarm_at_ms = None if stored is None else stored.alarm_at_ms
        return None if alarm_at_ms is None else alarm_at_ms - world.clock.now_ms()

    with pytest.raises(HandlerError):
        await world.run(fail)
    record = await world.locate("desk")
    await world.host.sleep(record.actor_id)
    assert await alarm_in_ms() == 1000
    world.kill()
    await world.clock.advance(1)
    assert await world.run(drain) == [1]
    assert await alarm_in_ms() is None


async def test_a_poison_message_does_not_hold_up_the_others(world: DeskWorld) -> None:
    """It blocked the queue for ever: defect 19 of official servers."""
    await send_all(world, "jobs", "poison", "good")

    async def handle(c: DeskContext) -> Any:
        delivery = await c.queues.jobs.next(timeout=0)
        if delivery is not None and delivery.body == "poison":
            raise HandlerError
        return None if delivery is None else delivery.body

    with pytest.raises(HandlerError):
        await world.run(handle)
    assert await world.run(handle) == "good"


async def test_a_message_that_failed_often_enough_goes_to_the_dead_letters(
    world: DeskWorld,
) -> None:
    await world.send("jobs", "poison")

    async def fail(c: DeskContext) -> None:
        await c.queues.jobs.next(timeout=0)
        raise HandlerError

    for _ in range(ATTEMPTS):
        with pytest.raises(HandlerError):
            await world.run(fail)
        await world.clock.advance(60)
    world.kill()

    async def dead(c: DeskContext) -> Any:
        jobs = await c.queues.jobs.try_next_batch(count=9)
        failed = await c.queues.failed.try_next_batch(count=9)
        return [bodies(jobs), [[each.id, each.body, each.attempt] for each in failed]]

    assert await world.run(dead) == [[], [[2, "poison", 1]]]


async def test_without_a_place_for_dead_letters_no_message_is_given_up(
    world: DeskWorld,
) -> None:
    await world.send("kept", "poison")

    async def fail(c: DeskContext) -> None:
        await c.queues.kept.next(timeout=0)
        raise HandlerError

    for _ in range(3 * ATTEMPTS):
        with pytest.raises(HandlerError):
            await world.run(fail)
        await world.clock.advance(60)
    assert await world.run(drain) == ["poison"]


async def test_at_most_once_is_gone_however_the_call_ends(world: DeskWorld) -> None:
    await world.send("once", 1)

    async def fail(c: DeskContext) -> None:
        await c.queues.once.next()
        raise HandlerError

    with pytest.raises(HandlerError):
        await world.run(fail)
    world.kill()
    assert await world.run(drain) == []


# Completing


async def test_a_message_that_was_not_completed_is_at_the_head_again(
    world: DeskWorld,
) -> None:
    await send_all(world, "once", 1, 2)

    async def leave(c: DeskContext) -> Any:
        delivery = await c.queues.once.next(completable=True)
        return None if delivery is None else [delivery.body, delivery.attempt]

    assert await world.run(leave) == [1, 1]
    assert await world.run(leave) == [1, 2]
    assert await world.run(drain) == [1, 2]


async def test_the_next_message_is_refused_while_one_is_not_completed(
    world: DeskWorld,
) -> None:
    await send_all(world, "jobs", 1, 2)

    async def script(c: DeskContext) -> Any:
        first = await c.queues.jobs.next(completable=True)
        with pytest.raises(PreviousNotCompletedError):
            await c.queues.jobs.next(timeout=0)
        assert first is not None
        await first.complete()
        second = await c.queues.jobs.next(timeout=0)
        return None if second is None else second.body

    assert await world.run(script) == 2


async def test_a_batch_is_completed_in_any_order(world: DeskWorld) -> None:
    await send_all(world, "jobs", 1, 2, 3)

    async def script(c: DeskContext) -> None:
        batch = await c.queues.jobs.next_batch(count=3, completable=True)
        for delivery in reversed(batch):
            with pytest.raises(PreviousNotCompletedError):
                await c.queues.jobs.try_next()
            await delivery.complete()
        assert await c.queues.jobs.try_next() is None

    await world.run(script)


async def test_a_message_is_completed_once(world: DeskWorld) -> None:
    await world.send("jobs", 1)

    async def script(c: DeskContext) -> None:
        delivery = await c.queues.jobs.next(completable=True)
        assert delivery is not None
        await delivery.complete()
        await delivery.complete()

    with pytest.raises(AlreadyCompletedError):
        await world.run(script)


async def test_a_message_is_completed_by_its_id(world: DeskWorld) -> None:
    await send_all(world, "jobs", 1, 2)

    async def script(c: DeskContext) -> Any:
        delivery = await c.queues.jobs.next(completable=True)
        assert delivery is not None
        with pytest.raises(MessageIdentityMismatchError):
            await c.queues.other.complete(delivery.id)
        await c.queues.jobs.complete(delivery.id)
        await c.queues.jobs.complete(delivery.id)
        return bodies(await c.queues.jobs.try_next_batch(count=9))

    assert await world.run(script) == [2]


async def test_a_reply_that_does_not_fit_leaves_the_message_to_be_completed(
    world: DeskWorld,
) -> None:
    asking = await world.ask()

    async def script(c: DeskContext) -> None:
        delivery = await c.queues.ask.next()
        assert delivery is not None
        with pytest.raises(InvalidResultError):
            await delivery.complete({"answer": 5})  # type: ignore[arg-type]
        await delivery.complete(DeskAskReply(answer="yes"))

    await world.run(script)
    assert (await asking).reply == {"answer": "yes"}


def test_a_reply_to_a_queue_without_replies_is_refused() -> None:
    with pytest.raises(CompleteNotConfiguredError):
        encode_reply(JOBS, "a reply")


async def test_messages_with_replies_have_to_be_completed(world: DeskWorld) -> None:
    await world.send("ask", {"question": "?"})
    await world.send("ask", {"question": "!"})

    async def script(c: DeskContext) -> None:
        await c.queues.ask.next()
        await c.queues.ask.next()

    with pytest.raises(PreviousNotCompletedError):
        await world.run(script)


# Own messages, and what is not possible


async def test_an_actor_sends_to_itself_in_the_same_commit_as_its_state(
    world: DeskWorld,
) -> None:
    async def script(c: DeskContext) -> Any:
        c.state.total += 1
        first = await c.queues.jobs.send("a")
        second = await c.queues.other.send("b")
        received = await c.queues.next()
        return [first, second, None if received is None else received.body]

    assert await world.run(script) == [1, 2, "a"]
    assert await world.run(drain) == ["b"]


async def test_an_actor_waits_for_a_reply_of_its_own(world: DeskWorld) -> None:
    async def answer(c: DeskContext) -> None:
        delivery = await c.queues.ask.next()
        assert delivery is not None
        await delivery.complete(DeskAskReply(answer=delivery.body.question))

    async def ask(c: DeskContext) -> str:
        outcome = await c.queues.ask.request(DeskAskMessage(question="me"))
        return repr(outcome)

    answering = world.start(answer)
    assert await world.run(ask) == repr_completed("me")
    await answering


def repr_completed(answer: str) -> str:
    return f"Completed(reply={DeskAskReply(answer=answer)!r})"


async def test_a_request_of_its_own_times_out_and_stays(world: DeskWorld) -> None:
    async def ask(c: DeskContext) -> str:
        outcome = await c.queues.ask.request(DeskAskMessage(question="me"), timeout=3)
        return repr(outcome)

    asking = world.start(ask)
    await settle()
    await world.clock.advance(3)
    assert await asking == "TimedOut()"

    async def look(c: DeskContext) -> Any:
        delivery = await c.queues.ask.next(timeout=0)
        return None if delivery is None else delivery.body.question

    assert await world.run(look) == "me"


async def test_a_read_only_action_does_not_use_queues(world: DeskWorld) -> None:
    async def send(c: DeskContext) -> None:
        await c.queues.jobs.send(1)

    async def receive(c: DeskContext) -> None:
        await c.queues.jobs.next(timeout=0)

    for script in (send, receive):
        with pytest.raises(QueueReadOnlyError):
            await world.run(script, action="look")


async def test_a_message_of_another_version_of_the_schema_is_put_aside(
    world: DeskWorld,
) -> None:
    async def send(c: DeskContext) -> None:
        c.receiver.queues.send("ask", b"\x05")
        await c.queues.jobs.send("good")

    async def receive(c: DeskContext) -> Any:
        return bodies(await c.queues.try_next_batch("ask", "jobs", count=9))

    await world.run(send)
    with pytest.raises(QueueMessageInvalidError):
        await world.run(receive)
    assert await world.run(receive) == ["good"]


# Turns that are undone


async def test_a_turn_that_is_undone_takes_back_what_queues_did(
    world: DeskWorld,
) -> None:
    await world.send("jobs", 1)
    asking = await world.ask()

    async def script(c: DeskContext) -> None:
        asked = await c.queues.ask.next()
        assert asked is not None
        await asked.complete(DeskAskReply(answer="too early"))
        await c.queues.other.send("never")
        c.state.total = "no number"  # type: ignore[assignment]

    with pytest.raises(RequestError, match="state_invalid"):
        await world.run(script)
    assert not asking.done()
    assert await world.run(drain) == [1]
    await world.clock.advance(1)

    async def answer(c: DeskContext) -> None:
        delivery = await c.queues.ask.next()
        assert delivery is not None
        assert delivery.attempt == 2
        await delivery.complete(DeskAskReply(answer="now"))

    await world.run(answer)
    assert (await asking).reply == {"answer": "now"}
