"""on_state_change: once per burst of changes, never for reads, before the answer."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from core_actors import LabBase, LabContext
from core_world import World
from rivetgen_runtime.errors import RequestError, UserError
from rivetgen_runtime.testing.manual import settle


class Observed(LabBase):
    """Notes what its hook is told."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def on_state_change(self, c: LabContext) -> None:
        self.seen.append(c.state.value)

    async def work(self, c: LabContext, argument: Any) -> Any:
        c.state.value = argument
        return list(self.seen)

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        assert c.state.notes == []
        return list(self.seen)


def world_of(**methods: Any) -> World:
    return World(type("Here", (Observed,), methods))


async def test_the_first_state_is_no_change() -> None:
    assert await world_of().call("look") == []


async def test_a_loaded_state_is_no_change() -> None:
    world = world_of()
    await world.call("work", 5)
    world.crash()
    assert await world.call("look") == []


async def test_what_on_create_and_on_wake_change_is_told() -> None:
    async def on_create(self: Observed, c: LabContext, input: Any) -> None:  # noqa: A002, ARG001
        c.state.value = 1

    async def on_wake(self: Observed, c: LabContext) -> None:  # noqa: ARG001
        c.state.value = 2

    world = world_of(on_create=on_create, on_wake=on_wake)
    assert await world.call("look") == [1, 2]


async def test_changes_between_two_awaits_are_one_call() -> None:
    async def work(self: Observed, c: LabContext, argument: Any) -> Any:  # noqa: ARG001
        for _ in range(5):
            c.state.value += 1
        await asyncio.sleep(0)
        for _ in range(5):
            c.state.value += 1

    world = world_of(work=work)
    await world.call("work")
    assert await world.call("look") == [5, 10]


async def test_reads_are_no_changes() -> None:
    world = world_of()
    await world.call("work", 5)
    for _ in range(3):
        assert await world.call("look") == [5]
        await settle()
    await world.call("work", 5)
    assert await world.call("look") == [5]


async def test_a_change_that_is_undone_within_a_burst_is_none() -> None:
    async def work(self: Observed, c: LabContext, argument: Any) -> Any:  # noqa: ARG001
        c.state.value = 7
        c.state.value = 0

    world = world_of(work=work)
    await world.call("work")
    assert await world.call("look") == []


async def test_looking_saves_nothing() -> None:
    go = asyncio.Event()

    async def work(self: Observed, c: LabContext, argument: Any) -> Any:
        c.state.value = argument
        await go.wait()
        return list(self.seen)

    world = world_of(work=work)
    await world.locate()
    world.commits.batches.clear()
    call = asyncio.create_task(world.call("work", 7))
    await settle()
    assert world.commits.batches == []
    go.set()
    assert await call == [7]
    assert len(world.commits.batches) == 1


async def test_the_hook_ran_before_an_answer_that_may_be_lost() -> None:
    async def later(self: Observed, c: LabContext, argument: Any) -> Any:  # noqa: ARG001
        c.state.value = argument

    world = world_of(later=later)
    await world.call("later", 3)
    assert await world.call("look") == [3]


async def test_a_failure_after_a_burst_fails_the_call_when_it_ends() -> None:
    def on_state_change(self: Observed, c: LabContext) -> None:
        self.seen.append(c.state.value)
        raise UserError("no", code="disliked")

    async def work(self: Observed, c: LabContext, argument: Any) -> Any:  # noqa: ARG001
        c.state.value = argument
        await asyncio.sleep(0)
        return "done"

    world = world_of(on_state_change=on_state_change, work=work)
    with pytest.raises(RequestError, match=r"user\.disliked"):
        await world.call("work", 3)
    # The change stays, and is not told again.
    assert await world.call("look") == [3]
    world.kill()
    assert await world.call("look") == []


async def test_a_change_by_the_hook_is_refused_and_the_call_goes_on() -> None:
    def on_state_change(self: Observed, c: LabContext) -> None:
        self.seen.append(c.state.value)
        c.state.notes.append("mine")

    async def work(self: Observed, c: LabContext, argument: Any) -> Any:  # noqa: ARG001
        state = c.state
        state.value = argument
        await asyncio.sleep(0)
        state.value += 1

    world = world_of(on_state_change=on_state_change, work=work)
    with pytest.raises(RequestError, match="state_mutation_reentrant"):
        await world.call("work", 3)
    assert await world.call("look") == [3, 4]


async def test_a_hook_that_spoils_the_state_is_refused() -> None:
    def on_state_change(self: Observed, c: LabContext) -> None:  # noqa: ARG001
        c.state.value = "text"  # type: ignore[assignment]

    world = world_of(on_state_change=on_state_change)
    with pytest.raises(RequestError, match="state_mutation_reentrant"):
        await world.call("work", 3)
    assert await world.call("work", 3) == []


async def test_a_state_that_does_not_fit_for_a_moment_is_not_told() -> None:
    async def work(self: Observed, c: LabContext, argument: Any) -> Any:  # noqa: ARG001
        c.state.value = "text"  # type: ignore[assignment]
        await asyncio.sleep(0)
        c.state.value = argument

    world = world_of(work=work)
    await world.call("work", 4)
    assert await world.call("look") == [4]


async def test_an_exit_in_the_hook_does_not_end_the_server() -> None:
    def on_state_change(self: Observed, c: LabContext) -> None:  # noqa: ARG001
        sys.exit(1)

    world = world_of(on_state_change=on_state_change)
    with pytest.raises(RequestError, match="internal_error"):
        await world.call("work", 3)
