"""Sleeps: their end is fixed when they begin, and the actor sleeps, too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from rivetgen_client.transport import ActionCall, KeyTarget
from rivetgen_runtime.core.workflows.entries import WorkflowState
from rivetgen_runtime.core.workflows.sleeps import deadline_after_ms, deadline_at_ms
from rivetgen_runtime.testing import VirtualTime, virtual_time
from rivetgen_runtime.testing import World as VirtualWorld
from workflow_world import SLEEP_S, FlowBase, FlowWorkflow, FlowWorld, noting


async def test_the_actor_sleeps_while_its_workflow_does_and_wakes_on_time() -> None:
    """Such an actor stayed in memory: defect 16 of official servers."""

    async def body(w: FlowWorkflow) -> None:
        await w.sleep("hour", timedelta(hours=1))
        await w.step("note", noting("awake", world.did))

    world = FlowWorld(body)
    world.host.start()
    record = await world.wake()
    await world.clock.advance(SLEEP_S + 1)
    assert await world.is_asleep()
    await world.clock.advance(3600 - SLEEP_S - 2)
    assert world.did == []
    await world.clock.advance(1)
    assert world.did == ["awake"]
    assert (await world.record()).generation == record.generation + 1
    assert await world.state() is WorkflowState.COMPLETED
    await world.clock.advance(2)
    assert (await world.record()).alarm_at_ms is None
    await world.host.stop()


async def test_the_end_is_fixed_when_the_sleep_begins() -> None:
    async def body(w: FlowWorkflow) -> None:
        await w.sleep("minute", 60)
        world.did.append(str(world.clock.monotonic_s()))

    world = FlowWorld(body)
    await world.wake()
    for _ in range(5):
        await world.clock.advance(9)
        await world.restart()
    await world.clock.advance(30)
    assert world.did == ["60.0"]


@pytest.mark.parametrize("duration", [0, -5, timedelta(days=-1)])
async def test_a_sleep_that_is_over_returns_at_once(duration: Any) -> None:
    async def body(w: FlowWorkflow) -> None:
        await w.sleep("nothing", duration)
        await w.sleep_until("past", datetime(2000, 1, 1, tzinfo=UTC))
        world.did.append("after")

    world = FlowWorld(body)
    await world.wake()
    assert world.did == ["after"]


async def test_an_actor_wakes_for_a_sleep_that_ended_while_nothing_ran() -> None:
    async def body(w: FlowWorkflow) -> None:
        await w.sleep("minute", 60)
        world.did.append("after")

    world = FlowWorld(body)
    await world.wake()
    world.kill()
    await world.clock.advance(100)
    world.host.start()
    await world.clock.advance(0)
    assert world.did == ["after"]
    await world.host.stop()


@pytest.mark.parametrize(
    ("duration", "expected_ms"),
    [(0.1, 100), (0.0101, 11), (1.5, 1500), (timedelta(microseconds=1), 1), (3, 3000)],
)
def test_durations_are_rounded_up_to_milliseconds(
    duration: Any, expected_ms: int
) -> None:
    """A fraction ended the workflow: defect 18 of official servers."""
    assert deadline_after_ms(duration, now_ms=7) == 7 + expected_ms


def test_a_duration_may_be_longer_than_any_life() -> None:
    assert deadline_after_ms(float("inf"), now_ms=0) == 2**53


def test_no_number_is_no_duration() -> None:
    with pytest.raises(ValueError, match="number"):
        deadline_after_ms(float("nan"), now_ms=0)


def test_moments_have_a_time_zone() -> None:
    moment = datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    assert deadline_at_ms(moment) == 1_767_225_600_000
    assert deadline_at_ms(5) == 5
    with pytest.raises(ValueError, match="time zone"):
        deadline_at_ms(datetime(2026, 1, 1))  # noqa: DTZ001 - that is what is refused


@virtual_time
async def test_a_workflow_of_thirty_days_takes_no_time(time: VirtualTime) -> None:
    did: list[str] = []

    class Month(FlowBase):
        async def run(self, w: FlowWorkflow) -> None:
            for day in range(30):
                await w.sleep(f"day {day}", timedelta(days=1))
                await w.step(f"note {day}", noting(str(day), did))

    async with VirtualWorld([Month], time) as world:
        world.process.run(world.host.start)
        target = KeyTarget(name="flow", key=("a",), create=True)
        await world.transport.action(target, ActionCall(name="look", args=[]))
        await world.skip(days=31)
        assert did == [str(day) for day in range(30)]
