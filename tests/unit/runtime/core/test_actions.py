"""Actions: arguments in, output and errors out, limits on time and number."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from core_actors import LIMIT, Counter, LabBase, LabContext
from core_world import World
from rivetgen_client.errors import ActorError
from rivetgen_client.wire.errors import ErrorBody
from rivetgen_client.wire.keys import serialize_key
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.errors import (
    ActorStoppingError,
    ForbiddenError,
    RequestError,
    UserError,
)
from rivetgen_runtime.options import ActorOptions
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from rivetgen_client.wire.values import Value

MATRIX = Path(__file__).parents[3] / "data" / "wire" / "error_matrix.json"
CASES: list[dict[str, Any]] = json.loads(MATRIX.read_text())["cases"]

# Where the runtime answers otherwise than official servers, and why.
DIFFERENT = {
    # The caller may know which of its arguments was wrong.
    "actor.validation_error",
}


async def failure(
    world: World, action: str, *args: Value, **where: Any
) -> RequestError:
    with pytest.raises(RequestError) as caught:
        await world.call(action, *args, **where)
    return caught.value


async def test_an_action_returns_its_result() -> None:
    world = World(Counter)
    assert await world.call("increment", 2, name="counter") == 2
    assert await world.call("increment", name="counter") == 3
    assert await world.call("getCount", name="counter") == 3


async def test_an_action_without_result_returns_undefined() -> None:
    quiet = {**LabBase.definition.actions}
    binding = quiet["work"]
    action = type(binding.action)("work")
    quiet["work"] = replace(binding, action=action)

    class Quiet(LabBase):
        definition = replace(LabBase.definition, actions=quiet)

        async def work(self, c: LabContext, argument: Any = None) -> Any:  # noqa: ARG002
            return "not declared, not sent"

    assert await World(Quiet).call("work") is UNDEFINED


async def test_integral_floats_are_integers() -> None:
    assert await World(Counter).call("increment", 2.0, name="counter") == 2


async def test_more_arguments_than_declared_are_ignored() -> None:
    assert await World(Counter).call("increment", 2, "more", name="counter") == 2


@pytest.mark.parametrize("wrong", ["5", 1.5, True, [], {"amount": 1}, 2**53])
async def test_a_wrong_argument_is_told_with_its_path(wrong: Value) -> None:
    error = await failure(World(Counter), "increment", wrong, name="counter")
    assert (error.body.name, error.status) == ("actor.validation_error", 400)
    metadata: Any = error.body.metadata
    assert [issue["path"] for issue in metadata["issues"]] == ["amount"]
    assert metadata["issues"][0]["message"] in error.body.message


async def test_an_unknown_action_is_not_found() -> None:
    error = await failure(World(Counter), "decrement", name="counter")
    assert error.status == 404
    assert error.body == ErrorBody(
        "actor", "action_not_found", "Action `decrement` was not found."
    )


async def test_an_error_names_the_actor() -> None:
    world = World(Counter)
    record = await world.locate("counter", "a/b")
    error = await failure(world, "nope", name="counter", key="a/b")
    assert error.actor is not None
    assert error.actor.actor_id == record.actor_id
    assert (error.actor.generation, error.actor.key) == (1, serialize_key(("a/b",)))


async def test_a_declared_error_carries_its_metadata() -> None:
    error = await failure(World(Counter), "increment", LIMIT + 1, name="counter")
    assert error.status == 500
    assert error.body == ErrorBody(
        "user",
        "overflow",
        "The counter would pass its limit.",
        metadata={"limit": LIMIT},
    )


class Raising(LabBase):
    """Raises what the test puts here, after changing the state."""

    error: BaseException = KeyError("secret")

    async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        c.state.value += 1
        raise self.error

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return c.state.value


def raising(error: BaseException) -> World:
    return World(type("Raises", (Raising,), {"error": error}))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["group_code"])
async def test_errors_are_exposed_as_by_official_servers(case: dict[str, Any]) -> None:
    group, _, code = case["group_code"].partition(".")
    metadata = case["thrown_options"]["metadata"]
    thrown = ActorError(group, code, "the message", metadata=metadata)
    error = await failure(raising(thrown), "work")
    if case["group_code"] in DIFFERENT:
        assert (error.status, error.body.message) == (400, "the message")
        return
    assert error.body.name == case["group_code"]
    assert error.status == case["status"]
    assert error.body.message == case["message"]
    assert error.body.metadata == case["metadata"]


@pytest.mark.parametrize(
    ("raised", "name", "message", "status"),
    [
        (UserError("Nope"), "user.user_error", "Nope", 500),
        (UserError("Nope", code="my_code"), "user.my_code", "Nope", 500),
        (ForbiddenError(), "auth.forbidden", "Forbidden", 403),
        (ForbiddenError("Not you."), "auth.forbidden", "Not you.", 403),
    ],
)
async def test_errors_for_the_caller_keep_their_message(
    raised: Exception, name: str, message: str, status: int
) -> None:
    error = await failure(raising(raised), "work")
    assert (error.body.name, error.body.message) == (name, message)
    assert error.status == status


async def test_any_other_error_is_masked_and_logged_with_its_ray_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    error = await failure(raising(KeyError("secret")), "work")
    assert error.body == ErrorBody(
        "rivetkit", "internal_error", "An internal error occurred"
    )
    assert error.status == 500
    assert "ray ray" in caplog.text
    assert "secret" in caplog.text


async def test_a_public_error_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    await failure(raising(UserError("Nope")), "work")
    assert caplog.text == ""


async def test_what_an_action_changed_before_it_failed_stays() -> None:
    world = raising(UserError("Nope"))
    await failure(world, "work")
    assert await world.call("look") == 1
    world.crash()
    assert await world.call("look") == 1


async def test_the_answer_of_a_failed_action_waits_for_its_change_too() -> None:
    world = raising(UserError("Nope"))
    await world.locate()
    world.commits.hold()
    call = asyncio.create_task(world.call("work"))
    await settle()
    assert not call.done()
    await world.commits.let_go()
    assert isinstance(call.exception(), RequestError)


async def test_a_result_that_is_not_declared_is_an_internal_error() -> None:
    class Wrong(Counter):
        async def get_count(self, c: Any) -> Any:  # noqa: ARG002
            return "text"

    error = await failure(World(Wrong), "getCount", name="counter")
    assert error.body.name == "rivetkit.internal_error"


@pytest.mark.parametrize("metadata", [object(), {1: 2}, "half a pair \ud800"])
async def test_metadata_that_cannot_be_sent_makes_an_internal_error(
    metadata: Any, caplog: pytest.LogCaptureFixture
) -> None:
    error = await failure(raising(UserError("Nope", metadata=metadata)), "work")
    assert error.body.name == "rivetkit.internal_error"
    assert "metadata" in caplog.text


async def test_a_cancellation_that_nobody_sent_is_answered() -> None:
    class Awaiting(LabBase):
        async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            task = asyncio.create_task(asyncio.sleep(1))
            task.cancel()
            await task

    world = World(Awaiting)
    error = await failure(world, "work")
    assert error.body.name == "rivetkit.internal_error"
    client = await world.connect()
    await client.request(1, "work")
    assert [each.action_id for each in client.errors] == [1]


# Time


class Slow(LabBase):
    """Waits for an event that the test sets, and says how it ended."""

    definition = replace(LabBase.definition, options=ActorOptions(action_timeout_s=5.0))
    go: asyncio.Event
    ended: list[str]

    async def work(self, c: LabContext, argument: Any) -> Any:
        c.state.notes.append("started")
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.ended.append("cancelled")
            raise
        return argument

    other = work

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return c.state.notes


def slow_world(**options: Any) -> tuple[World, type[Slow]]:
    facts: dict[str, Any] = {"go": asyncio.Event(), "ended": []}
    actor = type("SlowHere", (Slow,), facts)
    return World(actor, **options), actor


async def test_an_action_that_takes_too_long_times_out() -> None:
    world, actor = slow_world()
    call = asyncio.create_task(world.call("work"))
    await world.clock.advance(4.9)
    assert not call.done()
    await world.clock.advance(0.1)
    error = call.exception()
    assert isinstance(error, RequestError)
    assert (error.body.name, error.status) == ("actor.action_timed_out", 408)
    assert error.body.message == "Action timed out"
    assert actor.ended == ["cancelled"]
    assert await world.call("look") == ["started"]


async def test_an_action_may_declare_its_own_limit() -> None:
    world, _ = slow_world()
    call = asyncio.create_task(world.call("other"))
    await world.clock.advance(2)
    assert isinstance(call.exception(), RequestError)


async def test_actions_run_at_the_same_time() -> None:
    world, actor = slow_world()
    calls = [asyncio.create_task(world.call("work", number)) for number in range(3)]
    await settle()
    assert await world.call("look") == ["started"] * 3
    actor.go.set()
    assert await asyncio.gather(*calls) == [0, 1, 2]


async def test_a_caller_that_gives_up_cancels_its_action_only() -> None:
    world, actor = slow_world()
    first = asyncio.create_task(world.call("work", 1))
    second = asyncio.create_task(world.call("work", 2))
    await settle()
    first.cancel()
    await settle()
    assert actor.ended == ["cancelled"]
    actor.go.set()
    assert await second == 2
    world.crash()
    assert await world.call("look") == ["started"] * 2


async def test_more_actions_than_the_limit_are_refused() -> None:
    world, actor = slow_world(running_actions_per_actor=2)
    calls = [asyncio.create_task(world.call("work", number)) for number in range(2)]
    await settle()
    error = await failure(world, "look")
    assert error.body.name == "actor.overloaded"
    actor.go.set()
    assert await asyncio.gather(*calls) == [0, 1]
    assert await world.call("look") == ["started"] * 2


# The context


async def test_the_context_knows_the_actor_and_the_caller() -> None:
    class Curious(LabBase):
        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            assert list(c.conns.values()) == [c.conn]
            return [c.key.name, c.name, c.actor_id, c.generation, c.conn.id, c.has_conn]

    world = World(Curious)
    record = await world.locate(key="k")
    result: Any = await world.call("look", key="k")
    assert result[:4] == ["k", "lab", record.actor_id, 1]
    assert len(result[4]) == 36
    assert result[5] is True


async def test_the_log_names_the_actor(caplog: pytest.LogCaptureFixture) -> None:
    class Talking(LabBase):
        async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            c.log.warning("hello")

    world = World(Talking)
    record = await world.locate()
    await world.call("work")
    (entry,) = caplog.records
    assert entry.__dict__["actor_id"] == record.actor_id
    assert entry.__dict__["actor"] == "lab"


async def test_state_of_an_actor_without_state_is_an_error() -> None:
    class Stateless(LabBase):
        definition = replace(LabBase.definition, state=None)

        async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            return c.state.value

    error = await failure(World(Stateless), "work")
    assert error.body.name == "actor.state_not_enabled"


async def test_the_state_may_be_replaced() -> None:
    class Replacing(LabBase):
        async def work(self, c: LabContext, argument: Any) -> Any:
            c.state = type(c.state)(value=argument)

        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            return c.state.value

    world = World(Replacing)
    await world.call("work", 9)
    world.crash()
    assert await world.call("look") == 9


async def test_a_context_outlives_its_activation_without_harm() -> None:
    kept: list[LabContext] = []

    class Keeping(LabBase):
        async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            kept.append(c)

        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            return c.state.value

    world = World(Keeping)
    record = await world.locate()
    await world.call("work")
    await world.host.sleep(record.actor_id)
    (stale,) = kept
    stale.state.value = 99
    stale.events.happened("unheard")
    stale.sleep()
    with pytest.raises(ActorStoppingError):
        stale.destroy()
    with pytest.raises(ActorStoppingError):
        await stale.save_state()
    assert stale.abort_signal.aborted
    assert await world.call("look") == 0


# Background work


async def test_background_work_is_saved_when_it_ends() -> None:
    go = asyncio.Event()

    class Working(LabBase):
        async def work(self, c: LabContext, argument: Any) -> Any:
            async def finish() -> None:
                await go.wait()
                c.state.value = argument

            c.wait_until(finish())

        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            return c.state.value

    world = World(Working)
    await world.call("work", 4)
    go.set()
    await settle()
    world.crash()
    assert await world.call("look") == 4


async def test_background_work_that_fails_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail() -> None:
        raise KeyError("lost")

    class Working(LabBase):
        async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            c.wait_until(fail())

    await World(Working).call("work")
    await settle()
    assert "lost" in caplog.text


async def test_work_that_keeps_the_actor_awake_gives_its_result() -> None:
    async def compute() -> int:
        return 42

    class Working(LabBase):
        async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            return await c.keep_awake(compute())

    assert await World(Working).call("work") == 42
