"""``c.cron``: calls again and again, their histories, and what a crash leaves."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from core_actors import OTHER, LabBase, LabContext
from rivetgen_runtime.core.schedule_definitions import ScheduleDefinition
from rivetgen_runtime.core.schedule_rules import SCHEDULE_LIMITS, ScheduleError
from rivetgen_runtime.errors import UserError
from rivetgen_runtime.testing.manual import ManualClock
from schedule_world import START_MS, Lab, ScheduleWorld, at, do_nothing, seconds

if TYPE_CHECKING:
    from rivetgen_runtime.core.schedule_infos import CronRun

TEN = timedelta(seconds=10)


def every(interval: timedelta = TEN, name: str = "job", **options: Any) -> Any:
    """A script that sets a schedule of ``other``."""

    async def script(c: LabContext) -> None:
        await c.cron.every(name, interval, action="other", **options)

    return script


async def history(world: ScheduleWorld, name: str = "job", limit: int = 20) -> Any:
    """The history of a schedule: for when each run was, and how it ended."""
    found: list[CronRun] = []

    async def script(c: LabContext) -> None:
        found.extend(await c.cron.history(name, limit=limit))

    await world.run(script)
    return [(seconds(run.scheduled_at), run.result) for run in found]


async def test_an_interval_is_kept_without_drift() -> None:
    world = ScheduleWorld()
    await world.run(every())
    await world.clock.advance(35)
    assert world.runs == [(10, 10), (20, 20), (30, 30)]


async def test_a_cron_expression_fires_in_its_time_zone() -> None:
    world = ScheduleWorld()
    begin = datetime(2026, 3, 28, 12, tzinfo=UTC)  # Berlin's clocks go forward at night
    world.clock = ManualClock(round(begin.timestamp() * 1000))
    world.crash()

    async def script(c: LabContext) -> None:
        await c.cron.set(
            "daily", "30 9 * * *", timezone="Europe/Berlin", action="other"
        )
        await c.cron.set(
            "night", "30 2 * * *", timezone="Europe/Berlin", action="other"
        )

    await world.run(script)
    world.host.start()
    await world.clock.advance(timedelta(days=2).total_seconds())
    assert [fire.scheduled_at for fire in world.fires] == [
        datetime(2026, 3, 29, 7, 30, tzinfo=UTC),  # 02:30 does not exist that night
        datetime(2026, 3, 30, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 30, 7, 30, tzinfo=UTC),
    ]


async def test_a_repeated_hour_does_not_fire_in_a_hot_loop() -> None:
    """Upstream answers with a time of the past, and fires without end."""
    world = ScheduleWorld()
    begin = datetime(2026, 11, 1, 6, 15, tzinfo=UTC)  # 01:15 in New York, again
    world.clock = ManualClock(round(begin.timestamp() * 1000))
    world.crash()

    async def script(c: LabContext) -> None:
        zone = "America/New_York"
        await c.cron.set("half", "*/30 * * * *", timezone=zone, action="other")

    await world.run(script)
    world.host.start()
    await world.clock.advance(3_600)
    assert [fire.scheduled_at for fire in world.fires] == [
        datetime(2026, 11, 1, 7, 0, tzinfo=UTC)
    ]


async def test_what_is_said_about_a_schedule() -> None:
    world = ScheduleWorld()

    async def script(c: LabContext) -> None:
        await c.cron.every("b", TEN, action="other", args=[1], max_history=5)
        await c.cron.set("a", "* * * * *", action="other")
        b, a = await c.cron.list()
        assert await c.cron.get("b") == b
        assert (b.name, b.kind, b.action, b.args) == ("b", "every", "other", [1])
        assert (b.next_run_at, b.last_run_at, b.interval) == (at(10), None, TEN)
        assert (b.max_history, b.expression, b.timezone) == (5, None, None)
        assert (a.kind, a.expression, a.timezone) == ("cron", "* * * * *", "UTC")
        assert (a.interval, a.max_history) == (None, 100)
        assert await c.schedule.list() == []
        assert await c.schedule.get("a") is None
        assert await c.schedule.cancel("a") is False
        assert await c.cron.get("unknown") is None

    await world.run(script)
    await world.clock.advance(12)

    async def later(c: LabContext) -> None:
        b = await c.cron.get("b")
        assert b is not None
        assert (b.next_run_at, b.last_run_at) == (at(20), at(10))

    await world.run(later)


# --- Upsert ---------------------------------------------------------------------------


async def test_the_same_times_keep_the_pending_run() -> None:
    world = ScheduleWorld()
    await world.run(every(args=["old"]))
    await world.clock.advance(8)
    await world.run(every(args=["new"]))
    await world.clock.advance(2)
    assert world.runs == [(10, 10)]
    assert await world.call("look") == ["new"]


async def test_other_times_are_counted_from_now_and_keep_the_last_run() -> None:
    world = ScheduleWorld()
    await world.run(every())
    await world.clock.advance(12)
    await world.run(every(timedelta(seconds=20)))

    async def script(c: LabContext) -> None:
        job = await c.cron.get("job")
        assert job is not None
        assert (job.next_run_at, job.last_run_at) == (at(32), at(10))

    await world.run(script)
    assert await history(world) == [(10, "ok")]


async def test_a_deleted_schedule_takes_its_history_along() -> None:
    world = ScheduleWorld()
    await world.run(every())
    await world.clock.advance(12)

    async def script(c: LabContext) -> None:
        assert await c.cron.delete("job") is True
        assert await c.cron.delete("job") is False
        assert await c.cron.history("job") == []

    await world.run(script)
    await world.clock.advance(50)
    assert world.runs == [(10, 10)]
    await world.run(every())
    assert await history(world) == []


# --- Histories ------------------------------------------------------------------------


async def test_the_history_is_newest_first_and_limited() -> None:
    world = ScheduleWorld()
    await world.run(every(max_history=3))
    await world.clock.advance(51)
    assert await history(world) == [(50, "ok"), (40, "ok"), (30, "ok")]
    assert await history(world, limit=2) == [(50, "ok"), (40, "ok")]
    await world.run(every(max_history=1))
    assert await history(world) == [(50, "ok")]
    await world.run(every(max_history=0))
    await world.clock.advance(10)
    assert await history(world) == []


async def test_a_history_survives_a_kill() -> None:
    world = ScheduleWorld()
    await world.run(every())
    await world.clock.advance(25)
    world.restart()
    assert await history(world) == [(20, "ok"), (10, "ok")]


async def test_a_failed_run_is_recorded_without_what_callers_may_not_read() -> None:
    world = ScheduleWorld()
    runs: list[CronRun] = []

    async def fail(c: LabContext) -> None:
        assert c.fire is not None
        if seconds(c.fire.scheduled_at) == 10:
            raise UserError("told", "code", {"fact": 1})
        message = "secret"
        raise RuntimeError(message)

    async def look(c: LabContext) -> None:
        runs.extend(await c.cron.history("job"))

    world.during = fail
    await world.run(every())
    await world.clock.advance(25)
    await world.run(look)
    hidden, told = (run.error for run in runs)
    assert told is not None
    assert hidden is not None
    assert (told.name, told.message, told.metadata) == (
        *("user.code", "told"),
        {"fact": 1},
    )
    assert (hidden.name, hidden.message) == (
        "rivetkit.internal_error",
        "An internal error occurred",
    )
    assert [run.result for run in runs] == ["error", "error"]


async def test_the_histories_of_an_actor_are_limited_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits = replace(SCHEDULE_LIMITS, history_per_actor=20, history_per_actor_kept=15)
    name = "rivetgen_runtime.core.schedule_book.SCHEDULE_LIMITS"
    monkeypatch.setattr(name, limits)
    world = ScheduleWorld()
    await world.run(every(timedelta(seconds=100), "seldom"))
    await world.run(every(TEN, "often"))
    await world.clock.advance(305)
    assert len(await history(world, "seldom")) == 3
    often = await history(world, "often")
    assert often[0] == (300, "ok")
    assert 12 <= len(often) <= 17


# --- Overlap --------------------------------------------------------------------------


def lasting(world: ScheduleWorld) -> asyncio.Event:
    """Let runs go on until the event is set."""
    go_on = asyncio.Event()
    world.during = lambda _: go_on.wait()
    return go_on


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> ScheduleWorld:
    monkeypatch.setattr(OTHER, "timeout_s", 600.0)
    return ScheduleWorld()


async def test_a_run_is_skipped_while_an_earlier_one_goes_on(
    world: ScheduleWorld,
) -> None:
    go_on = lasting(world)
    await world.run(every(overlap="skip"))
    await world.clock.advance(25)
    assert world.runs == [(10, 10)]
    assert await history(world) == [(20, "skipped"), (10, "running")]
    go_on.set()
    await world.clock.advance(10)
    assert world.runs == [(10, 10), (30, 30)]
    assert await history(world) == [(30, "ok"), (20, "skipped"), (10, "ok")]


async def test_a_run_waits_until_an_earlier_one_has_ended(world: ScheduleWorld) -> None:
    go_on = lasting(world)
    await world.run(every(overlap="queue"))
    await world.clock.advance(35)
    assert world.runs == [(10, 10)]
    go_on.set()
    await world.clock.advance(1)
    assert world.runs == [(10, 10), (20, 35), (30, 35)]


async def test_runs_may_overlap(world: ScheduleWorld) -> None:
    go_on = lasting(world)
    await world.run(every(overlap="allow"))
    await world.clock.advance(25)
    assert world.runs == [(10, 10), (20, 20)]
    go_on.set()
    await world.clock.advance(1)
    assert await history(world) == [(20, "ok"), (10, "ok")]


async def test_a_schedule_made_anew_while_its_action_runs_waits_for_it(
    world: ScheduleWorld,
) -> None:
    go_on = lasting(world)
    await world.run(every())
    await world.clock.advance(12)

    async def remake(c: LabContext) -> None:
        await c.cron.delete("job")
        await c.cron.every("job", TEN, action="other")

    await world.run(remake)
    await world.clock.advance(12)
    assert await history(world) == [(22, "skipped")]
    go_on.set()
    await world.clock.advance(10)
    assert await history(world) == [(32, "ok"), (22, "skipped")]


# --- Missed runs and crashes ----------------------------------------------------------


async def down(world: ScheduleWorld, for_s: float) -> None:
    """Kill the process and start another one later."""
    world.kill()
    await world.clock.advance(for_s)
    world.host.start()
    await world.clock.advance(0)


@pytest.mark.parametrize(
    ("missed", "runs"),
    [
        ("once", [(10, 47), (50, 50)]),
        ("skip", [(50, 50)]),
        ("all", [(10, 47), (20, 47), (30, 47), (40, 47), (50, 50)]),
        (2, [(30, 47), (40, 47), (50, 50)]),
    ],
)
async def test_missed_runs(missed: Any, runs: list[tuple[float, float]]) -> None:
    world = ScheduleWorld()
    await world.run(every(missed=missed))
    await down(world, 47)
    await world.clock.advance(5)
    assert world.runs == runs


async def test_a_run_that_the_process_did_not_survive_is_recorded_and_runs_again(
    world: ScheduleWorld,
) -> None:
    lasting(world)
    await world.run(every())
    await world.clock.advance(12)
    world.during = do_nothing
    await down(world, 1)
    assert world.runs == [(10, 10), (10, 13)]
    assert await history(world) == [(10, "ok"), (10, "error")]
    await world.clock.advance(10)
    assert world.runs[2:] == [(20, 20)]

    async def look(c: LabContext) -> None:
        *_, interrupted = await c.cron.history("job")
        assert interrupted.error is not None
        assert interrupted.error.name == "schedule.interrupted"

    await world.run(look)


async def test_an_interrupted_run_and_missed_ones_are_one_when_once_is_enough(
    world: ScheduleWorld,
) -> None:
    lasting(world)
    await world.run(every())
    await world.clock.advance(12)
    world.during = do_nothing
    await down(world, 20)
    assert world.runs == [(10, 10), (10, 32)]
    await world.clock.advance(10)
    assert world.runs[2:] == [(40, 40)]


async def test_a_run_that_the_stop_cut_off_runs_again(world: ScheduleWorld) -> None:
    lasting(world)
    await world.run(every())
    await world.clock.advance(12)
    world.during = do_nothing
    sleeping = asyncio.create_task(world.sleep())
    await world.clock.advance(16)  # more than the grace period
    await sleeping
    await world.clock.advance(5)
    assert [scheduled_s for scheduled_s, _ in world.runs[:2]] == [10, 10]
    results = [result for _, result in await history(world)]
    assert results[-2:] == ["ok", "error"]


async def test_waiting_runs_are_not_lost(world: ScheduleWorld) -> None:
    lasting(world)
    await world.run(every(overlap="queue", missed="all"))
    await world.clock.advance(35)
    world.during = do_nothing
    await down(world, 1)
    assert [scheduled_s for scheduled_s, _ in world.runs] == [10, 10, 20, 30]


async def test_a_schedule_of_an_unknown_action_ends_with_its_first_run() -> None:
    world = ScheduleWorld()

    async def script(c: LabContext) -> None:
        await c.cron.every("lost", TEN, action="nothing")

    await world.run(script)
    await world.clock.advance(25)

    async def look(c: LabContext) -> None:
        assert await c.cron.get("lost") is None
        assert await c.cron.list() == []
        (run,) = await c.cron.history("lost")
        assert run.error is not None
        assert run.error.name == "actor.action_not_found"
        await c.cron.every("lost", TEN, action="other")

    await world.run(look)
    await world.clock.advance(12)
    assert [result for _, result in await history(world, "lost")] == ["ok", "error"]


# --- Declared schedules ---------------------------------------------------------------


def declaring(*schedules: ScheduleDefinition) -> type[Lab]:
    """An actor with these schedules in its schema."""
    definition = replace(LabBase.definition, schedules=schedules)
    return type("Declaring", (Lab,), {"definition": definition})


async def test_a_declared_schedule_runs_from_the_creation_on() -> None:
    job = ScheduleDefinition(name="job", action=OTHER, args=("hi",), every_ms=10_000)
    world = ScheduleWorld(declaring(job))
    await world.locate()
    await world.clock.advance(25)
    assert world.runs == [(10, 10), (20, 20)]
    assert await world.call("look") == ["hi", "hi"]


async def test_declared_schedules_follow_the_schema_at_each_start() -> None:
    kept = ScheduleDefinition(name="kept", action=OTHER, every_ms=100_000)
    gone = ScheduleDefinition(name="gone", action=OTHER, every_ms=100_000)
    moved = ScheduleDefinition(name="moved", action=OTHER, every_ms=100_000)
    first = ScheduleWorld(declaring(kept, gone, moved))
    await first.run(every(timedelta(seconds=100), "own"))
    await first.clock.advance(20)

    daily = ScheduleDefinition(name="moved", action=OTHER, cron="0 0 * * *")
    second = ScheduleWorld(declaring(kept, daily))
    second.clock, second.store = first.clock, first.store.fork()
    second.crash()
    found: dict[str, float] = {}

    async def look(c: LabContext) -> None:
        for job in await c.cron.list():
            found[job.name] = seconds(job.next_run_at)

    await second.run(look)
    midnight_s = (-START_MS // 1000) % 86_400
    assert found == {"kept": 100, "own": 100, "moved": midnight_s}


async def test_an_unchanged_declared_schedule_is_not_written_again() -> None:
    job = ScheduleDefinition(name="job", action=OTHER, every_ms=100_000)
    world = ScheduleWorld(declaring(job))
    await world.locate()
    await world.sleep()
    world.commits.batches.clear()
    await world.locate()
    assert all(len(batch.writes) == 1 for batch in world.commits.batches)


INVALID: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("set", ("a", "@daily"), {}, "invalid_cron_expression"),
    ("set", ("a", "0 0 31 2 *"), {}, "invalid_cron_expression"),
    ("set", ("a", "* * * * *"), {"timezone": "utc"}, "invalid_timezone"),
    ("every", ("a", timedelta(seconds=4)), {}, "invalid_interval"),
    ("every", ("", TEN), {}, "invalid_name"),
    ("every", ("ü" * 65, TEN), {}, "invalid_name"),
    ("every", ("a", TEN), {"max_history": 1001}, "invalid_max_history"),
]


@pytest.mark.parametrize(("method", "args", "options", "code"), INVALID)
async def test_what_cannot_be_set(
    method: str, args: tuple[Any, ...], options: dict[str, Any], code: str
) -> None:
    async def script(c: LabContext) -> None:
        await getattr(c.cron, method)(*args, action="other", **options)

    with pytest.raises(ScheduleError) as raised:
        await ScheduleWorld().run(script)
    assert raised.value.code == code


async def test_a_page_of_history_has_at_least_one_run() -> None:
    with pytest.raises(ScheduleError, match="Invalid history limit 0"):
        await history(ScheduleWorld(), limit=0)
