"""Messages from outside: who may send, what is refused, who gets which answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from queue_world import (
    ATTEMPTS,
    MAX_QUEUE_SIZE,
    DeskAskReply,
    DeskBase,
    DeskConnection,
    DeskContext,
    DeskWorld,
    bodies,
    drain,
)
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.queues.rows import stored_size
from rivetgen_runtime.errors import RequestError, StorageFullError
from rivetgen_runtime.options import QueueLimits
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from rivetgen_client.transport import QueueAnswer


class HandlerError(Exception):
    """What a handler of a test raises."""


@pytest.fixture
async def world() -> DeskWorld:
    return DeskWorld()


async def answer_one(c: DeskContext) -> Any:
    """Answer the next question with itself."""
    delivery = await c.queues.ask.next()
    assert delivery is not None
    await delivery.complete(DeskAskReply(answer=delivery.body.question))
    return delivery.id


async def fail_one(c: DeskContext) -> None:
    """Receive a question and fail."""
    await c.queues.ask.next(timeout=0)
    raise HandlerError


async def refused(sending: Any) -> RequestError:
    with pytest.raises(RequestError) as caught:
        await sending
    return caught.value


def reply_of(answer: QueueAnswer) -> Any:
    return answer.reply["answer"] if isinstance(answer.reply, dict) else answer.reply


# What is refused


async def test_a_message_to_a_queue_that_is_not_declared_is_refused(
    world: DeskWorld,
) -> None:
    """It was answered as completed, and dropped: defect 2 of official servers."""
    error = await refused(world.send("jbos", 1, waits=True))
    assert (error.body.name, error.status) == ("queue.not_found", 404)
    assert error.body.metadata == {"name": "jbos"}


async def test_a_message_that_does_not_fit_the_schema_is_refused(
    world: DeskWorld,
) -> None:
    error = await refused(world.send("ask", {"question": 5}))
    assert (error.body.name, error.status) == ("actor.validation_error", 400)


async def test_a_full_queue_refuses_messages_and_counts_those_being_handled(
    world: DeskWorld,
) -> None:
    for number in range(MAX_QUEUE_SIZE):
        await world.send("jobs", number)

    async def script(c: DeskContext) -> None:
        await c.queues.jobs.next(completable=True)
        error = await refused(world.send("other", 1))
        assert (
            error.body.message == f"Queue is full. Limit is {MAX_QUEUE_SIZE} messages."
        )
        assert error.body.metadata == {"limit": MAX_QUEUE_SIZE}
        assert error.status == 400

    await world.run(script)


async def test_the_size_of_a_message_is_counted_as_by_official_servers(
    world: DeskWorld,
) -> None:
    assert stored_size("a", b"x" * 82) == 99
    assert stored_size("a", b"x" * 47) == 64
    assert stored_size("a", b"x" * 200) == 2 + 2 + 202 + 12
    error = await refused(world.send("jobs", "x" * 200))
    assert error.body.name == "queue.message_too_large"
    assert error.body.metadata == {"size": 223, "limit": 200}


async def test_a_key_that_is_too_long_is_refused(world: DeskWorld) -> None:
    error = await refused(world.send("jobs", 1, idempotency_key="k" * 256))
    assert (error.body.name, error.status) == ("queue.key_too_long", 400)


class Guarded(DeskBase):
    """Lets some send."""

    allowed = True
    delay_s = 0.0

    async def can_publish_guarded(self, c: DeskContext) -> bool:
        """Look at the connection."""
        assert c.has_conn
        if self.delay_s:
            await asyncio.get_running_loop().create_future()
        return self.allowed


class Closed(Guarded):
    """Lets nobody send."""

    allowed = False


class Slow(Guarded):
    """Never decides."""

    delay_s = 1.0


async def test_a_guard_decides_who_may_send() -> None:
    assert (await DeskWorld(Guarded).send("guarded", 1)).is_completed
    error = await refused(DeskWorld(Closed).send("guarded", 1))
    assert (error.body.name, error.status) == ("auth.forbidden", 403)


async def test_a_guard_has_as_long_as_a_connection() -> None:
    world = DeskWorld(Slow)
    sending = asyncio.create_task(world.send("guarded", 1))
    await settle()
    await world.clock.advance(5)
    assert (await refused(sending)).body.code == "callback_timed_out"


class Welcoming(DeskBase):
    """Notes who comes and goes."""

    seen: list[str]

    async def on_connect(self, c: DeskContext, conn: DeskConnection) -> None:  # noqa: ARG002
        """Note it."""
        type(self).seen.append("connect")

    async def on_disconnect(self, c: DeskContext, conn: DeskConnection) -> None:  # noqa: ARG002
        """Note it."""
        type(self).seen.append("disconnect")


async def test_a_message_comes_on_a_connection_of_its_own() -> None:
    Welcoming.seen = []
    await DeskWorld(Welcoming).send("jobs", 1)
    await settle()
    assert Welcoming.seen == ["connect", "disconnect"]


# Answers


async def test_without_wait_the_answer_is_there_when_the_message_is_durable(
    world: DeskWorld,
) -> None:
    await world.locate("desk")
    world.commits.hold()
    sending = asyncio.create_task(world.send("jobs", 1))
    await settle()
    assert not sending.done()
    await world.commits.let_go()
    assert (await sending).is_completed


async def test_a_message_that_could_not_be_stored_is_an_error(
    world: DeskWorld,
) -> None:
    await world.locate("desk")
    world.commits.fail(StorageFullError())
    error = await refused(world.send("jobs", 1))
    assert error.body.name == "rivetgen.storage_full"
    world.commits.fail(None)
    assert await world.run(drain) == []


async def test_the_answer_to_a_sender_waits_for_the_commit_of_what_it_speaks_of(
    world: DeskWorld,
) -> None:
    asking = await world.ask("why")
    world.commits.hold()
    answering = world.start(answer_one)
    await settle()
    assert not asking.done()
    await world.commits.let_go()
    await world.commits.let_go()
    assert reply_of(await asking) == "why"
    await answering


async def test_a_sender_stops_waiting_and_its_message_stays(world: DeskWorld) -> None:
    asking = await world.ask(wait_s=2)
    await world.clock.advance(2)
    answer = await asking
    assert (answer.is_completed, answer.reply) == (False, UNDEFINED)
    assert await world.run(answer_one) == 1


async def test_a_sender_that_does_not_want_to_wait_at_all_gets_no_reply(
    world: DeskWorld,
) -> None:
    answer = await (await world.ask(wait_s=0))
    assert not answer.is_completed


async def test_a_wait_is_limited_by_the_time_limit_of_actions(
    world: DeskWorld,
) -> None:
    asking = await world.ask()
    await world.clock.advance(60)
    error = await refused(asking)
    assert (error.body.name, error.status) == ("actor.action_timed_out", 408)
    assert await world.run(answer_one) == 1


async def test_a_message_without_reply_completes_its_sender(world: DeskWorld) -> None:
    sending = asyncio.create_task(world.send("jobs", 1, waits=True))
    await settle()
    await world.run(drain)
    answer = await sending
    assert (answer.is_completed, answer.reply) == (True, UNDEFINED)


async def test_a_sender_learns_that_every_delivery_failed(world: DeskWorld) -> None:
    asking = await world.ask(idempotency_key="k")
    for _ in range(ATTEMPTS):
        with pytest.raises(HandlerError):
            await world.run(fail_one)
        await world.clock.advance(10)
    assert (await refused(asking)).body.name == "queue.message_failed"
    again = await world.ask(idempotency_key="k")
    assert (await refused(again)).body.name == "queue.message_failed"


async def test_a_sender_keeps_waiting_while_the_actor_sleeps(world: DeskWorld) -> None:
    asking = await world.ask("still there", wait_s=50)
    record = await world.locate("desk")
    await world.host.sleep(record.actor_id)
    await settle()
    await world.run(answer_one)
    assert reply_of(await asking) == "still there"


async def test_a_sender_learns_that_the_actor_was_destroyed(world: DeskWorld) -> None:
    asking = await world.ask()
    record = await world.locate("desk")
    await world.host.destroy(record.actor_id)
    assert (await refused(asking)).body.name == "actor.not_found"


# Keys


async def test_a_message_that_is_sent_again_is_stored_once(world: DeskWorld) -> None:
    """A retry enqueued it twice: defect 20 of official servers."""
    for _ in range(3):
        assert (await world.send("jobs", 1, idempotency_key="k")).is_completed
    await world.send("jobs", 2, idempotency_key="other")
    await world.send("other", 3, idempotency_key="k")
    assert await world.run(drain) == [1, 2, 3]


async def test_everyone_who_sends_the_same_message_gets_the_same_reply(
    world: DeskWorld,
) -> None:
    asking = [await world.ask("why", idempotency_key="k") for _ in range(3)]
    await world.run(answer_one)
    assert {reply_of(await task) for task in asking} == {"why"}


async def test_a_reply_survives_the_death_of_the_process(world: DeskWorld) -> None:
    asking = await world.ask("why", idempotency_key="k")
    await world.run(answer_one)
    await asking
    world.kill()
    again = await world.ask("why", idempotency_key="k")
    assert reply_of(await again) == "why"
    assert await world.run(drain) == []


async def test_a_message_that_was_stored_before_a_crash_is_waited_for_after_it(
    world: DeskWorld,
) -> None:
    await world.ask("why", idempotency_key="k")
    world.kill()
    again = await world.ask("why", idempotency_key="k")
    assert await world.run(answer_one) == 1
    assert reply_of(await again) == "why"


async def test_keys_are_forgotten_after_their_window(world: DeskWorld) -> None:
    window_s = QueueLimits().key_window_s
    await world.send("jobs", 1, idempotency_key="k")
    await world.clock.advance(window_s - 1)
    await world.send("jobs", 2, idempotency_key="k")
    await world.clock.advance(1)
    await world.send("jobs", 3, idempotency_key="k")
    assert await world.run(drain) == [1, 3]


async def test_the_oldest_keys_are_forgotten_when_there_are_too_many() -> None:
    world = DeskWorld(queues=QueueLimits(kept_keys=2))
    for key in ("a", "b", "c", "b", "a"):
        await world.send("jobs", key, idempotency_key=key)
    assert await world.run(drain) == ["a", "b", "c", "a"]
    world.kill()
    await world.send("jobs", "c", idempotency_key="c")
    assert await world.run(drain) == []


async def test_the_oldest_replies_are_forgotten_when_they_are_too_large() -> None:
    world = DeskWorld(queues=QueueLimits(kept_replies_bytes=60))
    for key in ("a", "b"):
        asking = await world.ask(key * 30, idempotency_key=key)
        await world.run(answer_one)
        await asking
    again = await world.ask("b" * 30, idempotency_key="b")
    assert reply_of(await again) == "b" * 30
    anew = await world.ask("a" * 30, idempotency_key="a")
    assert await world.run(answer_one) == 3
    await anew


async def test_actors_do_not_share_keys(world: DeskWorld) -> None:
    await world.send("jobs", 1, idempotency_key="k", key="a")
    await world.send("jobs", 2, idempotency_key="k", key="b")

    async def take(c: DeskContext) -> Any:
        return bodies(await c.queues.jobs.try_next_batch(count=9))

    assert await world.run(take, key="a") == [1]
    assert await world.run(take, key="b") == [2]
