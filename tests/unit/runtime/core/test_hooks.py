"""Hooks around starts and answers: their order, what they may change, their limits."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import Any

import pytest

from core_actors import LabBase, LabConnection, LabContext, LabCreateContext, LabState
from core_world import World
from rivetgen_runtime.core.definitions import RunPolicy
from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.options import ActorOptions
from rivetgen_runtime.testing.manual import settle


class Traced(LabBase):
    """Notes the hooks that run, with what they see."""

    definition = replace(
        LabBase.definition, run=RunPolicy(), options=ActorOptions(action_timeout_s=9.0)
    )
    trace: list[str]

    async def on_migrate(self, c: LabCreateContext, is_new: bool) -> None:
        self.trace.append(f"on_migrate {is_new} {c.generation}")

    async def create_state(self, c: LabCreateContext, input: Any) -> LabState:  # noqa: A002, ARG002
        self.trace.append("create_state")
        return LabState()

    async def on_create(self, c: LabContext, input: Any) -> None:  # noqa: A002, ARG002
        self.trace.append("on_create")

    async def create_vars(self, c: LabContext) -> None:
        self.trace.append(f"create_vars {c.state.value}")
        self.calls = 0

    async def on_wake(self, c: LabContext) -> None:  # noqa: ARG002
        self.trace.append("on_wake")

    async def run(self, c: LabContext) -> None:  # noqa: ARG002
        self.trace.append("run")

    def on_state_change(self, c: LabContext) -> None:
        self.trace.append(f"on_state_change {c.state.value}")

    async def on_before_action_response(
        self, c: LabContext, name: str, args: tuple[Any, ...], output: Any
    ) -> Any:
        self.trace.append(f"on_before_action_response {name} {args} {c.has_conn}")
        return output

    async def on_connect(self, c: LabContext, conn: LabConnection) -> None:  # noqa: ARG002
        self.trace.append("on_connect")

    async def work(self, c: LabContext, argument: Any) -> Any:
        self.trace.append("work")
        self.calls += 1
        c.state.value = argument
        return argument


def traced_world(actor: type[LabBase] = Traced) -> tuple[World, list[str]]:
    trace: list[str] = []
    return World(type("Here", (actor,), {"trace": trace})), trace


async def test_a_new_actor_runs_its_hooks_in_this_order() -> None:
    world, trace = traced_world()
    await world.locate()
    await settle()
    assert trace == [
        "on_migrate True 1",
        "create_state",
        "on_create",
        "create_vars 0",
        "on_wake",
        "run",
    ]


async def test_a_waking_actor_runs_these() -> None:
    world, trace = traced_world()
    await world.call("work", 5)
    world.crash()
    trace.clear()
    await world.locate()
    await settle()
    assert trace == ["on_migrate False 2", "create_vars 5", "on_wake", "run"]


async def test_an_action_runs_these() -> None:
    world, trace = traced_world()
    await world.locate()
    await settle()
    trace.clear()
    await world.call("work", 5)
    assert trace == [
        "on_connect",
        "work",
        "on_state_change 5",
        "on_before_action_response work (5,) False",
    ]


async def test_the_answer_is_what_the_hook_returns() -> None:
    class Replacing(Traced):
        async def on_before_action_response(
            self, c: LabContext, name: str, args: tuple[Any, ...], output: Any
        ) -> Any:
            c.state.notes.append(name)
            return [output, *args]

        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            return c.state.notes

    world, _ = traced_world(Replacing)
    client = await world.connect()
    await client.request(1, "work", 5)
    assert client.outputs == {1: [5, 5]}
    world.kill()
    # What the hook changed was saved with what the action changed.
    assert await world.call("look") == [["work", "look"], None]


async def test_a_hook_that_fails_fails_the_action() -> None:
    class Failing(Traced):
        async def on_before_action_response(
            self,
            c: LabContext,  # noqa: ARG002
            name: str,  # noqa: ARG002
            args: tuple[Any, ...],  # noqa: ARG002
            output: Any,  # noqa: ARG002
        ) -> Any:
            raise KeyError("secret")

    world, _ = traced_world(Failing)
    with pytest.raises(RequestError, match="internal_error"):
        await world.call("work", 5)


@pytest.mark.parametrize(
    ("hook", "limit_s"),
    [("on_migrate", 30.0), ("create_vars", 5.0), ("on_before_action_response", 9.0)],
)
async def test_hooks_have_time_limits(hook: str, limit_s: float) -> None:
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    world, _ = traced_world(type("Hanging", (Traced,), {hook: hang}))
    call = asyncio.create_task(world.call("work", 1))
    await world.clock.advance(limit_s - 0.1)
    assert not call.done()
    await world.clock.advance(0.1)
    assert isinstance(call.exception(), RequestError)


@pytest.mark.parametrize(
    "place", ["work", "on_connect", "on_before_action_response", "wait_until"]
)
async def test_an_exit_in_an_actor_does_not_end_the_server(
    place: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def leave(*_: object) -> None:
        sys.exit(3)

    class Exiting(Traced):
        async def other(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            c.wait_until(leave())

    facts = {} if place == "wait_until" else {place: leave}
    world, _ = traced_world(type("Here", (Exiting,), facts))
    if place == "wait_until":
        await world.call("other")
        await settle()
    else:
        with pytest.raises(RequestError, match="internal_error"):
            await world.call("work", 1)
    assert "called sys.exit" in caplog.text
    assert world.host.actor_names == ("lab",)
