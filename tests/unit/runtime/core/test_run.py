"""Run handlers: when they start and end, what they keep awake, how they fail."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from core_actors import LabBase, LabContext
from core_world import World
from rivetgen_runtime.core.definitions import RunPolicy
from rivetgen_runtime.core.directory import Creation
from rivetgen_runtime.core.run import DEATHS_WITHOUT_WAIT
from rivetgen_runtime.errors import ActionAbortedError
from rivetgen_runtime.options import ActorOptions
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest

OPTIONS = ActorOptions(sleep_timeout_s=10.0, sleep_grace_period_s=5.0)
NEVER = RunPolicy()
RESTARTING = RunPolicy(restarts=True, backoff_minimum_s=1.0, backoff_maximum_s=8.0)


class Lab(LabBase):
    """Notes what happens to it; its run handler is the test's."""

    definition = replace(LabBase.definition, options=OPTIONS, run=RunPolicy())
    trace: list[str]
    handler: Callable[[LabContext], Awaitable[None]]

    async def on_wake(self, c: LabContext) -> None:
        self.trace.append(f"wake {c.generation}")

    async def run(self, c: LabContext) -> None:
        self.trace.append("run")
        await type(self).handler(c)

    async def on_sleep(self, c: LabContext) -> None:  # noqa: ARG002
        self.trace.append("sleep")

    async def on_destroy(self, c: LabContext) -> None:  # noqa: ARG002
        self.trace.append("destroy")

    async def work(self, c: LabContext, argument: Any) -> Any:
        if argument == "sleep":
            c.sleep()
        elif argument == "destroy":
            c.destroy()

    async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
        return c.state.value


def lab_world(
    handler: Callable[[LabContext], Awaitable[None]], policy: RunPolicy = NEVER
) -> tuple[World, list[str]]:
    trace: list[str] = []
    definition = replace(Lab.definition, run=policy)
    facts: dict[str, Any] = {
        "handler": staticmethod(handler),
        "trace": trace,
        "definition": definition,
    }
    return World(type("LabHere", (Lab,), facts)), trace


async def until_aborted(c: LabContext) -> None:
    await c.abort_signal.wait()


async def test_it_starts_after_the_actor_woke_and_delays_no_call() -> None:
    world, trace = lab_world(until_aborted)
    assert await world.call("look") == 0
    assert trace == ["wake 1", "run"]


async def test_an_actor_that_declares_none_has_none() -> None:
    trace: list[str] = []
    facts = {"trace": trace, "definition": replace(Lab.definition, run=None)}
    world = World(type("Without", (Lab,), facts))
    await world.locate()
    await settle()
    assert trace == ["wake 1"]


async def test_it_keeps_the_actor_awake_while_it_runs() -> None:
    go = asyncio.Event()

    async def wait(_: LabContext) -> None:
        await go.wait()

    world, trace = lab_world(wait)
    await world.locate()
    await world.clock.advance(100)
    assert "sleep" not in trace
    go.set()
    await world.clock.advance(10)
    assert trace[-1] == "sleep"


async def test_one_that_returns_runs_again_at_the_next_start_only() -> None:
    async def nothing(_: LabContext) -> None:
        pass

    world, trace = lab_world(nothing)
    await world.locate()
    await world.clock.advance(10)
    assert trace == ["wake 1", "run", "sleep"]
    await world.locate()
    await settle()
    assert trace[-2:] == ["wake 2", "run"]


async def fail(_: LabContext) -> None:
    raise KeyError("secret")


async def test_one_that_fails_is_logged_and_not_restarted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world, trace = lab_world(fail)
    await world.locate()
    await settle()
    assert "the run handler failed" in caplog.text
    assert "secret" in caplog.text
    assert await world.call("look") == 0
    await world.clock.advance(10)
    assert trace == ["wake 1", "run", "sleep"]


async def test_what_it_changed_before_it_failed_is_saved() -> None:
    async def change(c: LabContext) -> None:
        c.state.value = 7
        raise KeyError

    world, _ = lab_world(change)
    await world.locate()
    await settle()
    world.kill()
    assert await world.call("look") == 7


async def test_a_restart_waits_twice_as_long_after_each_failure() -> None:
    world, trace = lab_world(fail, RESTARTING)
    await world.locate()
    starts: list[int] = []
    for second in range(32):
        await settle()
        starts += [second] * (trace.count("run") - len(starts))
        await world.clock.advance(1)
    assert starts == [0, 1, 3, 7, 15, 23, 31]


