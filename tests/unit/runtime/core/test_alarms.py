"""Sleeping actors wake when something of theirs is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rivetgen_client.wire.errors import ErrorBody
from rivetgen_runtime.core.alarms import AlarmClock
from rivetgen_runtime.core.ports import Batch, PutRecord
from rivetgen_runtime.errors import RequestError, StorageFailedError
from rivetgen_runtime.storage.memory import MemoryStore
from rivetgen_runtime.testing.manual import ManualClock, settle
from stored_actors import actor_record

if TYPE_CHECKING:
    from rivetgen_runtime.core.ports import Alarm

SECOND_MS = 1_000


class Sleepers:
    """A store of sleeping actors, and the clock that wakes them.

    Attributes:
        awake: Which actors are awake.
        woken: Which were woken, and after how many seconds.
        broken: Which cannot start.
        gone: Which do not exist any more.
    """

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.start_ms = self.clock.now_ms()
        self.store = MemoryStore()
        self.awake: set[str] = set()
        self.woken: list[tuple[str, int]] = []
        self.broken: set[str] = set()
        self.gone: set[str] = set()
        self.alarms = AlarmClock(
            self.store,
            self.clock,
            "default",
            is_running=lambda actor_id: actor_id in self.awake,
            wake=self.wake,
        )

    async def wake(self, actor_id: str) -> None:
        """Wake an actor and let it do what is due."""
        self.woken.append((actor_id, round(self.clock.monotonic_s())))
        if actor_id in self.broken:
            raise RequestError(ErrorBody("rivetkit", "internal_error", "broken"))
        if actor_id in self.gone:
            raise RequestError(ErrorBody("actor", "not_found", "gone"))
        self.awake.add(actor_id)

    async def sleep(self, actor_id: str, until_s: float | None) -> None:
        """Let an actor go to sleep."""
        alarm_ms = None
        if until_s is not None:
            alarm_ms = self.start_ms + round(until_s * SECOND_MS)
        record = actor_record(1, actor_id=actor_id, key=None, alarm_at_ms=alarm_ms)
        await self.store.commit(Batch((PutRecord(record),)))
        self.awake.discard(actor_id)
        self.alarms.expect(alarm_ms)


async def test_actors_wake_when_their_alarms_are_due() -> None:
    sleepers = Sleepers()
    sleepers.alarms.start()
    for actor_id, until_s in [("b", 20), ("a", 10), ("never", None), ("c", 20)]:
        await sleepers.sleep(actor_id, until_s)
    await sleepers.clock.advance(9)
    assert sleepers.woken == []
    await sleepers.clock.advance(30)
    assert sleepers.woken == [("a", 10), ("b", 20), ("c", 20)]


async def test_alarms_that_were_due_before_the_start_are_due_at_once() -> None:
    sleepers = Sleepers()
    await sleepers.sleep("overdue", -100)
    await sleepers.sleep("later", 5)
    await settle()
    assert sleepers.woken == []
    sleepers.alarms.start()
    await settle()
    assert sleepers.woken == [("overdue", 0)]
    await sleepers.clock.advance(5)
    assert sleepers.woken == [("overdue", 0), ("later", 5)]


async def test_actors_that_are_awake_are_left_alone() -> None:
    sleepers = Sleepers()
    sleepers.alarms.start()
    await sleepers.sleep("busy", 10)
    await sleepers.sleep("asleep", 20)
    sleepers.awake.add("busy")
    await sleepers.clock.advance(15)
    assert sleepers.woken == []
    await sleepers.sleep("busy", 10)  # it did not get round to what was due
    await sleepers.clock.advance(5)
    assert sleepers.woken == [("busy", 15), ("asleep", 20)]


async def test_more_alarms_than_one_page_are_all_found() -> None:
    sleepers = Sleepers()
    for number in range(200):
        await sleepers.sleep(f"overdue{number}", -1)
    for number in range(200):
        await sleepers.sleep(f"later{number}", 30)
    for number in range(100):  # a whole page of alarms before that is of no concern
        await sleepers.sleep(f"awake{number}", 20)
        sleepers.awake.add(f"awake{number}")
    sleepers.alarms.start()
    await settle()
    assert len({actor_id for actor_id, _ in sleepers.woken}) == 200
    await sleepers.clock.advance(30)
    assert len({actor_id for actor_id, _ in sleepers.woken}) == 400


async def test_an_actor_that_cannot_start_is_tried_again_ever_more_rarely() -> None:
    sleepers = Sleepers()
    sleepers.broken.add("broken")
    sleepers.alarms.start()
    await sleepers.sleep("broken", 1)
    await sleepers.clock.advance(20)
    assert [at_s for _, at_s in sleepers.woken] == [1, 2, 4, 8, 16]
    sleepers.broken.clear()
    await sleepers.clock.advance(60)
    assert [at_s for _, at_s in sleepers.woken] == [1, 2, 4, 8, 16, 32]
    assert "broken" in sleepers.awake


async def test_an_actor_that_is_gone_is_not_tried_again() -> None:
    sleepers = Sleepers()
    sleepers.gone.add("gone")
    sleepers.alarms.start()
    await sleepers.sleep("gone", 1)
    await sleepers.clock.advance(600)
    assert sleepers.woken == [("gone", 1)]


async def test_a_failed_actor_is_woken_for_what_is_due_but_not_at_once() -> None:
    sleepers = Sleepers()
    sleepers.alarms.start()
    await sleepers.sleep("failed", -1)
    sleepers.awake.add("failed")
    await settle()
    sleepers.awake.discard("failed")
    sleepers.alarms.postpone("failed")
    await sleepers.clock.advance(0.5)
    assert sleepers.woken == []
    await sleepers.clock.advance(1)
    assert sleepers.woken == [("failed", 1)]


async def test_a_store_that_cannot_be_read_is_asked_again() -> None:
    sleepers = Sleepers()
    await sleepers.sleep("due", 0)
    reading = sleepers.store.alarms

    async def fail(*_: object, **__: object) -> list[Alarm]:
        raise StorageFailedError

    sleepers.store.alarms = fail  # type: ignore[method-assign]
    sleepers.alarms.start()
    await sleepers.clock.advance(2)
    sleepers.store.alarms = reading  # type: ignore[method-assign]
    await sleepers.clock.advance(5)
    assert [actor_id for actor_id, _ in sleepers.woken] == ["due"]


async def test_nobody_wakes_after_the_stop() -> None:
    sleepers = Sleepers()
    sleepers.alarms.start()
    await sleepers.sleep("later", 10)
    await sleepers.alarms.stop()
    await sleepers.sleep("other", 1)
    await sleepers.clock.advance(60)
    assert sleepers.woken == []


@pytest.mark.parametrize("sleeping", [100_000])
async def test_a_hundred_thousand_sleeping_actors_cost_one_timer(sleeping: int) -> None:
    sleepers = Sleepers()
    sleepers.alarms.start()
    for number in range(sleeping):
        sleepers.alarms.expect(sleepers.start_ms + SECOND_MS * (sleeping - number))
    assert len(sleepers.clock.waiting) == 1
