"""Running what is due: claims, overlap, results, and what a crash left behind.

A claim is stored together with what the run did, not before: when the process dies
during a run, the schedule fires again. So every schedule fires at least once. One that
the process dies of again and again is put off, and given up in the end.
"""

from __future__ import annotations

import asyncio
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.actions import run_action
from rivetgen_runtime.core.cron import CronCadence
from rivetgen_runtime.core.failures import as_request_error
from rivetgen_runtime.core.queues.receiving import finishing_messages
from rivetgen_runtime.core.schedule_book import ScheduleBook
from rivetgen_runtime.core.schedule_infos import Fire, moment_from_ms
from rivetgen_runtime.core.schedule_rows import (
    Ended,
    OneShot,
    Recurring,
    Result,
    Run,
    decode_args,
    row_key,
)
from rivetgen_runtime.core.schedule_rules import (
    SCHEDULE_LIMITS,
    Admission,
    Missed,
    Overlap,
    PendingRun,
    ScheduleError,
    ScheduleErrorCode,
    admit,
    crash_backoff_ms,
    due_runs,
    trigger_when_set,
)
from rivetgen_runtime.errors import (
    ActionNotFoundError,
    ActorStoppingError,
    StorageError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from rivetgen_client.wire.errors import ErrorBody
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.definitions import ActionBinding
    from rivetgen_runtime.core.schedule_rows import AnyCadence, StoredRow

__all__ = ["ScheduleRunner"]

_FIRE: Final = "fire"
"""Name of an argument that receives the fire info."""


class _Outcome(NamedTuple):
    """How a run ended.

    Attributes:
        error: Why it failed; None when it did not.
        was_interrupted: Whether the actor stopped first: it has to run again.
    """

    error: Exception | None
    was_interrupted: bool


class ScheduleRunner:
    """The schedules of one activation.

    Args:
        activation: Whose schedules.

    Attributes:
        book: The schedules themselves.
        begun: Ids of one-shots that are running, or that the stop interrupted.
    """

    def __init__(self, activation: Activation) -> None:
        self._activation = activation
        self._going: dict[str, int] = {}
        self._is_after_crash = False
        self._suspects: set[str] = set()
        self._one_by_one = asyncio.Lock()
        self.book = ScheduleBook(activation.record.actor_id)
        self.begun: set[str] = set()

    def load(self, stored: Mapping[bytes, bytes], *, is_after_crash: bool) -> None:
        """Take up what is stored, before the first hook of a start.

        Args:
            stored: All schedules.
            is_after_crash: Whether the activation before did not end in order.
        """
        self._is_after_crash = is_after_crash
        self.book.load(stored)
        for error in self.book.unreadable.values():
            self._activation.log.error("%s", error)
        for row in self.book.all_recurring:
            self._recover(row)
        for one_shot in self.book.one_shots:
            self._take_up(one_shot)
        for any_row in self.book.rows:
            self.arm(any_row)

    def declare(self, declared: Iterable[Recurring]) -> None:
        """Make the schedules of the schema what it says; forget those it has no more.

        Args:
            declared: All of them; they may be more than ``maxSchedules``.
        """
        rows = {row.name: replace(row, is_declared=True) for row in declared}
        for row in self.book.all_recurring:
            if row.is_declared and row.name not in rows:
                self.delete(row)
        for row in rows.values():
            self.upsert(row)

    def upsert(self, row: Recurring) -> None:
        """Add a schedule, or replace the one of its name.

        The pending run stays when its times are the same; what runs, is owed or was
        recorded stays in any case.

        Raises:
            ScheduleError: ``invalid_cron_expression``: it has no run.
        """
        old = self.book.readable(row.name)
        if old is not None:
            row = _continuing(row, old)
        if row.cadence is not None:
            next_at_ms = trigger_when_set(
                row.cadence, now_ms=self._now_ms, previous=_pending_run(old)
            )
            row = replace(row, next_at_ms=next_at_ms)
        if row != old:
            self._keep(row)

    def delete(self, row: Recurring) -> None:
        """Remove a schedule and its history; a run that goes on is not stopped."""
        self.book.remove(row)
        self.book.forget_history(row.name)
        self.disarm(row)

    def arm(self, row: StoredRow) -> None:
        """Set the timers of a row."""
        timers = self._activation.timers
        match row:
            case OneShot(schedule_id):
                fire = partial(self._fire_one_shot, schedule_id)
                timers.set(_source(row), row.due_ms, fire)
            case Recurring(cadence=None):
                self.disarm(row)
            case Recurring(name=name):
                due_ms = row.next_at_ms
                if row.waiting and not self._going.get(name):
                    due_ms = min(due_ms, row.waiting[0])
                timers.set(_source(row), due_ms, partial(self._fire_recurring, name))
                self._hold(row)

    def disarm(self, row: StoredRow) -> None:
        """Cancel the timers of a row."""
        self._activation.timers.cancel(_source(row))
        self._activation.timers.cancel(_owed(row))

    # One-shots

    def _fire_one_shot(self, schedule_id: str) -> None:
        row = self.book.one_shot(schedule_id)
        if row is not None:
            self.begun.add(schedule_id)
            is_suspect = schedule_id in self._suspects or row.tries.number
            run = self._try_one_shot if is_suspect else self._run_one_shot
            self._activation.background.spawn(run(row))

    async def _try_one_shot(self, row: OneShot) -> None:
        """Run what the process may have died of, once that it runs is durable.

        What was tried before runs alone, so that nothing else is blamed for it.
        """
        if row.tries.number >= SCHEDULE_LIMITS.crashed_runs:
            self._give_up(row)
            return
        async with self._one_by_one if row.tries.number else nullcontext():
            tried = replace(row, tries=row.tries.begun(self._now_ms))
            self._alone(partial(self.book.put, tried))
            if await self._may_begin():
                await self._run_one_shot(tried)

    def _give_up(self, row: OneShot) -> None:
        log, deaths = self._activation.log, row.tries.number
        log.error("scheduled %s is given up: %d processes died", row.action, deaths)
        self._alone(partial(self._forget, row))
        self.begun.discard(row.schedule_id)

    async def _may_begin(self) -> bool:
        """Wait until it is durable what begins; false when the actor leaves."""
        commits = self._activation.turns.commits
        with suppress(StorageError, ActorStoppingError):
            await commits.reached(commits.covering)
            return self._activation.lifecycle.is_running
        return False

    async def _run_one_shot(self, row: OneShot) -> None:
        fire = Fire(
            "at",
            schedule_id=row.schedule_id,
            name=None,
            scheduled_at=moment_from_ms(row.run_at_ms),
            fired_at=moment_from_ms(self._now_ms),
        )
        outcome = await self._execute(row.action, row.args, fire)
        if not outcome.was_interrupted:
            self._end(row.action, outcome.error, lambda _: self._forget(row))
            self.begun.discard(row.schedule_id)

    def _forget(self, row: OneShot) -> None:
        self.book.remove(row)
        self.disarm(row)

    # Recurring schedules

    def _fire_recurring(self, name: str) -> None:
        self._alone(partial(self._begin_due, name))

    def _begin_due(self, name: str) -> None:
        row = self.book.recurring(name)
        if row is None or row.cadence is None:
            return
        now_ms = self._now_ms
        try:
            due = due_runs(
                row.cadence, row.catch_up, trigger_at_ms=row.next_at_ms, now_ms=now_ms
            )
        except ScheduleError as error:
            self._activation.log.error("schedule %r has ended", name, exc_info=error)
            self._keep(replace(row, cadence=None))
            return
        row = replace(row, next_at_ms=due.next_trigger_at_ms)
        for scheduled_at_ms in due.scheduled_at_ms:
            row = self._admitted(row, scheduled_at_ms)
        self._keep(self._start_waiting(row))

    def _admitted(self, row: Recurring, scheduled_at_ms: int) -> Recurring:
        """Let a run wait for its turn, which may be now, or skip it."""
        waiting = len(row.waiting) if row.overlap is Overlap.QUEUE else 0
        running = self._going.get(row.name, 0)
        admission = admit(row.overlap, running=running, waiting=waiting)
        if admission is not Admission.SKIP:
            return replace(row, waiting=(*row.waiting, scheduled_at_ms))
        run = Run(row.next_number, scheduled_at_ms, self._now_ms)
        self._record(row, run, result=Result.SKIPPED)
        return replace(row, next_number=run.number + 1)

    def _start_waiting(self, row: Recurring) -> Recurring:
        """Start the runs that wait, as far as the policy lets them overlap."""
        while row.waiting and self._may_start(row):
            scheduled_at_ms, *others = row.waiting
            run = Run(row.next_number, scheduled_at_ms, self._now_ms)
            row = replace(
                row,
                running=(*row.running, run),
                waiting=tuple(others),
                last_at_ms=run.fired_at_ms,
                next_number=run.number + 1,
            )
            self._going[row.name] = self._going.get(row.name, 0) + 1
            self._activation.background.spawn(self._run_recurring(row, run))
        return row

    def _may_start(self, row: Recurring) -> bool:
        if not self._activation.lifecycle.is_running:
            return False  # what waits is owed to the next activation
        return row.overlap is Overlap.ALLOW or not self._going.get(row.name)

    async def _run_recurring(self, row: Recurring, run: Run) -> None:
        fire = Fire(
            "cron" if isinstance(row.cadence, CronCadence) else "every",
            schedule_id=row.name,
            name=row.name,
            scheduled_at=moment_from_ms(run.scheduled_at_ms),
            fired_at=moment_from_ms(run.fired_at_ms),
        )
        if self._is_after_crash and not await self._may_begin():
            self._leave(row.name)
            return
        outcome = await self._execute(row.action, row.args, fire)
        self._leave(row.name)
        if not outcome.was_interrupted:
            finish = partial(self._finish, row, run)
            self._end(row.action, outcome.error, finish)
            self._alone(partial(self._continue, row.name))

    def _leave(self, name: str) -> None:
        self._going[name] -= 1
        if not self._going[name]:
            del self._going[name]

    def _finish(self, begun: Recurring, run: Run, error: Exception | None) -> None:
        """Claim a run; the schedule may be gone, or another one of this name."""
        row = self.book.recurring(begun.name)
        if row is None or run not in row.running:
            return
        result = Result.OK if error is None else Result.ERROR
        self._record(row, run, result=result, error=error)
        running = tuple(each for each in row.running if each != run)
        row = replace(row, running=running, deaths=0)
        if row.action == begun.action and not self._has_action(row.action):
            row = replace(row, cadence=None, waiting=())
        self._keep(row)

    def _continue(self, name: str) -> None:
        row = self.book.recurring(name)
        if row is not None and row.waiting:
            self._keep(self._start_waiting(row))

    # What a crash left behind

    def _take_up(self, row: OneShot) -> None:
        if self._is_after_crash and row.due_ms <= self._now_ms:
            self._suspects.add(row.schedule_id)
        tries = row.tries.taken_up(died=self._is_after_crash)
        if tries != row.tries:
            self.book.put(replace(row, tries=tries))

    def _recover(self, row: Recurring) -> None:
        """Record interrupted runs, and owe what the policy for missed runs says."""
        interrupted = ScheduleError(ScheduleErrorCode.INTERRUPTED)
        for run in row.running:
            self._record(row, run, result=Result.ERROR, error=interrupted)
        times = (*row.waiting, *(run.scheduled_at_ms for run in row.running))
        deaths = row.deaths + (self._is_after_crash and bool(row.running))
        recovered = replace(row, running=(), waiting=(), deaths=deaths)
        if row.cadence is not None and deaths > 1:
            recovered = _put_off(recovered, row.cadence, self._now_ms)
        elif row.cadence is not None and times:
            recovered = _owing(recovered, sorted(set(times)), self._now_ms)
        if recovered != row:
            self.book.put(recovered)
            self.book.prune(row.name)

    # How it works

    async def _execute(self, action: str, args: bytes | None, fire: Fire) -> _Outcome:
        activation = self._activation
        try:
            binding = activation.definition.actions.get(action)
            if binding is None:
                raise ActionNotFoundError(action)
            arguments = binding.action.load_arguments(_with_fire(binding, args, fire))
            context = activation.context(
                waits=activation.definition.waits_for_commit(binding.action),
                is_read_only=binding.action.read_only,
                fire=fire,
            )
            with finishing_messages(context):
                await run_action(
                    activation, binding, context=context, arguments=arguments
                )
        except Exception as error:  # noqa: BLE001 - user code may raise anything
            return _Outcome(error, was_interrupted=not activation.accepts_calls)
        return _Outcome(None, was_interrupted=False)

    def _end(
        self,
        action: str,
        error: Exception | None,
        claim: Callable[[Exception | None], None],
    ) -> None:
        """End the turn of a run, with its claim."""
        activation = self._activation
        binding = activation.definition.actions.get(action)
        waits = binding is None or activation.definition.waits_for_commit(
            binding.action
        )
        claim(error)
        try:
            activation.turns.end(waits=waits)
        except Exception as failure:  # noqa: BLE001 - hooks of user code raise anything
            # The claim was undone together with the state that the run left behind.
            error = error or failure
            self._alone(lambda: claim(error))
        if error is not None:
            body = self._body(error)
            name, message = body.name, body.message
            activation.log.warning("scheduled %s failed: %s: %s", action, name, message)

    def _alone(self, change: Callable[[], None]) -> None:
        """Change what must not be undone together with what others have changed."""
        turns = self._activation.turns
        turns.end_quietly()
        change()
        turns.end_quietly()

    def _keep(self, row: Recurring) -> None:
        self.book.put(row)
        self.book.prune(row.name)
        self.arm(row)

    def _hold(self, row: Recurring) -> None:
        """Keep the alarm where it is while a run is owed or goes on."""
        owed_since_ms = row.owed_since_ms
        if owed_since_ms is None:
            self._activation.timers.cancel(_owed(row))
        else:
            self._activation.timers.hold(_owed(row), owed_since_ms)

    def _record(
        self,
        row: Recurring,
        run: Run,
        *,
        result: Result,
        error: Exception | None = None,
    ) -> None:
        ended = Ended(
            action=row.action,
            scheduled_at_ms=run.scheduled_at_ms,
            fired_at_ms=run.fired_at_ms,
            finished_at_ms=self._now_ms,
            result=result,
            error=None if error is None else self._body(error),
        )
        self.book.record(row, run.number, ended)

    def _body(self, error: Exception) -> ErrorBody:
        return as_request_error(error, record=self._activation.record).body

    def _has_action(self, name: str) -> bool:
        return name in self._activation.definition.actions

    @property
    def _now_ms(self) -> int:
        return self._activation.services.clock.now_ms()


def _pending_run(row: Recurring | None) -> PendingRun | None:
    if row is None or row.cadence is None:
        return None
    return PendingRun(row.cadence, row.next_at_ms)


def _continuing(row: Recurring, old: Recurring) -> Recurring:
    """A schedule in the place of an older one of its name."""
    return replace(
        row,
        next_at_ms=old.next_at_ms,
        last_at_ms=old.last_at_ms,
        running=old.running,
        waiting=old.waiting,
        first_number=old.first_number,
        next_number=old.next_number,
    )


def _owing(row: Recurring, times_ms: list[int], now_ms: int) -> Recurring:
    """A schedule that owes runs of these times to the one that starts now."""
    match row.catch_up.missed:
        case Missed.SKIP:
            return row
        case Missed.ALL:
            return replace(row, waiting=tuple(times_ms[-row.catch_up.max_runs :]))
        case Missed.ONCE:
            next_ms = row.next_at_ms
            if row.cadence is not None and next_ms <= now_ms:
                next_ms = row.cadence.next_after(next_ms, now_ms)
            return replace(row, waiting=(times_ms[0],), next_at_ms=next_ms)


def _put_off(row: Recurring, cadence: AnyCadence, now_ms: int) -> Recurring:
    """A schedule that makes up for nothing: the process died of it again and again."""
    resumes_ms = now_ms + crash_backoff_ms(row.deaths - 1)
    if row.next_at_ms > resumes_ms:
        return row
    return replace(row, next_at_ms=cadence.next_after(row.next_at_ms, resumes_ms))


def _with_fire(binding: ActionBinding, args: bytes | None, fire: Fire) -> list[Value]:
    """The arguments of a call; an action whose last one is ``fire`` is told why.

    Upstream appends it to whatever was scheduled, where it may pass for an argument
    that was left out.
    """
    values = decode_args(args)
    declared = binding.action.arguments
    if declared and declared[-1].name == _FIRE and len(values) < len(declared):
        absent = len(declared) - 1 - len(values)
        values += [*[UNDEFINED] * absent, fire.to_wire()]
    return values


def _source(row: StoredRow) -> Hashable:
    return ("schedule", row_key(row))


def _owed(row: StoredRow) -> Hashable:
    return ("owed schedule", row_key(row))
