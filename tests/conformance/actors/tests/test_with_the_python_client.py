"""The fixture actors, driven by the generated Python client."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from fixtures_client import (
    Completion,
    DetailedError,
    FixturesClient,
    Items,
    NamedCount,
    TryStepFailure,
    WorkflowNestedLoopActorWorkflowNestedMessage,
    WorkflowNestedLoopActorWorkflowNestedReply,
)
from rivetgen_client import (
    ActorError,
    Completed,
    DuplicateKeyError,
    InvalidArgumentsError,
)

SLEEP_S = 1.3
PATIENCE_S = 10.0


async def eventually(check: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await check():
            await asyncio.sleep(0.05)


async def test_a_counter_counts(client: FixturesClient, key: list[str]) -> None:
    counter = client.counter.get_or_create(parts=key)
    assert await counter.increment(5) == 5
    assert await counter.set_count(2) == 2
    assert await client.counter.get(parts=key).get_count() == 2
    assert await counter.get_key() == key


async def test_a_key_is_taken_once(client: FixturesClient, key: list[str]) -> None:
    await client.counter.create(parts=key)
    with pytest.raises(DuplicateKeyError):
        await client.counter.create(parts=key)


async def test_every_listener_hears_every_count(
    client: FixturesClient, key: list[str]
) -> None:
    handle = client.counter.get_or_create(parts=key)
    async with handle.connect() as first, handle.connect() as second:
        heard = [each.events.new_count.listen() for each in (first, second)]
        await asyncio.gather(first.get_count(), second.get_count())
        await first.increment(5)
        await second.increment(3)
        for counts in heard:
            assert [await anext(counts), await anext(counts)] == [5, 8]


async def test_errors_keep_what_they_may_say(
    client: FixturesClient, key: list[str]
) -> None:
    actor = client.error_handling_actor.get_or_create(parts=key)
    with pytest.raises(ActorError, match="Simple error message") as simple:
        await actor.throw_simple_error()
    assert (simple.value.group, simple.value.code) == ("user", "user_error")
    with pytest.raises(DetailedError) as detailed:
        await actor.throw_detailed_error()
    assert detailed.value.metadata.reason == "test"
    with pytest.raises(ActorError, match="An internal error occurred"):
        await actor.throw_internal_error()
    with pytest.raises(ActorError, match="(?i)timed out"):
        await actor.timeout_action()


async def test_wrong_arguments_do_not_leave_the_client(
    client: FixturesClient, key: list[str]
) -> None:
    wrong: object = "5"
    with pytest.raises(InvalidArgumentsError):
        await client.counter.get_or_create(parts=key).increment(wrong)  # type: ignore[arg-type] # on purpose


async def test_large_messages_are_refused(
    client: FixturesClient, key: list[str]
) -> None:
    actor = client.large_payload_actor.get_or_create(parts=key)
    text = "with some additional text to increase size"
    items = [f"Item {number} {text}" for number in range(1500)]
    with pytest.raises(ActorError) as incoming:
        await actor.process_large_request(Items(items=items))
    assert incoming.value.code == "incoming_too_long"
    with pytest.raises(ActorError) as outgoing:
        await actor.get_large_response(20_000)
    assert outgoing.value.code == "outgoing_too_long"


async def test_connections_have_parameters(
    client: FixturesClient, key: list[str]
) -> None:
    named = client.counter_with_params.get_or_create(parts=key, name="ada")
    async with named.connect() as connection:
        counts = connection.events.new_count.listen()
        assert await connection.increment(2) == 2
        assert await anext(counts) == NamedCount(count=2, by="ada")


async def test_an_actor_sleeps_and_keeps_its_state(
    client: FixturesClient, key: list[str]
) -> None:
    actor = client.sleep.get_or_create(parts=key)
    assert (await actor.get_counts()).start_count == 1
    await asyncio.sleep(SLEEP_S)
    counts = await actor.get_counts()
    assert (counts.start_count, counts.sleep_count) == (2, 1)


async def test_an_alarm_wakes_an_actor(client: FixturesClient, key: list[str]) -> None:
    actor = client.sleep.get_or_create(parts=key)
    await actor.set_alarm(1_500)
    await asyncio.sleep(2 * SLEEP_S)
    counts = await actor.get_counts()
    assert counts.start_count >= 2
    assert counts.sleep_count >= 1


async def test_a_destroyed_actor_is_gone(
    client: FixturesClient, key: list[str]
) -> None:
    actor = client.destroy_actor.get_or_create(parts=key)
    old_id = await actor.resolve()
    assert await actor.set_value(5) == 5
    await actor.destroy()
    observer = client.destroy_observer.get_or_create(parts=["observer"])
    await eventually(lambda: observer.was_destroyed(key[0]))

    async def is_new() -> bool:
        return await client.destroy_actor.get_or_create(parts=key).resolve() != old_id

    await eventually(is_new)
    assert await client.destroy_actor.get(parts=key).get_value() == 0


async def test_a_run_handler_may_send_its_actor_to_sleep(
    client: FixturesClient, key: list[str]
) -> None:
    actor = client.run_self_initiated_sleep.get_or_create(parts=key)

    async def ran_twice() -> bool:
        state = await actor.get_state()
        return (state.run_count, state.sleep_count) == (2, 1)

    await eventually(ran_twice)


async def test_raw_requests_are_answered(
    client: FixturesClient, key: list[str]
) -> None:
    actor = client.raw_http_actor.get_or_create(parts=key)
    response = await actor.fetch("api/hello")
    assert response.json() == {"message": "Hello from actor!"}
    assert (await actor.fetch("nothing")).status_code == 404


async def test_raw_sockets_talk(client: FixturesClient, key: list[str]) -> None:
    actor = client.raw_web_socket_actor.get_or_create(parts=key)
    async with actor.web_socket("some/path") as socket:
        welcome = json.loads(await socket.receive())
        assert welcome == {"type": "welcome", "connectionCount": 1}
        await socket.send(json.dumps({"type": "ping"}))
        assert json.loads(await socket.receive())["type"] == "pong"


async def test_a_database_keeps_rows(client: FixturesClient, key: list[str]) -> None:
    actor = client.db_actor_raw.get_or_create(parts=key)
    await actor.insert_value("first")
    assert await actor.get_count() == 1


async def test_a_workflow_goes_on_and_guards_its_steps(
    client: FixturesClient, key: list[str]
) -> None:
    actor = client.workflow_counter_actor.get_or_create(parts=key)

    async def went_on() -> bool:
        run = await actor.get_state()
        assert run.history == [*range(1, run.run_count + 1)]
        return run.run_count >= 2 and run.guard_triggered

    await eventually(went_on)


async def test_a_workflow_answers_whoever_waits(
    client: FixturesClient, key: list[str]
) -> None:
    actor = client.workflow_queue_actor.get_or_create(parts=key)
    queue = actor.queues.workflow_default
    assert await queue.request({"value": 1}) == Completed({"echo": {"value": 1}})
    answer = await actor.send_and_wait({"value": 2})
    assert answer == Completion(status="completed", response={"echo": {"value": 2}})
    assert await actor.get_messages() == [{"value": 1}, {"value": 2}]


async def test_a_workflow_handles_message_after_message(
    client: FixturesClient, key: list[str]
) -> None:
    actor = client.workflow_nested_loop_actor.get_or_create(parts=key)
    for items in (["a", "b"], ["c"]):
        message = WorkflowNestedLoopActorWorkflowNestedMessage(items=[*items])
        reply = WorkflowNestedLoopActorWorkflowNestedReply(processed=len(items))
        outcome = await actor.queues.workflow_nested.request(message)
        assert outcome == Completed(reply)
    assert (await actor.get_state()).processed == ["a", "b", "c"]


async def test_a_workflow_recovers_from_failures(
    client: FixturesClient, key: list[str]
) -> None:
    actor = client.workflow_try_actor.get_or_create(parts=key)

    async def recovered() -> bool:
        state = await actor.get_state()
        return state.try_join_failure == "join:parallel"

    await eventually(recovered)
    failure = TryStepFailure(kind="exhausted", message="card declined", attempts=1)
    assert (await actor.get_state()).try_step_failure == failure


async def test_an_error_hook_tells_everyone(
    client: FixturesClient, key: list[str]
) -> None:
    actor = client.workflow_error_hook_effects_actor.get_or_create(parts=key)
    async with actor.connect() as connection:
        errors = connection.events.workflow_error.listen()
        await connection.get_error_state()
        await connection.start_workflow()
        told = await anext(errors)
    assert told == await actor.receive_queued_error()
    assert told == (await actor.get_error_state()).last_error
