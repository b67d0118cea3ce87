"""Joins and races: branches that go on at the same time."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

import rivetgen_runtime as runtime
from core_world import CommitControl
from rivetgen_runtime.core.ports import Area
from rivetgen_runtime.core.watching import Watchers
from rivetgen_runtime.core.workflows.entries import WorkflowState
from rivetgen_runtime.core.workflows.journal import Journal
from rivetgen_runtime.core.workflows.locations import KeyKind, decode_key
from rivetgen_runtime.testing.manual import ManualRandomness, settle
from workflow_world import (
    SLEEP_S,
    AskReply,
    FlowContext,
    FlowWorkflow,
    FlowWorld,
    noting,
)

if TYPE_CHECKING:
    from rivetgen_runtime.core.ports import Batch

LONG_S = 10**9


async def test_a_join_waits_for_all_and_gives_their_results() -> None:
    results: list[Any] = []

    async def slow(w: FlowWorkflow) -> str:
        await w.sleep("pause", 5)
        return await w.step("note", noting("slow", world.did))

    async def quick(w: FlowWorkflow) -> str:
        return await w.step("note", noting("quick", world.did))

    async def body(w: FlowWorkflow) -> None:
        results.append(await w.join("both", {"slow": slow, "quick": quick}))
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    await world.wake()
    assert world.did == ["quick"]
    await world.restart()
    await world.clock.advance(6)
    await world.restart()
    assert world.did == ["quick", "slow"]
    assert results == [{"slow": "slow", "quick": "quick"}] * 2


async def test_no_branches_give_no_results() -> None:
    async def body(w: FlowWorkflow) -> None:
        assert await w.join("none", {}) == {}
        with pytest.raises(runtime.RaceError):
            await w.race("none either", {})
        world.did.append("after")

    world = FlowWorld(body)
    await world.wake()
    assert world.did == ["after"]


async def test_a_join_tells_which_branches_have_failed_and_how() -> None:
    errors: list[Any] = []

    async def bad(_: FlowWorkflow) -> str:
        message = "join failed"
        raise ValueError(message)

    async def good(w: FlowWorkflow) -> str:
        await w.sleep("pause", 1)
        return await w.step("note", noting("good", world.did))

    async def body(w: FlowWorkflow) -> None:
        try:
            await w.join("both", {"bad": bad, "good": good})
        except runtime.JoinError as error:
            errors.append(error.errors)
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(2)
    await world.restart()
    assert world.did == ["good"]
    facts = runtime.ErrorFacts(name="ValueError", message="join failed")
    assert errors == [{"bad": facts}] * 2


async def test_retries_of_a_branch_keep_the_join_alive() -> None:
    async def flaky(c: FlowContext) -> str:
        world.did.append("try")
        if len(world.did) < 3:
            message = "not yet"
            raise RuntimeError(message)
        return c.actor_id

    async def branch(w: FlowWorkflow) -> str:
        return await w.step("flaky", flaky)

    async def body(w: FlowWorkflow) -> None:
        await w.join("one", {"flaky": branch})

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(3)
    assert len(world.did) == 3
    assert await world.state() is WorkflowState.COMPLETED


async def test_a_time_limit_beats_a_step_that_runs() -> None:
    """The step was waited for: defects 11 and 24 of official servers."""
    results: list[Any] = []
    leaked: list[FlowContext] = []

    async def hang(c: FlowContext) -> None:
        leaked.append(c)
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            world.did.append("cancelled")
            raise

    async def work(w: FlowWorkflow) -> str:
        await w.step("hang", hang)
        return "worked"

    async def limit(w: FlowWorkflow) -> str:
        await w.sleep("limit", 0.2)
        return "too late"

    async def body(w: FlowWorkflow) -> None:
        results.append(await w.race("either", {"work": work, "limit": limit}))
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(0.2)
    assert results == [runtime.Raced("limit", "too late")]
    assert world.did == ["cancelled"]
    assert leaked[0].aborted
    with pytest.raises(runtime.StepContextEndedError):
        _ = leaked[0].state
    await world.restart()
    assert results == [runtime.Raced("limit", "too late")] * 2
    assert [path for path in await world.paths() if "hang" in path] == []


async def test_a_loser_that_takes_no_notice_is_neither_awaited_nor_recorded() -> None:
    release = asyncio.Event()

    async def deaf(c: FlowContext) -> str:
        del c
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                world.did.append("deaf")
        return "too late"

    async def loser(w: FlowWorkflow) -> str:
        await w.step("deaf", deaf)
        await w.step("never", noting("never", world.did))
        return "loser"

    async def winner(w: FlowWorkflow) -> str:
        await w.sleep("pause", 1)
        return "winner"

    async def body(w: FlowWorkflow) -> None:
        raced = await w.race("either", {"loser": loser, "winner": winner})
        world.did.append(raced.winner)
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(1)
    assert world.did == ["deaf", "winner"]
    release.set()
    await world.clock.advance(1)
    assert world.did == ["deaf", "winner"]
    assert [path for path in await world.paths() if "loser" in path] == []


async def test_nothing_is_left_of_what_a_loser_had_begun_inside() -> None:
    async def hang(_: FlowContext) -> None:
        await asyncio.get_running_loop().create_future()

    async def inner(w: FlowWorkflow) -> None:
        await w.step("hang", hang)

    async def loser(w: FlowWorkflow) -> str:
        await w.join("inside", {"one": inner, "two": inner})
        return "loser"

    async def winner(w: FlowWorkflow) -> str:
        await w.sleep("pause", 1)
        return "winner"

    async def body(w: FlowWorkflow) -> None:
        await w.race("either", {"loser": loser, "winner": winner})
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(2)
    assert await world.paths() == ["either", "either/winner/pause", "for ever"]
    kinds = [decode_key(key)[0] for key in await world.rows()]
    assert KeyKind.METADATA not in kinds


async def test_a_race_fails_when_all_branches_have() -> None:
    errors: list[Any] = []

    async def fail(w: FlowWorkflow) -> str:
        message = f"no {len(await w.step('note', noting('x')))}"
        raise ValueError(message)

    async def body(w: FlowWorkflow) -> None:
        try:
            await w.race("either", {"a": fail, "b": fail})
        except runtime.RaceError as error:
            errors.append((str(error), {**error.errors}))
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    await world.wake()
    await world.restart()
    facts = runtime.ErrorFacts(name="ValueError", message="no 1")
    assert errors == [("All branches failed", {"a": facts, "b": facts})] * 2


async def test_a_branch_that_waits_for_its_signal_ends_when_it_has_lost() -> None:
    async def fast(w: FlowWorkflow) -> str:
        return await w.step("process", noting("item", world.did))

    async def slow(w: FlowWorkflow) -> str:
        await w.abort_signal.wait()
        return "slow"

    async def iteration(w: FlowWorkflow) -> runtime.Break[None] | None:
        raced = await w.race("item", {"fast": fast, "slow": slow})
        world.did.append(raced.winner)
        return runtime.Break(None) if len(world.did) == 6 else None

    async def body(w: FlowWorkflow) -> None:
        await w.repeat("items", iteration)

    world = FlowWorld(body)
    await world.wake()
    assert world.did == ["item", "fast"] * 3


async def test_a_stop_reaches_all_branches_at_once() -> None:
    """It did not reach races: defect 11 of official servers."""

    async def wait(w: FlowWorkflow) -> str:
        await w.abort_signal.wait()
        world.did.append("told")
        await asyncio.get_running_loop().create_future()
        return "never"

    async def nested(w: FlowWorkflow) -> str:
        return (await w.race("inner", {"a": wait, "b": wait})).value

    async def body(w: FlowWorkflow) -> None:
        await w.join("outer", {"one": nested, "two": wait})

    world = FlowWorld(body)
    await world.wake()
    started_s = world.clock.monotonic_s()
    await world.sleep()
    assert world.clock.monotonic_s() == started_s
    assert await world.is_asleep()


async def test_branches_that_only_wait_let_the_actor_sleep() -> None:
    async def sleeping(w: FlowWorkflow) -> str:
        await w.sleep("pause", 100)
        return "slept"

    async def waiting(w: FlowWorkflow) -> str:
        return str((await w.queues.jobs.next("wait")).body)

    async def body(w: FlowWorkflow) -> None:
        raced = await w.race("either", {"sleeping": sleeping, "waiting": waiting})
        world.did.append(f"{raced.winner} {raced.value}")
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(SLEEP_S + 1)
    assert await world.is_asleep()
    await world.send("jobs", 1)
    assert world.did == ["waiting 1"]


async def test_a_branch_that_runs_a_step_keeps_the_actor_awake() -> None:
    release = asyncio.Event()
    options = runtime.StepOptions(timeout_s=None)

    async def hold(_: FlowContext) -> None:
        await release.wait()

    async def working(w: FlowWorkflow) -> None:
        await w.step("hold", hold, options=options)

    async def waiting(w: FlowWorkflow) -> None:
        await w.queues.jobs.next("wait")

    async def body(w: FlowWorkflow) -> None:
        await w.join("both", {"working": working, "waiting": waiting})

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(SLEEP_S * 3)
    assert not await world.is_asleep()
    release.set()
    await world.clock.advance(SLEEP_S * 3)
    assert await world.is_asleep()


async def test_a_message_of_a_branch_that_lost_goes_back_to_its_queue() -> None:
    async def loser(w: FlowWorkflow) -> str:
        await w.queues.ask.next("wait")
        await w.sleep("think", LONG_S)
        return "loser"

    async def winner(w: FlowWorkflow) -> str:
        await w.sleep("pause", 5)
        return "winner"

    async def body(w: FlowWorkflow) -> None:
        await w.race("either", {"loser": loser, "winner": winner})
        world.did.append((await w.queues.ask.next("again")).body.question)
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    (await world.ask("why")).cancel()
    await world.clock.advance(6)
    assert world.did == ["why"]


@pytest.mark.parametrize("queue", ["jobs", "other", "ask"])
async def test_a_message_that_comes_as_the_time_is_up_is_not_lost(queue: str) -> None:
    async def loser(w: FlowWorkflow) -> str:
        await w.queues.next("wait", queue)
        return "loser"

    async def winner(w: FlowWorkflow) -> str:
        await w.sleep("pause", 5)
        return "winner"

    async def body(w: FlowWorkflow) -> None:
        raced = await w.race("either", {"loser": loser, "winner": winner})
        delivery = await w.queues.next("again", queue)
        world.did.append(f"{raced.winner} {delivery.name}")

    world = FlowWorld(body)
    await world.wake()
    sending = asyncio.create_task(world.send(queue, {"question": "why"}))
    while not world.commits.batches or "why" not in str(world.commits.batches[-1]):
        await settle_a_little()
    world.commits.hold()
    await settle()
    await world.clock.advance(5)
    await world.commits.let_go()
    await sending
    await settle()
    assert world.did == [f"winner {queue}"]


@pytest.mark.parametrize("restarts", [False, True])
async def test_a_message_with_which_a_loser_did_nothing_goes_back(
    restarts: bool,
) -> None:
    async def taking(w: FlowWorkflow) -> str:
        delivery = await w.queues.jobs.next("wait")
        await w.sleep("think", 60)
        return str(delivery.body)

    async def loser(w: FlowWorkflow) -> str:
        return (await w.join("inside", {"taking": taking}))["taking"]

    async def winner(w: FlowWorkflow) -> str:
        await w.sleep("pause", 5)
        return "winner"

    async def body(w: FlowWorkflow) -> None:
        await w.race("either", {"loser": loser, "winner": winner})
        world.did.append((await w.queues.jobs.next("again")).body)

    world = FlowWorld(body)
    await world.send("jobs", "job")
    if restarts:
        await world.restart()
    await world.clock.advance(6)
    assert world.did == ["job"]


async def test_a_loser_that_takes_no_notice_changes_nothing_any_more() -> None:
    release = asyncio.Event()

    async def loser(w: FlowWorkflow) -> str:
        delivery = await w.queues.ask.next("wait")

        async def deaf(c: FlowContext) -> None:
            while not release.is_set():
                with suppress(asyncio.CancelledError):
                    await release.wait()
            with pytest.raises(runtime.StepContextEndedError):
                c.state.notes.append("too late")
            world.did.append("refused")
            await delivery.complete(AskReply(answer="too late"))
            world.did.append("never")

        await w.step("deaf", deaf)
        return "loser"

    async def winner(w: FlowWorkflow) -> str:
        await w.sleep("pause", 5)
        return "winner"

    async def body(w: FlowWorkflow) -> None:
        await w.race("either", {"loser": loser, "winner": winner})
        delivery = await w.queues.ask.next("again")
        await w.sleep("think", 5)
        await delivery.complete(AskReply(answer="in time"))
        await w.sleep("for ever", LONG_S)

    world = FlowWorld(body)
    asking = await world.ask("why")
    await world.clock.advance(6)
    release.set()
    await world.clock.advance(6)
    assert (await asking).reply == {"answer": "in time"}
    assert world.did == ["refused"]
    assert await world.notes() == []


async def test_a_message_that_a_step_of_a_loser_may_have_used_does_not() -> None:
    async def loser(w: FlowWorkflow) -> str:
        await w.queues.jobs.next("wait")
        await w.step("use", noting("used", world.did))
        await w.sleep("think", 60)
        return "loser"

    async def winner(w: FlowWorkflow) -> str:
        await w.sleep("pause", 5)
        return "winner"

    async def body(w: FlowWorkflow) -> None:
        await w.race("either", {"loser": loser, "winner": winner})
        await w.queues.jobs.next("again")
        world.did.append("twice")

    world = FlowWorld(body)
    await world.send("jobs", "job")
    await world.clock.advance(6)
    assert world.did == ["used"]


async def settle_a_little() -> None:
    """One turn of the event loop."""
    await asyncio.sleep(0)


async def test_branches_that_end_together_share_a_commit() -> None:
    """Each wrote the outcomes of all: a thousand branches wrote a million of them."""

    async def branch(w: FlowWorkflow) -> None:
        await w.step("note", noting("x"))

    async def body(w: FlowWorkflow) -> None:
        await w.join("all", {f"{number}": branch for number in range(100)})

    world = FlowWorld(body)
    await world.wake()
    await world.clock.advance(1)
    assert await world.state() is WorkflowState.COMPLETED
    assert len(world.commits.batches) < 20


@pytest.mark.parametrize("names", [["a"], ["a", "b", "c"]])
async def test_other_branches_than_those_that_are_recorded_are_refused(
    names: list[str],
) -> None:
    async def branch(w: FlowWorkflow) -> None:
        await w.sleep("pause", LONG_S)

    def joining(names: list[str]) -> Any:
        async def body(w: FlowWorkflow) -> None:
            await w.join("both", dict.fromkeys(names, branch))

        return body

    world = FlowWorld(joining(["a", "b"]))
    await world.wake()
    await world.deploy(joining(names))
    (failure,) = world.failures
    assert failure.error.name == "HistoryDivergedError"
    assert await world.state() is not WorkflowState.FAILED


class LoadingCommits(CommitControl):
    """Reads the whole journal of every batch that becomes durable; takes its time."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self._rng = rng
        self.rows: dict[bytes, bytes] = {}
        self.loads = 0

    async def __call__(self, batch: Batch) -> None:
        for _ in range(self._rng.randrange(4)):
            await asyncio.sleep(0)
        await super().__call__(batch)
        for write in batch.writes:
            self._apply(write)
        journal = Journal("", ManualRandomness(), Watchers())
        journal.load(self.rows)
        for entry in journal:
            assert "?" not in journal.path_of(entry.location)
        self.loads += 1

    def _apply(self, write: Any) -> None:
        if getattr(write, "area", None) is not Area.JOURNAL:
            return
        keys = getattr(write, "keys", None)
        if keys is not None:
            for key in [key for key in self.rows if key in keys]:
                del self.rows[key]
        elif hasattr(write, "value"):
            self.rows[write.key] = write.value
        else:
            self.rows.pop(write.key, None)


@pytest.mark.parametrize("seed", range(25))
async def test_every_commit_of_branches_can_be_loaded(seed: int) -> None:
    """Names were lost, and the actor with them: defect 25 of official servers."""
    rng = random.Random(seed)

    async def pause(c: FlowContext) -> int:
        del c
        for _ in range(rng.randrange(6)):
            await asyncio.sleep(0)
        return rng.randrange(100)

    async def branch(w: FlowWorkflow) -> list[int]:
        return [await w.step(f"{rng.random()}", pause) for _ in range(3)]

    async def body(w: FlowWorkflow) -> None:
        await w.join("both", {"a": branch, "b": branch})

    world = FlowWorld(body)
    world.commits = commits = LoadingCommits(rng)
    world.store = world.store.fork(commit_gate=commits)
    world.crash()
    await world.wake()
    await settle()
    await settle()
    assert await world.state() is WorkflowState.COMPLETED
    assert commits.loads >= 6
