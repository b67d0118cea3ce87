"""``c.schedule``: one call at one time."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from rivetgen_runtime.core.ports import Area, PutValue
from rivetgen_runtime.core.schedule_rules import ScheduleError
from rivetgen_runtime.errors import RequestError, UserError
from rivetgen_runtime.testing.manual import settle
from schedule_world import Lab, ScheduleWorld, at, do_nothing

if TYPE_CHECKING:
    from core_actors import LabContext
    from core_world import CommitControl


def after(seconds: float, argument: Any = None) -> Any:
    """A script that schedules ``other``."""

    async def script(c: LabContext) -> None:
        await c.schedule.after(timedelta(seconds=seconds), "other", argument)

    return script


def schedule_writes(commits: CommitControl) -> int:
    """How many batches store a schedule."""
    return sum(
        any(isinstance(w, PutValue) and w.area is Area.SCHEDULE for w in batch.writes)
        for batch in commits.batches
    )


async def test_a_call_happens_at_its_time_and_once() -> None:
    world = ScheduleWorld()
    await world.run(after(10, "a"))
    await world.clock.advance(9.9)
    assert world.runs == []
    await world.clock.advance(0.1)
    assert world.runs == [(10, 10)]
    assert await world.call("look") == ["a"]
    await world.clock.advance(1_000)
    assert world.runs == [(10, 10)]


async def test_calls_happen_in_the_order_of_their_times() -> None:
    world = ScheduleWorld()
    for delay_s in (3, 1, 2):
        await world.run(after(delay_s, str(delay_s)))
    await world.clock.advance(5)
    assert await world.call("look") == ["1", "2", "3"]


async def test_a_time_of_the_past_is_due_when_the_turn_has_ended() -> None:
    world = ScheduleWorld()

    async def script(c: LabContext) -> None:
        await c.schedule.at(at(-5), "other")
        await asyncio.sleep(0)
        assert world.fires == []

    await world.run(script)
    await world.clock.advance(0)
    assert world.runs == [(-5, 0)]


async def test_a_moment_is_never_rounded_down() -> None:
    world = ScheduleWorld()

    async def script(c: LabContext) -> None:
        await c.schedule.at(at(1) + timedelta(microseconds=1), "other")

    await world.run(script)
    await world.clock.advance(5)
    assert world.runs == [(1.001, 1.001)]


async def test_a_call_is_listed_until_it_begins() -> None:
    world = ScheduleWorld()
    begun = asyncio.Event()
    ids: list[str] = []
    world.during = lambda _: begun.wait()

    async def script(c: LabContext) -> None:
        later = await c.schedule.at(at(20), "other", 1, b"\x00")
        sooner = await c.schedule.after(timedelta(seconds=10), "other")
        first, second = await c.schedule.list()
        assert (first.schedule_id, second.schedule_id) == (sooner, later)
        assert second == await c.schedule.get(later)
        assert (second.action, second.args, second.run_at) == (
            *("other", [1, b"\x00"]),
            at(20),
        )
        assert await c.schedule.get("unknown") is None
        ids.extend([sooner, later])

    await world.run(script)
    sooner, later = ids
    await world.clock.advance(15)

    async def while_it_runs(c: LabContext) -> None:
        assert [each.schedule_id for each in await c.schedule.list()] == [later]
        assert await c.schedule.get(sooner) is None
        assert await c.schedule.cancel(sooner) is False

    await world.run(while_it_runs)
    begun.set()


async def test_a_cancelled_call_does_not_happen() -> None:
    world = ScheduleWorld()

    async def script(c: LabContext) -> None:
        schedule_id = await c.schedule.after(timedelta(seconds=1), "other")
        assert await c.schedule.cancel(schedule_id) is True
        assert await c.schedule.cancel(schedule_id) is False
        assert await c.schedule.list() == []

    await world.run(script)
    await world.clock.advance(5)
    assert world.runs == []


async def test_a_sleeping_actor_wakes_for_a_call() -> None:
    world = ScheduleWorld()
    await world.run(after(100, "woken"))
    await world.sleep()
    await world.clock.advance(99)
    assert world.runs == []
    await world.clock.advance(1)
    assert world.runs == [(100, 100)]


async def test_a_scheduled_call_keeps_the_actor_awake_and_restarts_its_idle_time() -> (
    None
):
    world = ScheduleWorld()
    generations: list[int] = []

    async def note(c: LabContext) -> None:
        generations.append(c.generation)

    world.during = note
    for delay_s in range(20, 200, 20):  # the actor sleeps after thirty seconds
        await world.run(after(delay_s))
    await world.clock.advance(200)
    assert generations == [1] * 9


async def test_what_was_acknowledged_happens_after_a_kill() -> None:
    world = ScheduleWorld()
    await world.run(after(10, "kept"))
    world.restart()
    await world.clock.advance(10)
    assert await world.call("look") == ["kept"]


async def test_what_was_missed_happens_at_the_start() -> None:
    world = ScheduleWorld()
    await world.run(after(10, "late"))
    world.kill()
    await world.clock.advance(500)
    world.host.start()
    await world.clock.advance(0)
    assert world.runs == [(10, 500)]


async def test_a_kill_during_the_run_lets_it_run_again() -> None:
    world = ScheduleWorld()
    world.during = lambda _: asyncio.Event().wait()
    await world.run(after(1))
    await world.clock.advance(2)
    world.during = do_nothing
    world.restart()
    await world.clock.advance(1)
    assert world.runs == [(1, 1), (1, 2)]
    world.restart()
    await world.clock.advance(50)
    assert len(world.runs) == 2


async def test_a_kill_between_the_run_and_its_commit_lets_it_run_again() -> None:
    world = ScheduleWorld()
    await world.run(after(1, "once"))
    world.commits.hold()
    await world.clock.advance(1)
    assert world.runs == [(1, 1)]
    world.restart()
    await world.clock.advance(1)
    assert world.runs == [(1, 1), (1, 1)]
    assert await world.call("look") == ["once"]


async def test_the_claim_is_in_the_batch_of_what_the_run_did() -> None:
    world = ScheduleWorld()
    await world.run(after(1, "done"))
    world.commits.batches.clear()
    await world.clock.advance(1)
    (batch,) = world.commits.batches
    areas = {getattr(write, "area", None) for write in batch.writes}
    assert {Area.STATE, Area.SCHEDULE} <= areas


async def test_an_undone_turn_schedules_and_cancels_nothing() -> None:
    world = ScheduleWorld()
    await world.run(after(5, "kept"))

    async def spoil(c: LabContext) -> None:
        (call,) = await c.schedule.list()
        await c.schedule.cancel(call.schedule_id)
        await c.schedule.after(timedelta(seconds=1), "other", "never")
        c.state.value = "no number"  # type: ignore[assignment]

    with pytest.raises(RequestError):
        await world.run(spoil)
    await world.clock.advance(10)
    assert await world.call("look") == ["kept"]


async def test_a_run_that_spoils_the_state_is_over_nevertheless() -> None:
    world = ScheduleWorld()

    async def spoil(c: LabContext) -> None:
        c.state.value = "no number"  # type: ignore[assignment]

    world.during = spoil
    await world.run(after(1))
    await world.clock.advance(2)
    world.restart()
    await world.clock.advance(50)
    assert world.runs == [(1, 1)]


async def test_a_call_that_fails_does_not_happen_again() -> None:
    world = ScheduleWorld()

    async def fail(_: LabContext) -> None:
        raise UserError("no")

    world.during = fail
    await world.run(after(1))
    await world.clock.advance(5)
    world.restart()
    await world.clock.advance(50)
    assert world.runs == [(1, 1)]


async def test_a_call_of_an_unknown_action_is_dropped() -> None:
    world = ScheduleWorld()

    async def script(c: LabContext) -> None:
        await c.schedule.after(timedelta(seconds=1), "nothing")

    await world.run(script)
    await world.clock.advance(5)

    async def look(c: LabContext) -> None:
        assert await c.schedule.list() == []

    await world.run(look)


async def test_the_time_limit_of_the_action_holds() -> None:
    world = ScheduleWorld()
    cancelled: list[bool] = []

    async def hang(_: LabContext) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(True)

    world.during = hang
    await world.run(after(1))
    await world.clock.advance(4)  # ``other`` has two seconds
    assert cancelled == [True]
    await world.clock.advance(50)
    assert world.runs == [(1, 1)]


async def test_a_stop_waits_for_a_run_that_goes_on() -> None:
    world = ScheduleWorld()
    go_on = asyncio.Event()
    world.during = lambda _: go_on.wait()
    await world.run(after(1, "joined"))
    await world.clock.advance(1)
    sleeping = asyncio.create_task(world.sleep())
    await settle()
    assert not sleeping.done()
    go_on.set()
    await sleeping
    assert await world.call("look") == ["joined"]
    assert world.runs == [(1, 1)]


async def test_nothing_is_dispatched_while_the_actor_stops() -> None:
    world = ScheduleWorld()
    go_on = asyncio.Event()
    world.during = lambda _: go_on.wait()
    await world.run(after(1))
    await world.run(after(2))
    await world.clock.advance(1)
    sleeping = asyncio.create_task(world.sleep())
    await world.clock.advance(1.5)
    assert world.runs == [(1, 1)]
    go_on.set()
    await sleeping
    await world.clock.advance(1)
    assert world.runs == [(1, 1), (2, 2.5)]


async def test_schedules_can_be_set_by_every_hook() -> None:
    class Hooked(Lab):
        async def create_state(self, c: Any, input: Any) -> Any:  # noqa: A002
            await c.schedule.after(timedelta(seconds=1), "other", "create_state")
            return await super().create_state(c, input)

        async def on_create(self, c: LabContext, input: Any) -> None:  # noqa: A002, ARG002
            await c.schedule.after(timedelta(seconds=2), "other", "on_create")

        async def on_wake(self, c: LabContext) -> None:
            if c.generation == 1:
                await c.schedule.after(timedelta(seconds=3), "other", "on_wake")

        async def on_sleep(self, c: LabContext) -> None:
            if c.generation == 1:
                await c.schedule.after(timedelta(seconds=9), "other", "on_sleep")

    world = ScheduleWorld(Hooked)
    await world.locate()
    await world.clock.advance(5)
    await world.sleep()
    await world.clock.advance(20)
    expected = ["create_state", "on_create", "on_wake", "on_sleep"]
    assert await world.call("look") == expected


async def test_a_read_only_action_cannot_change_schedules() -> None:
    class Looking(Lab):
        async def look(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            assert await c.schedule.list() == []
            await c.schedule.after(timedelta(0), "other")

    with pytest.raises(RequestError) as raised:
        await ScheduleWorld(Looking).call("look")
    assert raised.value.body.name == "schedule.read_only"


@pytest.mark.parametrize(
    ("delay", "code"), [(timedelta(seconds=-1), "invalid_argument")]
)
async def test_a_delay_is_not_negative(delay: timedelta, code: str) -> None:
    async def script(c: LabContext) -> None:
        await c.schedule.after(delay, "other")

    with pytest.raises(ScheduleError) as raised:
        await ScheduleWorld().run(script)
    assert raised.value.code == code


async def test_a_moment_has_a_time_zone() -> None:
    async def script(c: LabContext) -> None:
        await c.schedule.at(datetime(2030, 1, 1), "other")  # noqa: DTZ001

    with pytest.raises(ScheduleError) as raised:
        await ScheduleWorld().run(script)
    assert raised.value.metadata == {
        "argument": "moment",
        "reason": "a moment has a time zone",
    }


@pytest.mark.parametrize("args", [["x" * 70_000], [object()]])
async def test_arguments_have_to_fit_into_the_store(args: list[Any]) -> None:
    async def script(c: LabContext) -> None:
        await c.schedule.after(timedelta(0), "other", *args)

    with pytest.raises(ScheduleError) as raised:
        await ScheduleWorld().run(script)
    assert raised.value.code == "invalid_argument"


async def test_an_actor_has_a_limited_number_of_schedules() -> None:
    async def script(c: LabContext) -> None:
        for _ in range(998):
            await c.schedule.after(timedelta(seconds=1), "other")
        await c.cron.every("a", timedelta(seconds=5), action="other")
        await c.cron.every("b", timedelta(seconds=5), action="other")
        with pytest.raises(ScheduleError) as raised:
            await c.schedule.after(timedelta(seconds=1), "other")
        assert raised.value.metadata == {"maximum": 1_000}
        with pytest.raises(ScheduleError):
            await c.cron.every("c", timedelta(seconds=5), action="other")
        await c.cron.every("b", timedelta(seconds=10), action="other")

    await ScheduleWorld().run(script)


async def test_an_error_of_a_schedule_reaches_the_caller_with_its_facts() -> None:
    world = ScheduleWorld()

    class Raising(Lab):
        async def work(self, c: LabContext, argument: Any) -> Any:  # noqa: ARG002
            await c.cron.set("", "* * * * *", action="other")

    world = ScheduleWorld(Raising)
    with pytest.raises(RequestError) as raised:
        await world.call("work")
    body = raised.value.body
    assert (body.name, body.message) == (
        "schedule.invalid_name",
        "Invalid schedule name: it is empty.",
    )


async def test_a_schedule_set_by_work_that_goes_on_fires_before_it_ends() -> None:
    world = ScheduleWorld()
    fired = asyncio.Event()

    async def note(_: LabContext) -> None:
        fired.set()

    async def script(c: LabContext) -> None:
        await c.schedule.after(timedelta(seconds=1), "other")
        await fired.wait()

    world.during, world.script = note, script
    call = asyncio.create_task(world.call("work"))
    await world.clock.advance(3)
    await call
    assert schedule_writes(world.commits) >= 1


async def test_a_hundred_thousand_schedules_are_one_timer_per_awake_actor() -> None:
    actors = [str(number) for number in range(100)]
    world = ScheduleWorld()

    async def fill(c: LabContext) -> None:
        for number in range(1_000):
            await c.schedule.after(timedelta(hours=1, seconds=number), "other")

    world.script = fill
    for key in actors:
        await world.call("work", key=key)
    await world.clock.advance(0)
    per_actor = len(world.clock.waiting) / len(actors)
    assert per_actor <= 4  # idle time, save interval, schedules
    for key in actors:
        await world.host.sleep((await world.locate(key=key)).actor_id)
    await world.clock.advance(0)
    assert len(world.clock.waiting) == 1  # the earliest alarm of all