async def test_the_actor_stays_awake_for_a_restart() -> None:
    policy = replace(RESTARTING, backoff_minimum_s=60, backoff_maximum_s=60)
    world, trace = lab_world(fail, policy)
    await world.locate()
    await world.clock.advance(60)
    assert trace == ["wake 1", "run", "run"]


async def test_a_handler_that_ran_for_long_is_restarted_soon() -> None:
    async def fail_in_the_end(c: LabContext) -> None:
        running = world.clock
        done = asyncio.Event()
        running.call_later(0 if c.state.value < 3 else 100, done.set)
        c.state.value += 1
        await done.wait()
        raise KeyError

    world, trace = lab_world(fail_in_the_end, RESTARTING)
    await world.locate()
    await world.clock.advance(0.5)
    await world.clock.advance(1 + 2 + 4)
    assert trace.count("run") == 4
    await world.clock.advance(100)
    assert trace.count("run") == 4
    await world.clock.advance(1)
    assert trace.count("run") == 5


async def test_one_that_returns_is_never_restarted() -> None:
    async def nothing(_: LabContext) -> None:
        pass

    world, trace = lab_world(nothing, RESTARTING)
    await world.locate()
    await world.clock.advance(9)
    assert trace == ["wake 1", "run"]


async def test_a_stop_does_not_wait_for_a_restart() -> None:
    world, trace = lab_world(fail, RESTARTING)
    await world.locate()
    await settle()
    await world.call("work", "sleep")
    await settle()
    assert trace == ["wake 1", "run", "sleep"]
    await world.clock.advance(100)
    assert trace.count("run") == 1


async def test_an_exit_ends_the_handler_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def leave(_: LabContext) -> None:
        sys.exit(3)

    world, _ = lab_world(leave)
    await world.locate()
    await settle()
    assert "called sys.exit" in caplog.text
    assert await world.call("look") == 0


async def test_storage_stays_open_until_it_ended() -> None:
    async def finish(c: LabContext) -> None:
        await c.abort_signal.wait()
        done = asyncio.Event()
        world.clock.call_later(3, done.set)
        await done.wait()
        c.state.value = 5
        await c.save_state()
        c.state.value = 6

    world, trace = lab_world(finish)
    record = await world.locate()
    await settle()
    await world.call("work", "sleep")
    await world.clock.advance(2.9)
    stored = await world.store.record(record.actor_id)
    assert stored is not None
    assert stored.slept_at_ms is None
    await world.clock.advance(0.1)
    assert trace == ["wake 1", "run", "sleep"]
    world.kill()
    assert await world.call("look") == 6


async def test_one_that_ignores_the_signal_is_cancelled_at_the_end_of_the_grace() -> (
    None
):
    ends: list[float] = []

    async def ignore(_: LabContext) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ends.append(world.clock.monotonic_s())

    world, trace = lab_world(ignore)
    await world.locate()
    await settle()
    await world.call("work", "sleep")
    await world.clock.advance(4.9)
    assert ends == []
    await world.clock.advance(0.1)
    assert ends == [5.0]
    assert await world.call("look") == 0
    assert trace.count("run") == 2


async def test_an_aborted_wait_is_an_ordinary_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def wait(c: LabContext) -> None:
        await c.abort_signal.wait()
        raise ActionAbortedError

    world, trace = lab_world(wait, RESTARTING)
    await world.locate()
    await settle()
    await world.call("work", "sleep")
    await settle()
    assert trace == ["wake 1", "run", "sleep"]
    assert "failed" not in caplog.text


async def test_an_aborted_error_of_its_own_is_a_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def claim(_: LabContext) -> None:
        raise ActionAbortedError

    world, _ = lab_world(claim)
    await world.locate()
    await settle()
    assert "the run handler failed" in caplog.text


async def test_destruction_does_not_wait_for_it() -> None:
    ends: list[bool] = []

    async def ignore(c: LabContext) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ends.append(c.aborted)

    world, trace = lab_world(ignore)
    record = await world.locate()
    await settle()
    await world.host.destroy(record.actor_id)
    assert ends == [True]
    assert trace == ["wake 1", "run", "destroy"]


