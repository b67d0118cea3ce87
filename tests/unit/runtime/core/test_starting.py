"""Starting actors: first state, start hooks, and what failures leave behind."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from core_actors import Counter, LabBase, LabContext, LabCreateContext, LabState
from core_world import World
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.directory import Creation
from rivetgen_runtime.core.ports import Area, Batch, PutValue
from rivetgen_runtime.errors import ActorStoppingError, RequestError, UserError
from rivetgen_runtime.testing.manual import settle


class Steps(LabBase):
    """Writes into its state which hooks have run."""

    async def create_state(self, c: LabCreateContext, input: Any) -> LabState:  # noqa: A002, ARG002
        return LabState(notes=[f"create_state {c.key.name} {c.generation}"])

    async def on_create(self, c: LabContext, input: Any) -> None:  # noqa: A002, ARG002
        c.state.notes.append("on_create")

    async def on_wake(self, c: LabContext) -> None:
        c.state.notes.append(f"on_wake {c.generation}")

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return c.state.notes


async def failure(world: World, action: str = "look") -> RequestError:
    with pytest.raises(RequestError) as caught:
        await world.call(action)
    return caught.value


async def test_a_new_actor_passes_the_hooks_in_their_order() -> None:
    assert await World(Steps).call("look") == [
        "create_state a 1",
        "on_create",
        "on_wake 1",
    ]


async def test_a_restarted_actor_only_wakes() -> None:
    world = World(Steps)
    await world.call("look")
    world.crash()
    assert await world.call("look") == [
        "create_state a 1",
        "on_create",
        "on_wake 1",
        "on_wake 2",
    ]


async def test_what_on_create_changes_is_in_the_first_batch() -> None:
    world = World(Steps)
    await world.locate()
    first, second = world.commits.batches
    assert len(first.writes) == 2
    assert b"on_create" in state_of(first)
    assert b"on_wake" not in state_of(first)
    assert b"on_wake 1" in state_of(second)


def state_of(batch: Batch) -> bytes:
    (blob,) = [write.value for write in batch.writes if isinstance(write, PutValue)]
    return blob


async def test_an_actor_is_not_created_before_it_is_durable() -> None:
    world = World(Counter)
    world.commits.hold()
    creation = asyncio.create_task(world.locate("counter"))
    await settle()
    assert not creation.done()
    await world.commits.let_go()
    assert (await creation).generation == 1


async def test_saving_in_on_create_does_not_create_half_an_actor() -> None:
    class Eager(Steps):
        async def on_create(self, c: LabContext, input: Any) -> None:  # noqa: A002, ARG002
            await c.save_state()
            c.wait_until(asyncio.sleep(0))
            await asyncio.sleep(0)
            raise UserError("not today")

    world = World(Eager)
    await failure(world)
    await settle()
    assert world.commits.batches == []


async def test_input_makes_the_first_state_once() -> None:
    world = World(Counter)
    for start in (5, 6):
        target = world.target("counter", input={"start": start})
        record = await world.host.locate(target)
    assert await world.host.call_action(record, "getCount", []) == 5


async def test_absent_input_has_the_defaults_of_the_schema() -> None:
    world = World(Counter)
    record = await world.host.locate(world.target("counter", input=UNDEFINED))
    assert await world.host.call_action(record, "getCount", []) == 0


async def test_input_that_does_not_fit_creates_nothing() -> None:
    world = World(Counter)
    with pytest.raises(RequestError) as caught:
        await world.host.locate(world.target("counter", input={"start": "5"}))
    assert (caught.value.body.name, caught.value.status) == (
        "actor.validation_error",
        400,
    )
    metadata: Any = caught.value.body.metadata
    assert metadata["issues"][0]["path"] == "input.start"
    assert world.commits.batches == []
    assert await world.call("getCount", name="counter") == 0


async def test_a_key_with_other_parts_than_declared_creates_nothing() -> None:
    world = World(Counter)
    target = replace(world.target("counter"), key=("a", "b"))
    with pytest.raises(
        RequestError, match=r"expected 1 parts \(name\), got 2"
    ) as caught:
        await world.host.locate(target)
    assert caught.value.status == 400
    assert world.commits.batches == []


@pytest.mark.parametrize("hook", ["create_state", "on_create"])
async def test_an_actor_whose_creation_fails_does_not_exist(hook: str) -> None:
    attempts: list[str] = []
    original = getattr(Steps, hook)

    async def fail_once(self: Steps, c: Any, input: Any) -> Any:  # noqa: A002
        attempts.append(hook)
        if len(attempts) == 1:
            raise UserError("not today", code="closed")
        return await original(self, c, input)

    world = World(type("Failing", (Steps,), {hook: fail_once}))
    error = await failure(world)
    assert (error.body.name, error.body.message) == ("user.closed", "not today")
    assert world.commits.batches == []
    assert await world.host.find("lab", ("a",)) is None
    result: Any = await world.call("look")
    assert result[-1] == "on_wake 1"


async def test_a_first_state_that_does_not_fit_creates_nothing() -> None:
    class Wrong(LabBase):
        async def create_state(self, c: Any, input: Any) -> Any:  # noqa: A002, ARG002
            return None

    world = World(Wrong)
    assert (await failure(world)).body.name == "rivetgen.state_invalid"
    assert world.commits.batches == []


class Failing(Steps):
    """Its ``on_wake`` raises what the test says, as often as it says."""

    failures: ClassVar[list[Exception]] = []
    wakes: ClassVar[list[float]] = []

    async def on_wake(self, c: LabContext) -> None:
        self.wakes.append(c.generation)
        if self.failures:
            raise self.failures.pop()
        await super().on_wake(c)


def failing_world(*failures: Exception) -> tuple[World, type[Failing]]:
    facts: dict[str, Any] = {"failures": list(failures), "wakes": []}
    actor = type("Here", (Failing,), facts)
    return World(actor), actor


async def test_a_start_that_fails_for_no_reason_of_its_own_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world, actor = failing_world(KeyError("first"), OSError("second"))
    call = asyncio.create_task(world.call("look"))
    await world.clock.advance(0.149)
    assert not call.done()
    await world.clock.advance(0.01)
    # It was created once.
    assert await call == ["create_state a 1", "on_create", "on_wake 2"]
    assert len(actor.wakes) == 3
    assert "first" in caplog.text
    assert "second" in caplog.text


async def test_a_start_that_keeps_failing_tells_so_and_is_tried_by_the_next_call(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world, actor = failing_world(*[KeyError("secret") for _ in range(9)])
    call = asyncio.create_task(world.call("look"))
    await world.clock.advance(5)
    error = call.exception()
    assert isinstance(error, RequestError)
    assert error.body.name == "guard.actor_wake_retries_exceeded"
    metadata: Any = error.body.metadata
    assert metadata["reason"] == "actor_stopped_before_ready"
    assert metadata["wake_retries"] == 8
    assert "secret" not in f"{error.body}"
    assert "secret" in caplog.text
    assert len(actor.wakes) == 9
    assert await world.call("look") == ["create_state a 1", "on_create", "on_wake 2"]


async def test_what_a_start_hook_raises_on_purpose_is_told_at_once() -> None:
    world, actor = failing_world(UserError("closed today", code="closed"))
    error = await failure(world)
    assert (error.body.name, error.body.message) == ("user.closed", "closed today")
    assert len(actor.wakes) == 1


async def test_a_host_that_stops_waits_for_no_further_tries() -> None:
    world, actor = failing_world(*[KeyError() for _ in range(9)])
    call = asyncio.create_task(world.call("look"))
    await settle()
    stopping = asyncio.create_task(world.host.stop())
    await world.clock.advance(0.1)
    assert stopping.done()
    assert isinstance(call.exception(), RequestError)
    assert len(actor.wakes) == 2


@pytest.mark.parametrize(
    ("hook", "limit_s"), [("create_state", 5), ("on_create", 5), ("on_wake", 30)]
)
async def test_start_hooks_have_a_time_limit(hook: str, limit_s: float) -> None:
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    world = World(type("Hanging", (Steps,), {hook: hang}))
    call = asyncio.create_task(world.call("look"))
    await world.clock.advance(limit_s - 0.1)
    assert not call.done()
    await world.clock.advance(0.1)
    error = call.exception()
    assert isinstance(error, RequestError)
    assert error.body.name == "guard.actor_wake_retries_exceeded"


async def test_a_hook_that_awaits_what_it_cancelled_is_an_error() -> None:
    class Cancelling(Steps):
        async def on_wake(self, c: LabContext) -> None:  # noqa: ARG002
            task = asyncio.create_task(asyncio.sleep(1))
            task.cancel()
            await task

    world = World(Cancelling)
    call = asyncio.create_task(world.call("look"))
    await world.clock.advance(5)
    error = call.exception()
    assert isinstance(error, RequestError)
    assert error.body.name == "guard.actor_wake_retries_exceeded"


async def test_callers_wait_while_an_actor_starts() -> None:
    go = asyncio.Event()

    class Slow(Steps):
        async def on_wake(self, c: LabContext) -> None:  # noqa: ARG002
            await go.wait()

    world = World(Slow)
    calls = [asyncio.create_task(world.call("look")) for _ in range(5)]
    await settle()
    assert not any(call.done() for call in calls)
    go.set()
    results = await asyncio.gather(*calls)
    assert results == [["create_state a 1", "on_create"]] * 5


async def test_an_actor_that_gets_a_state_later_makes_it_at_its_next_start() -> None:
    class Before(LabBase):
        definition = replace(LabBase.definition, state=None)

    world = World(Before)
    await world.locate()
    world.actors = (Steps,)
    world.crash()
    assert await world.call("look") == ["create_state a 2", "on_wake 2"]


async def test_a_damaged_state_is_an_error_and_stays_untouched() -> None:
    world = World(Steps)
    record = await world.locate()
    damaged = PutValue(record.actor_id, Area.STATE, b"", b"nonsense")
    await world.store.commit(Batch((damaged,)))
    world.crash()
    assert (await failure(world)).body.name == "rivetgen.storage_corrupt"
    values = await world.store.values(record.actor_id, frozenset({Area.STATE}))
    assert values == {(Area.STATE, b""): b"nonsense"}


async def test_an_actor_that_always_sleeps_at_once_serves_who_woke_it() -> None:
    class Sleepy(Steps):
        async def on_wake(self, c: LabContext) -> None:
            await super().on_wake(c)
            c.sleep()

    world = World(Sleepy)
    for generation in (1, 2, 3):
        result: Any = await world.call("look")
        assert result[-1] == f"on_wake {generation}"
        await world.clock.advance(1)


async def test_destruction_requested_during_creation_takes_effect_after_it() -> None:
    class Shortlived(Steps):
        async def on_create(self, c: LabContext, input: Any) -> None:  # noqa: A002, ARG002
            if c.key.name == "a":
                c.destroy()

    world = World(Shortlived)
    error = await failure(world)
    assert error.body.name == "actor.destroyed_while_waiting_for_ready"
    await settle()
    assert await world.host.find("lab", ("a",)) is None


async def test_destruction_wins_over_sleep_during_the_start() -> None:
    class Torn(Steps):
        async def on_wake(self, c: LabContext) -> None:
            c.sleep()
            c.sleep()
            c.destroy()
            with pytest.raises(ActorStoppingError):
                c.destroy()

    world = World(Torn)
    record = await world.host.create(Creation(name="lab", key=("a",)))
    await settle()
    stored = await world.store.record(record.actor_id)
    assert stored is not None
    assert stored.destroyed_at_ms is not None


async def test_a_constructor_that_fails_is_an_internal_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Failing(LabBase):
        def __init__(self) -> None:
            raise KeyError("secret")

    error = await failure(World(Failing))
    assert error.body.name == "rivetkit.internal_error"
    assert "secret" in caplog.text
