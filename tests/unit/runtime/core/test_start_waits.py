"""Start hooks that call other actors: a circle of them is noticed at once."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import pytest

from core_actors import LabBase, LabContext
from core_world import World
from rivetgen_client.errors import ActorError
from rivetgen_client.transport import ActionCall, KeyTarget
from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.testing.manual import settle

LOOK = ActionCall(name="look", args=[])


def lab(key: str) -> KeyTarget:
    """Another actor."""
    return KeyTarget(name="lab", key=(key,), create=True)


class Caller(LabBase):
    """Calls others when it starts, as ``calls`` says by its key."""

    calls: ClassVar[dict[str, list[str]]]

    async def on_wake(self, c: LabContext) -> None:
        for key in self.calls.get(c.key.name, []):
            await c.transport.action(lab(key), LOOK)

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return c.key.name


def world_of(**calls: list[str]) -> World:
    """A world whose actors call these others when they start."""
    return World(type("CallerHere", (Caller,), {"calls": calls}))


async def failure_of(world: World, key: str) -> str:
    """Why an actor does not start."""
    with pytest.raises(RequestError) as caught:
        await world.call("look", key=key)
    return caught.value.body.name


async def test_two_actors_that_call_each_other_when_they_start_are_told_at_once() -> (
    None
):
    world = world_of(a=["b"], b=["a"])
    assert await failure_of(world, "a") == "actor.call_cycle"


async def test_a_longer_circle_is_noticed_too() -> None:
    world = world_of(a=["b"], b=["c"], c=["d"], d=["b"])
    assert await failure_of(world, "a") == "actor.call_cycle"


@pytest.mark.parametrize("hook", ["create_state", "on_create", "on_wake"])
async def test_an_actor_that_calls_itself_when_it_starts_is_told_at_once(
    hook: str,
) -> None:
    async def call_itself(_: object, c: LabContext, *__: object) -> None:
        await c.transport.action(lab(c.key.name), LOOK)

    world = World(type("Selfish", (LabBase,), {hook: call_itself}))
    assert await failure_of(world, "a") == "actor.call_cycle"


async def test_starts_that_others_began_make_a_circle_as_well() -> None:
    world = world_of(a=["b"], b=["a"])
    calls = [asyncio.create_task(world.call("look", key=key)) for key in "ab"]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)

    names = {each.body.name for each in outcomes if isinstance(each, RequestError)}
    assert "actor.call_cycle" in names


async def test_a_circle_through_an_action_of_an_awake_actor_is_noticed() -> None:
    class Through(LabBase):
        async def on_wake(self, c: LabContext) -> None:
            if c.key.name == "a":
                await c.transport.action(lab("b"), LOOK)

        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            if c.key.name == "b":
                await c.transport.action(lab("a"), ActionCall(name="other", args=[]))

    world = World(Through)
    await world.locate(key="b")
    assert await failure_of(world, "a") == "actor.call_cycle"


async def test_actors_that_start_one_after_the_other_are_no_circle() -> None:
    world = world_of(a=["b", "c"], b=["c"], c=["d"])
    assert await world.call("look", key="a") == "a"


async def test_sleeping_actors_make_a_circle_as_new_ones_do() -> None:
    calls = dict[str, list[str]]()
    world = World(type("CallerHere", (Caller,), {"calls": calls}))
    for key in "ab":
        await world.call("look", key=key)
    world.crash()
    calls |= {"a": ["b"], "b": ["a"]}
    assert await failure_of(world, "a") == "actor.call_cycle"


async def test_a_start_hook_may_call_back_in_the_background() -> None:
    class Background(LabBase):
        async def on_wake(self, c: LabContext) -> None:
            key = c.key.name
            if key == "a":
                c.wait_until(c.transport.action(lab("b"), LOOK))
                await asyncio.sleep(0)
            elif key == "b":
                await c.transport.action(lab("a"), LOOK)

        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            return c.key.name

    world = World(Background)
    assert await world.call("look", key="a") == "a"
    await settle()
    assert await world.call("look", key="b") == "b"


async def test_what_a_hook_began_may_call_back_once_the_start_is_over() -> None:
    called = list[Any]()

    class Late(LabBase):
        async def on_wake(self, c: LabContext) -> None:
            async def later() -> None:
                await started.wait()
                called.append(await c.transport.action(lab(c.key.name), LOOK))

            self.task = asyncio.create_task(later())

        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            return c.key.name

    started = asyncio.Event()
    world = World(Late)
    await world.call("look", key="a")
    started.set()
    await settle()
    assert called == ["a"]


async def test_the_hook_may_catch_the_error_and_go_on() -> None:
    class Careful(LabBase):
        async def on_wake(self, c: LabContext) -> None:
            try:
                await c.transport.action(lab(c.key.name), LOOK)
            except ActorError as error:
                c.state.notes.append(error.name)

        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            return c.state.notes

    assert await World(Careful).call("look") == ["actor.call_cycle"]
