"""The timers of one actor, and the alarm that is stored for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from core_actors import LabBase, LabContext
from core_world import World
from rivetgen_runtime.core.ports import PutRecord
from rivetgen_runtime.errors import RequestError
from rivetgen_runtime.testing.manual import settle

if TYPE_CHECKING:
    from rivetgen_runtime.core.activation import Activation

SECOND_MS = 1_000


class Lab(LabBase):
    """Sets its timers as its argument says: ``{source: seconds or None}``."""

    fired: list[tuple[str, int]]
    """Which timers fired, and when in seconds."""
    instances: list[Lab]

    async def on_wake(self, c: LabContext) -> None:
        self.instances.append(self)
        self.activation: Activation = c._activation  # pyright: ignore[reportPrivateUsage]

    async def work(self, c: LabContext, argument: Any) -> Any:
        self.change(argument)
        if "spoiled" in argument:
            c.state.value = argument["spoiled"]

    def change(self, changes: dict[str, Any]) -> None:
        """Set or cancel timers."""
        clock, timers = self.activation.services.clock, self.activation.timers
        for source, delay_s in changes.items():
            if delay_s is None:
                timers.cancel(source)
            elif source != "spoiled":
                due_ms = clock.now_ms() + round(delay_s * SECOND_MS)
                timers.set(source, due_ms, self.noting(source))

    def noting(self, source: str) -> Any:
        """A callback that notes that it was called."""
        return lambda: self.fired.append((source, now_s(self.activation)))


def now_s(activation: Activation) -> int:
    return round(activation.services.clock.monotonic_s())


class TimedWorld(World):
    """A world with one actor that notes which timers fire."""

    def __init__(self) -> None:
        self.fired: list[tuple[str, int]] = []
        self.instances: list[Lab] = []
        self.start_ms = 0
        noted = {"fired": self.fired, "instances": self.instances}
        super().__init__(type("Noting", (Lab,), noted))
        self.start_ms = self.clock.now_ms()

    @property
    def lab(self) -> Lab:
        """The actor as it is in memory."""
        return self.instances[-1]

    async def alarm_s(self) -> float | None:
        """The stored alarm, in seconds after the start."""
        record = await self.store.record(self.lab.activation.record.actor_id)
        assert record is not None
        if record.alarm_at_ms is None:
            return None
        return (record.alarm_at_ms - self.start_ms) / SECOND_MS


async def test_timers_fire_in_order_and_once() -> None:
    world = TimedWorld()
    await world.call("work", {"b": 2, "a": 1, "c": 2})
    await world.clock.advance(1)
    assert world.fired == [("a", 1)]
    await world.clock.advance(5)
    assert world.fired == [("a", 1), ("b", 2), ("c", 2)]


async def test_a_timer_that_is_due_already_fires_when_the_turn_has_ended() -> None:
    world = TimedWorld()
    await world.call("work", {"late": -5})
    await world.clock.advance(0)
    assert world.fired == [("late", 0)]


async def test_setting_again_moves_and_cancelling_removes() -> None:
    world = TimedWorld()
    await world.call("work", {"moved": 1, "cancelled": 1})
    await world.call("work", {"moved": 3, "cancelled": None, "unknown": None})
    await world.clock.advance(9)
    assert world.fired == [("moved", 3)]


async def test_the_earliest_timer_is_stored_in_the_commit_that_sets_it() -> None:
    world = TimedWorld()
    await world.locate()
    world.commits.batches.clear()
    await world.call("work", {"a": 5, "b": 3})
    (batch,) = world.commits.batches
    alarms = [w.record.alarm_at_ms for w in batch.writes if isinstance(w, PutRecord)]
    assert alarms == [world.start_ms + 3 * SECOND_MS]
    await world.call("work", {"b": None})
    assert await world.alarm_s() == 5
    await world.call("work", {"a": None})
    assert await world.alarm_s() is None


async def test_a_change_that_does_not_move_the_alarm_writes_no_record() -> None:
    world = TimedWorld()
    await world.call("work", {"first": 1})
    world.commits.batches.clear()
    await world.call("work", {"later": 5})
    assert world.commits.batches == []


async def test_an_undone_turn_sets_and_cancels_nothing() -> None:
    world = TimedWorld()
    await world.call("work", {"kept": 2})
    with pytest.raises(RequestError):
        await world.call("work", {"kept": None, "new": 1, "spoiled": "no number"})
    await world.clock.advance(3)
    assert world.fired == [("kept", 2)]


async def test_what_lasts_is_set_and_cancelled_although_the_turn_is_undone() -> None:
    world = TimedWorld()
    await world.call("work", {"cancelled": 2})
    timers, start_ms = world.lab.activation.timers, world.start_ms
    timers.cancel("cancelled", is_lasting=True)
    timers.set("set", start_ms + SECOND_MS, world.lab.noting("set"), is_lasting=True)
    with pytest.raises(RequestError):
        await world.call("work", {"spoiled": "no number"})
    await world.clock.advance(3)
    assert world.fired == [("set", 1)]


async def test_a_fired_timer_keeps_the_alarm_until_its_source_has_dealt_with_it() -> (
    None
):
    world = TimedWorld()
    await world.call("work", {"due": 1, "next": 8})
    await world.clock.advance(2)
    await world.call("work", {"other": 5})
    assert await world.alarm_s() == 1
    await world.call("work", {"due": None})
    assert await world.alarm_s() == 7


async def test_work_that_goes_on_sets_timers_within_the_save_interval() -> None:
    world = TimedWorld()
    await world.locate()
    await world.clock.advance(5)
    world.lab.change({"background": 0.5})
    await world.clock.advance(2)
    assert [source for source, _ in world.fired] == ["background"]


async def test_nothing_fires_while_the_actor_stops() -> None:
    world = TimedWorld()
    await world.call("work", {"due": 1})
    world.lab.activation.request_sleep()
    await world.clock.advance(2)
    assert world.fired == []
    assert await world.alarm_s() == 1


async def test_a_sleeping_actor_with_timers_that_it_forgot_has_no_alarm_any_more() -> (
    None
):
    world = TimedWorld()
    await world.call("work", {"volatile": 100})
    world.lab.activation.request_sleep()
    await settle()
    assert await world.alarm_s() == 100
    await world.call("look")
    await settle()
    assert await world.alarm_s() is None


async def test_a_sleeping_actor_is_woken_when_its_earliest_timer_is_due() -> None:
    world = TimedWorld()
    world.host.start()
    await world.call("work", {"due": 100})
    world.lab.activation.request_sleep()
    await world.clock.advance(99)
    assert len(world.instances) == 1
    await world.clock.advance(1)
    assert len(world.instances) == 2


async def test_an_actor_whose_process_died_is_woken_by_the_next_one() -> None:
    world = TimedWorld()
    await world.call("work", {"due": 100})
    world.kill()
    await world.clock.advance(500)
    world.host.start()
    await world.clock.advance(0)
    assert len(world.instances) == 2


async def test_a_destroyed_actor_is_not_woken() -> None:
    world = TimedWorld()
    world.host.start()
    record = await world.locate()
    await world.call("work", {"due": 100})
    await world.host.destroy(record.actor_id)
    await world.clock.advance(500)
    assert len(world.instances) == 1
