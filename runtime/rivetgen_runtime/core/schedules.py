"""``c.schedule`` and ``c.cron``: calling the actor's own actions later."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Generic,
    Literal,
    TypeAlias,
    TypeVar,
    cast,
    overload,
)

from rivetgen_runtime.core.cron import CronCadence
from rivetgen_runtime.core.identifiers import uuid4_text
from rivetgen_runtime.core.schedule_infos import (
    CronJob,
    CronRun,
    RunResult,
    ScheduledCall,
    moment_from_ms,
    ms_from_moment,
)
from rivetgen_runtime.core.schedule_rows import (
    Ended,
    OneShot,
    Recurring,
    Result,
    Run,
    decode_args,
    encode_args,
    new_recurring,
)
from rivetgen_runtime.core.schedule_rules import (
    SCHEDULE_LIMITS,
    CatchUp,
    IntervalCadence,
    Missed,
    Overlap,
    ScheduleError,
    ScheduleErrorCode,
    check_capacity,
    check_history_page,
    one_shot_trigger,
)
from rivetgen_runtime.errors import ActorStoppingError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from rivetgen_client.definitions import ActionDefinition
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.schedule_book import ScheduleBook

__all__ = ["Cron", "MissedRuns", "OverlapPolicy", "Schedule", "ScheduledCalls"]

OverlapPolicy: TypeAlias = Literal["skip", "queue", "allow"]
MissedRuns: TypeAlias = Literal["once", "skip", "all"] | int

CallsT = TypeVar("CallsT")
OtherCallsT = TypeVar("OtherCallsT")

Calls: TypeAlias = list[ScheduledCall]
Jobs: TypeAlias = list[CronJob]
Runs: TypeAlias = list[CronRun]
Values: TypeAlias = "list[Value]"
Put: TypeAlias = "Callable[[str, Values], str]"
"""Stores a schedule that calls an action with some arguments; returns its id."""

_MILLISECOND: Final = timedelta(milliseconds=1)
_RESULTS: Final[dict[Result, RunResult]] = {
    Result.RUNNING: "running",
    Result.OK: "ok",
    Result.ERROR: "error",
    Result.SKIPPED: "skipped",
}


class ScheduledCalls:
    """What can be called later; generated code has a method for each action.

    Args:
        put: Stores the schedule.
    """

    __slots__ = ("_put",)

    def __init__(self, put: Put) -> None:
        self._put = put

    async def _schedule(self, action: ActionDefinition[Any], *args: object) -> str:
        """Store a call.

        Raises:
            InvalidArgumentsError: The arguments do not fit the action.
        """
        return self._put(action.name, action.dump_arguments(args))


class _Facade(Generic[CallsT]):
    __slots__ = ("_activation", "_calls", "_is_read_only")

    def __init__(
        self, activation: Activation, calls: type[CallsT], *, is_read_only: bool
    ) -> None:
        self._activation = activation
        self._calls = calls
        self._is_read_only = is_read_only

    @property
    def _book(self) -> ScheduleBook:
        return self._activation.schedules.book

    @property
    def _now_ms(self) -> int:
        return self._activation.services.clock.now_ms()

    def _check_writable(self) -> None:
        if self._is_read_only:
            raise ScheduleError(ScheduleErrorCode.READ_ONLY)
        if self._activation.turns.is_finished or self._activation.lifecycle.is_over:
            raise ActorStoppingError

    def _check_capacity(self) -> None:
        """Check that one more fits; what runs already is not pending any more."""
        pending = self._book.pending - len(self._activation.schedules.begun)
        maximum = self._activation.definition.options.max_schedules
        check_capacity(pending, maximum=maximum)

    def _later(
        self, put: Put, action: str | None, args: Sequence[Value]
    ) -> Awaitable[str] | CallsT:
        if action is None:
            return cast("Callable[[Put], CallsT]", self._calls)(put)
        return _put(put, action, list(args))


class Schedule(_Facade[CallsT]):
    """Calls of the actor's own actions at one time each.

    ``await c.schedule.after(delay).action(...)`` stores a call and returns its id. It
    is durable with the turn that makes it, and from then on it fires: never early, late
    when the actor was down, and again when the process died during the run.

    Args:
        activation: Whose schedules.
        calls: Class with a method for each action.
        is_read_only: Whether the call declares to change nothing.
    """

    __slots__ = ()

    def typed(self, calls: type[OtherCallsT]) -> Schedule[OtherCallsT]:
        """The same with the methods of another class."""
        return Schedule(self._activation, calls, is_read_only=self._is_read_only)

    @overload
    def after(self, delay: timedelta, /) -> CallsT: ...
    @overload
    def after(
        self, delay: timedelta, action: str, /, *args: Value
    ) -> Awaitable[str]: ...
    def after(
        self, delay: timedelta, action: str | None = None, /, *args: Value
    ) -> Awaitable[str] | CallsT:
        """Call an action after a time, with a resolution of one millisecond.

        Args:
            delay: From now on; zero means as soon as this turn has ended.
            action: Wire name, for calls whose action is not known beforehand; without
                it, call a method of what is returned.
            args: Wire values.

        Raises:
            ScheduleError: The delay is negative, the actor has too many schedules, or
                the call declares to change nothing.
        """
        delay_ms = delay / _MILLISECOND
        run_at_ms = one_shot_trigger(delay_ms, now_ms=self._now_ms)
        return self._later(self._putting(run_at_ms), action, args)

    @overload
    def at(self, moment: datetime, /) -> CallsT: ...
    @overload
    def at(self, moment: datetime, action: str, /, *args: Value) -> Awaitable[str]: ...
    def at(
        self, moment: datetime, action: str | None = None, /, *args: Value
    ) -> Awaitable[str] | CallsT:
        """Call an action at a time; one of the past is due as soon as the turn ends.

        Args:
            moment: With a time zone.
            action: As in ``after``.
            args: As in ``after``.

        Raises:
            ScheduleError: As in ``after``, or the moment has no time zone.
        """
        if moment.tzinfo is None:
            raise ScheduleError(
                ScheduleErrorCode.INVALID_ARGUMENT,
                argument="moment",
                reason="a moment has a time zone",
            )
        return self._later(self._putting(ms_from_moment(moment)), action, args)

    async def get(self, schedule_id: str) -> ScheduledCall | None:
        """A call that has not begun; None for any other id."""
        row = self._pending(schedule_id)
        return None if row is None else _call_info(row)

    async def list(self) -> Calls:
        """All calls that have not begun, by time."""
        begun = self._activation.schedules.begun
        rows = self._book.one_shots
        return [_call_info(row) for row in rows if row.schedule_id not in begun]

    async def cancel(self, schedule_id: str) -> bool:
        """Let a call not happen.

        Returns:
            Whether it was there and had not begun.
        """
        self._check_writable()
        row = self._pending(schedule_id)
        if row is None:
            return False
        self._book.remove(row)
        self._activation.schedules.disarm(row)
        return True

    def _pending(self, schedule_id: str) -> OneShot | None:
        if schedule_id in self._activation.schedules.begun:
            return None
        return self._book.one_shot(schedule_id)

    def _putting(self, run_at_ms: int) -> Put:
        def put(action: str, args: list[Value]) -> str:
            self._check_writable()
            self._check_capacity()
            schedule_id = uuid4_text(self._activation.services.randomness)
            row = OneShot(schedule_id, action, encode_args(args), run_at_ms)
            self._book.put(row)
            self._activation.schedules.arm(row)
            return schedule_id

        return put


class Cron(_Facade[CallsT]):
    """Calls of the actor's own actions again and again, each under a name.

    Setting a name again replaces what it had; with the same times, the pending run
    stays where it is. Schedules of ``actors.yaml`` are among them: at each start they
    are what the schema says.

    Args:
        activation: Whose schedules.
        calls: Class with a method for each action.
        is_read_only: Whether the call declares to change nothing.
    """

    __slots__ = ()

    def typed(self, calls: type[OtherCallsT]) -> Cron[OtherCallsT]:
        """The same with the methods of another class."""
        return Cron(self._activation, calls, is_read_only=self._is_read_only)

    @overload
    def set(
        self,
        name: str,
        expression: str,
        *,
        timezone: str = ...,
        max_history: int = ...,
        overlap: OverlapPolicy = ...,
        missed: MissedRuns = ...,
    ) -> CallsT: ...
    @overload
    def set(
        self,
        name: str,
        expression: str,
        *,
        action: str,
        args: Sequence[Value] = ...,
        timezone: str = ...,
        max_history: int = ...,
        overlap: OverlapPolicy = ...,
        missed: MissedRuns = ...,
    ) -> Awaitable[str]: ...
    def set(
        self,
        name: str,
        expression: str,
        *,
        action: str | None = None,
        args: Sequence[Value] = (),
        timezone: str = "UTC",
        max_history: int = SCHEDULE_LIMITS.default_history_per_schedule,
        overlap: OverlapPolicy = "skip",
        missed: MissedRuns = "once",
    ) -> Awaitable[str] | CallsT:
        """Call an action at the times of a cron expression.

        Args:
            name: Up to 128 bytes of UTF-8.
            expression: Five fields: minute, hour, day of month, month, day of week.
            action: Wire name, for calls whose action is not known beforehand; without
                it, call a method of what is returned.
            args: Wire values, with ``action``.
            timezone: IANA name.
            max_history: How many of its runs are kept.
            overlap: What happens to a run while an earlier one goes on.
            missed: What happens to runs that were missed while nobody could start them;
                a number catches up with so many of them.

        Raises:
            ScheduleError: One of these is not valid, the actor has too many schedules,
                or the call declares to change nothing.
        """
        row = new_recurring(
            name,
            CronCadence(expression, timezone),
            max_history=max_history,
            overlap=Overlap(overlap),
            catch_up=_catch_up(missed),
        )
        return self._later(partial(self._put, row), action, args)

    @overload
    def every(
        self,
        name: str,
        interval: timedelta,
        *,
        max_history: int = ...,
        overlap: OverlapPolicy = ...,
        missed: MissedRuns = ...,
    ) -> CallsT: ...
    @overload
    def every(
        self,
        name: str,
        interval: timedelta,
        *,
        action: str,
        args: Sequence[Value] = ...,
        max_history: int = ...,
        overlap: OverlapPolicy = ...,
        missed: MissedRuns = ...,
    ) -> Awaitable[str]: ...
    def every(
        self,
        name: str,
        interval: timedelta,
        *,
        action: str | None = None,
        args: Sequence[Value] = (),
        max_history: int = SCHEDULE_LIMITS.default_history_per_schedule,
        overlap: OverlapPolicy = "skip",
        missed: MissedRuns = "once",
    ) -> Awaitable[str] | CallsT:
        """Call an action at an interval, first one interval from now.

        Args:
            name: As in ``set``.
            interval: Five seconds or more.
            action: As in ``set``.
            args: As in ``set``.
            max_history: As in ``set``.
            overlap: As in ``set``.
            missed: As in ``set``.

        Raises:
            ScheduleError: As in ``set``.
        """
        row = new_recurring(
            name,
            IntervalCadence(interval // _MILLISECOND),
            max_history=max_history,
            overlap=Overlap(overlap),
            catch_up=_catch_up(missed),
        )
        return self._later(partial(self._put, row), action, args)

    async def get(self, name: str) -> CronJob | None:
        """A schedule by its name; None when there is none."""
        row = self._current(name)
        return None if row is None else _job_info(row)

    async def list(self) -> Jobs:
        """All schedules, by their next run."""
        rows = self._book.all_recurring
        return [_job_info(row) for row in rows if row.cadence is not None]

    async def delete(self, name: str) -> bool:
        """Remove a schedule and its history; a run that goes on is not stopped.

        Returns:
            Whether there was one.
        """
        self._check_writable()
        row = self._book.recurring(name)
        if row is None:
            return False
        self._activation.schedules.delete(row)
        return row.cadence is not None

    async def history(
        self, name: str, *, limit: int = SCHEDULE_LIMITS.default_history_page
    ) -> Runs:
        """The newest runs of a schedule, newest first, also of one that has ended.

        Raises:
            ScheduleError: ``invalid_max_history``: the limit is not from 1 to 1000.
        """
        check_history_page(limit)
        row = self._book.recurring(name)
        if row is None:
            return []
        running = [(run.number, _going_on(row, run)) for run in row.running]
        services, turns = self._activation.services, self._activation.turns
        ended = await self._book.newest(
            services.store, turns.commits.staged, name, limit=limit
        )
        newest = sorted([*running, *ended], key=lambda run: run[0], reverse=True)
        return [_run_info(run) for _, run in newest[:limit]]

    def _current(self, name: str) -> Recurring | None:
        row = self._book.recurring(name)
        return None if row is None or row.cadence is None else row

    def _put(self, row: Recurring, action: str, args: Values) -> str:
        self._check_writable()
        old = self._book.readable(row.name)
        if old is None or old.cadence is None:
            self._check_capacity()
        schedules = self._activation.schedules
        schedules.upsert(replace(row, action=action, args=encode_args(args)))
        return row.name


def _catch_up(missed: MissedRuns) -> CatchUp:
    if isinstance(missed, int):
        return CatchUp(Missed.ALL, missed)
    return CatchUp(Missed(missed))


async def _put(put: Put, action: str, args: list[Value]) -> str:
    return put(action, args)


def _call_info(row: OneShot) -> ScheduledCall:
    return ScheduledCall(
        schedule_id=row.schedule_id,
        action=row.action,
        args=decode_args(row.args),
        run_at=moment_from_ms(row.run_at_ms),
    )


def _job_info(row: Recurring) -> CronJob:
    cadence, last_at_ms = row.cadence, row.last_at_ms
    cron = cadence if isinstance(cadence, CronCadence) else None
    interval = cadence if isinstance(cadence, IntervalCadence) else None
    return CronJob(
        name=row.name,
        kind="cron" if cron else "every",
        action=row.action,
        args=decode_args(row.args),
        next_run_at=moment_from_ms(row.next_at_ms),
        last_run_at=None if last_at_ms is None else moment_from_ms(last_at_ms),
        max_history=row.max_history,
        expression=cron.expression if cron else None,
        timezone=cron.timezone if cron else None,
        interval=interval.interval_ms * _MILLISECOND if interval else None,
    )


def _going_on(row: Recurring, run: Run) -> Ended:
    return Ended(
        action=row.action,
        scheduled_at_ms=run.scheduled_at_ms,
        fired_at_ms=run.fired_at_ms,
        finished_at_ms=None,
        result=Result.RUNNING,
    )


def _run_info(run: Ended) -> CronRun:
    finished_at_ms = run.finished_at_ms
    return CronRun(
        action=run.action,
        scheduled_at=moment_from_ms(run.scheduled_at_ms),
        fired_at=moment_from_ms(run.fired_at_ms),
        finished_at=None if finished_at_ms is None else moment_from_ms(finished_at_ms),
        result=_RESULTS[run.result],
        error=run.error,
    )