async def test_it_may_send_the_actor_to_sleep() -> None:
    async def sleep_once(c: LabContext) -> None:
        c.state.value += 1
        if c.state.value == 1:
            c.sleep()

    world, trace = lab_world(sleep_once)
    await world.locate()
    await world.clock.advance(1)
    assert trace == ["wake 1", "run", "sleep"]
    await world.call("look")
    await world.clock.advance(1)
    assert await world.call("look") == 2


async def test_it_may_destroy_the_actor() -> None:
    async def destroy(c: LabContext) -> None:
        c.destroy()
        await c.abort_signal.wait()

    world, trace = lab_world(destroy)
    record = await world.host.create(Creation(name="lab", key=("a",)))
    await settle()
    assert trace == ["wake 1", "run", "destroy"]
    stored = await world.store.record(record.actor_id)
    assert stored is not None
    assert stored.destroyed_at_ms is not None


async def test_it_does_not_start_when_the_actor_is_to_be_destroyed() -> None:
    class Shortlived(Lab):
        async def on_wake(self, c: LabContext) -> None:
            await super().on_wake(c)
            c.destroy()

    trace: list[str] = []
    facts = {"trace": trace, "handler": staticmethod(until_aborted)}
    world = World(type("Here", (Shortlived,), facts))
    await world.host.create(Creation(name="lab", key=("a",)))
    await settle()
    assert trace == ["wake 1", "destroy"]


# What the process dies of


async def test_a_handler_that_kills_the_process_waits_longer_each_time() -> None:
    world, trace = lab_world(until_aborted, RESTARTING)
    waits = list[float]()
    await world.call("look")
    for _ in range(DEATHS_WITHOUT_WAIT + 6):
        world.kill()
        trace.clear()
        await world.call("look")
        started_s = world.clock.monotonic_s()
        while "run" not in trace:
            await world.clock.advance(0.5)
        waits.append(world.clock.monotonic_s() - started_s)
    assert waits[:DEATHS_WITHOUT_WAIT] == [0] * DEATHS_WITHOUT_WAIT
    assert waits[DEATHS_WITHOUT_WAIT:] == [1, 2, 4, 8, 8, 8]


async def test_calls_are_served_while_a_handler_waits_that_kills_the_process() -> None:
    world, trace = lab_world(until_aborted, RESTARTING)
    for _ in range(DEATHS_WITHOUT_WAIT + 1):
        assert await world.call("look") == 0
        world.kill()
    trace.clear()
    assert await world.call("look") == 0
    assert trace == [f"wake {DEATHS_WITHOUT_WAIT + 2}"]


async def test_a_handler_that_outlived_its_longest_wait_starts_at_once() -> None:
    world, trace = lab_world(until_aborted, RESTARTING)
    for _ in range(DEATHS_WITHOUT_WAIT + 3):
        await world.call("look")
        await world.clock.advance(4)
        world.kill()
    await world.call("look")
    await world.clock.advance(4 + 8 + 1)
    world.kill()
    trace.clear()
    await world.call("look")
    assert trace == [f"wake {DEATHS_WITHOUT_WAIT + 5}", "run"]


async def test_a_clean_stop_forgets_what_the_process_died_of() -> None:
    world, trace = lab_world(until_aborted, RESTARTING)
    for _ in range(DEATHS_WITHOUT_WAIT + 3):
        await world.locate()
        world.kill()
    record = await world.locate()
    await world.host.sleep(record.actor_id)
    trace.clear()
    await world.call("look")
    assert trace == [f"wake {DEATHS_WITHOUT_WAIT + 5}", "run"]


async def test_an_actor_may_sleep_while_its_handler_waits() -> None:
    world, trace = lab_world(until_aborted, RESTARTING)
    for _ in range(DEATHS_WITHOUT_WAIT + 1):
        await world.locate()
        world.kill()
    record = await world.locate()
    trace.clear()
    await world.host.sleep(record.actor_id)
    assert trace == ["sleep"]


async def test_a_wait_after_deaths_is_short_whatever_the_policy_says() -> None:
    patient = RunPolicy(backoff_minimum_s=50.0, backoff_maximum_s=100.0)
    world, trace = lab_world(until_aborted, patient)
    for _ in range(DEATHS_WITHOUT_WAIT + 6):
        await world.locate()
        world.kill()
    await world.locate()
    trace.clear()
    await world.clock.advance(10)
    assert trace == ["run"]
