"""What durable schedules share: limits, errors, intervals, catch-up and overlap.

Everything is a function of its arguments; times are Unix milliseconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

from rivetgen_runtime.errors import CodedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rivetgen_client.wire.values import Value

__all__ = [
    "SCHEDULE_LIMITS",
    "Admission",
    "Cadence",
    "CatchUp",
    "DueRuns",
    "IntervalCadence",
    "Missed",
    "Overlap",
    "PendingRun",
    "ScheduleError",
    "ScheduleErrorCode",
    "ScheduleLimits",
    "admit",
    "check_capacity",
    "check_history_page",
    "check_max_history",
    "check_name",
    "crash_backoff_ms",
    "due_runs",
    "one_shot_trigger",
    "trigger_when_set",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleLimits:
    """Limits and defaults of schedules."""

    name_bytes: int = 128
    """Longest name, UTF-8."""
    expression_bytes: int = 1024
    """Longest cron expression, ASCII; the official stack has no limit."""
    minimum_interval_ms: int = 5_000
    """Shortest interval of ``every``."""
    schedules_per_actor: int = 1_000
    """Default of ``maxSchedules``: pending one-shots and recurring ones together."""
    history_per_schedule: int = 1_000
    """Largest ``maxHistory``, and largest page of a history."""
    default_history_per_schedule: int = 100
    """Default of ``maxHistory``."""
    default_history_page: int = 20
    """Default page of a history."""
    history_per_actor: int = 10_000
    """History rows of all schedules of one actor."""
    history_per_actor_kept: int = 9_900
    """How many rows stay when that limit is enforced."""
    args_bytes: int = 64 << 10
    """Arguments of one schedule as CBOR; the official stack has no limit."""
    search_horizon_years: int = 50
    """A cron expression without a run for so long is refused; 29 February on a given
    weekday can be 40 years away."""
    on_time_ms: int = 5_000
    """A run that is late by no more than this was not missed: the time that a wake-up
    may take, and no more than the shortest interval."""
    catch_up_runs: int = 100
    """Most missed runs that a policy may ask for."""
    waiting_runs: int = 100
    """Most runs of one schedule that wait for an earlier one to end."""
    crashed_runs: int = 10
    """A call during which the process died so often is given up."""
    crash_backoff_minimum_ms: int = 1_000
    """Wait before a call is tried again during which the process died twice; each
    further death doubles it."""
    crash_backoff_maximum_ms: int = 300_000
    """Longest such wait."""


SCHEDULE_LIMITS: Final = ScheduleLimits()


class ScheduleErrorCode(StrEnum):
    """Codes of the group ``schedule``."""

    INVALID_NAME = "invalid_name"
    INVALID_CRON_EXPRESSION = "invalid_cron_expression"
    INVALID_TIMEZONE = "invalid_timezone"
    INVALID_INTERVAL = "invalid_interval"
    INVALID_MAX_HISTORY = "invalid_max_history"
    INVALID_ARGUMENT = "invalid_argument"
    MAX_SCHEDULES_EXCEEDED = "max_schedules_exceeded"
    INVALID_SCHEDULE_ROW = "invalid_schedule_row"
    INTERRUPTED = "interrupted"
    READ_ONLY = "read_only"


_SENTENCES: Final[Mapping[ScheduleErrorCode, str]] = {
    ScheduleErrorCode.INVALID_NAME: "Invalid schedule name: {reason}.",
    ScheduleErrorCode.INVALID_CRON_EXPRESSION: "Invalid cron expression: {reason}.",
    ScheduleErrorCode.INVALID_TIMEZONE: "Unknown time zone {timezone!r}.",
    ScheduleErrorCode.INVALID_INTERVAL: (
        "Invalid interval of {interval_ms} ms: the minimum is {minimum_ms} ms."
    ),
    ScheduleErrorCode.INVALID_MAX_HISTORY: (
        "Invalid history limit {max_history}: the maximum is {maximum}."
    ),
    ScheduleErrorCode.INVALID_ARGUMENT: "Invalid argument {argument}: {reason}.",
    ScheduleErrorCode.MAX_SCHEDULES_EXCEEDED: (
        "The actor has reached its limit of {maximum} schedules."
    ),
    ScheduleErrorCode.INVALID_SCHEDULE_ROW: (
        "Stored schedule {schedule_id!r} cannot be read: {reason}."
    ),
    ScheduleErrorCode.INTERRUPTED: (
        "Scheduled action was interrupted before completion."
    ),
    ScheduleErrorCode.READ_ONLY: "A readOnly action cannot change schedules.",
}
"""What each code says, by the metadata that goes with it."""


class ScheduleError(CodedError):
    """A schedule that cannot be set, read or finished.

    Attributes:
        metadata: The facts that the sentence of its code names; None without any.
    """

    group = "schedule"

    def __init__(self, code: ScheduleErrorCode, **facts: int | str) -> None:
        metadata: dict[str, Value] = {**facts}
        message = _SENTENCES[code].format(**facts)
        super().__init__(message, code=code.value, metadata=metadata or None)


class Cadence(Protocol):
    """When a recurring schedule fires; equal ones keep the pending run."""

    def first_after(self, now_ms: int) -> int:
        """The first run of a schedule that is set now."""
        ...

    def next_after(self, trigger_at_ms: int, now_ms: int, /) -> int:
        """The first run after now of a schedule whose pending run is due.

        Args:
            trigger_at_ms: The pending run, not later than now.
            now_ms: The result is later than this.
        """
        ...

    def due_newest_first(self, trigger_at_ms: int, now_ms: int, /) -> Iterator[int]:
        """Yield the runs from ``trigger_at_ms`` to now, both included, backwards."""
        ...


@dataclass(frozen=True, slots=True)
class IntervalCadence:
    """Every so many milliseconds, counted from the first run: lateness does not add up.

    Raises:
        ScheduleError: ``invalid_interval``.
    """

    interval_ms: int

    def __post_init__(self) -> None:
        minimum_ms = SCHEDULE_LIMITS.minimum_interval_ms
        if self.interval_ms < minimum_ms:
            raise ScheduleError(
                ScheduleErrorCode.INVALID_INTERVAL,
                interval_ms=self.interval_ms,
                minimum_ms=minimum_ms,
            )

    def first_after(self, now_ms: int) -> int:
        """One interval from now."""
        return now_ms + self.interval_ms

    def next_after(self, trigger_at_ms: int, now_ms: int, /) -> int:
        """The first point of the grid through ``trigger_at_ms`` that is after now."""
        return self._newest_due(trigger_at_ms, now_ms) + self.interval_ms

    def due_newest_first(self, trigger_at_ms: int, now_ms: int, /) -> Iterator[int]:
        """Yield the points of the grid from ``trigger_at_ms`` to now, backwards."""
        newest_ms = self._newest_due(trigger_at_ms, now_ms)
        return iter(range(newest_ms, trigger_at_ms - 1, -self.interval_ms))

    def _newest_due(self, trigger_at_ms: int, now_ms: int, /) -> int:
        return now_ms - (now_ms - trigger_at_ms) % self.interval_ms


class Missed(Enum):
    """What becomes of runs whose time passed while nobody was there to start them."""

    ONCE = "once"
    """All due runs become one, scheduled for the oldest of them."""
    SKIP = "skip"
    """Missed runs are forgotten; a run that is just due is not missed."""
    ALL = "all"
    """Each missed run happens, the newest ones if there are more than the maximum."""


@dataclass(frozen=True, slots=True)
class CatchUp:
    """The declared ``missed`` policy: ``once``, ``skip`` or ``all(max n)``.

    Attributes:
        max_runs: The n of ``all(max n)``; the others do not look at it.
    """

    missed: Missed = Missed.ONCE
    max_runs: int = SCHEDULE_LIMITS.catch_up_runs

    def __post_init__(self) -> None:
        if not 1 <= self.max_runs <= SCHEDULE_LIMITS.catch_up_runs:
            message = f"max_runs must be from 1 to {SCHEDULE_LIMITS.catch_up_runs}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class DueRuns:
    """What to start now, and when to look again.

    Attributes:
        scheduled_at_ms: The times that the runs were meant for, oldest first.
        next_trigger_at_ms: The next pending run, later than now.
    """

    scheduled_at_ms: tuple[int, ...]
    next_trigger_at_ms: int


def due_runs(
    cadence: Cadence, catch_up: CatchUp, *, trigger_at_ms: int, now_ms: int
) -> DueRuns:
    """Decide what a recurring schedule does at a point in time.

    Args:
        cadence: When it fires.
        catch_up: What to do about missed runs.
        trigger_at_ms: Its pending run.
        now_ms: The present; before ``trigger_at_ms`` nothing is due.

    Raises:
        ScheduleError: ``invalid_cron_expression``: there is no further run.
    """
    if now_ms < trigger_at_ms:
        return DueRuns((), trigger_at_ms)
    next_ms = cadence.next_after(trigger_at_ms, now_ms)
    if next_ms <= now_ms:
        message = f"{cadence} answered {next_ms}, which is not after {now_ms}"
        raise AssertionError(message)
    return DueRuns(_selected(cadence, catch_up, trigger_at_ms, now_ms), next_ms)


def _selected(
    cadence: Cadence, catch_up: CatchUp, trigger_at_ms: int, now_ms: int
) -> tuple[int, ...]:
    if catch_up.missed is Missed.ONCE:
        return (trigger_at_ms,)
    due = cadence.due_newest_first(trigger_at_ms, now_ms)
    if catch_up.missed is Missed.ALL:
        return tuple(reversed([*islice(due, catch_up.max_runs)]))
    newest = tuple(islice(due, 1))
    on_time_since_ms = now_ms - SCHEDULE_LIMITS.on_time_ms
    return newest if newest and newest[0] >= on_time_since_ms else ()


class Overlap(Enum):
    """The declared ``overlap`` policy: a run is due while an earlier one is running."""

    SKIP = "skip"
    """It does not happen; the history says ``skipped``."""
    QUEUE = "queue"
    """It starts when the earlier ones have ended."""
    ALLOW = "allow"
    """It starts beside them."""


class Admission(Enum):
    """What to do with a run that is due."""

    START = "start"
    SKIP = "skip"
    WAIT = "wait"


def admit(overlap: Overlap, *, running: int, waiting: int = 0) -> Admission:
    """Decide what to do with one more run of a schedule.

    Args:
        overlap: The policy of the schedule.
        running: How many of its runs have started and not ended.
        waiting: How many of its runs wait already; beyond ``waiting_runs`` of
            ``SCHEDULE_LIMITS`` further ones are skipped.
    """
    if overlap is Overlap.ALLOW or not (running or waiting):
        return Admission.START
    if overlap is Overlap.QUEUE and waiting < SCHEDULE_LIMITS.waiting_runs:
        return Admission.WAIT
    return Admission.SKIP


@dataclass(frozen=True, slots=True)
class PendingRun:
    """The next run of a recurring schedule, and the cadence that it comes from."""

    cadence: Cadence
    trigger_at_ms: int


def trigger_when_set(
    cadence: Cadence, *, now_ms: int, previous: PendingRun | None = None
) -> int:
    """The pending run of a schedule that is set, perhaps over one of the same name.

    Setting a schedule again without changing its cadence keeps its pending run.

    Raises:
        ScheduleError: ``invalid_cron_expression``: the expression has no run.
    """
    if previous is not None and previous.cadence == cadence:
        return previous.trigger_at_ms
    return cadence.first_after(now_ms)


def one_shot_trigger(delay_ms: float, *, now_ms: int) -> int:
    """When a one-shot fires that is set with a delay; fractions are cut off.

    Raises:
        ScheduleError: ``invalid_argument``: the delay is negative or no number.
    """
    if not math.isfinite(delay_ms) or delay_ms < 0:
        raise ScheduleError(
            ScheduleErrorCode.INVALID_ARGUMENT,
            argument="durationMs",
            reason="a delay is a number from zero",
        )
    return now_ms + int(delay_ms)


def check_name(name: str) -> None:
    """Check the name of a recurring schedule.

    Raises:
        ScheduleError: ``invalid_name``.
    """
    limit = SCHEDULE_LIMITS.name_bytes
    if not name:
        raise ScheduleError(ScheduleErrorCode.INVALID_NAME, reason="it is empty")
    # A lone surrogate counts like any other character here; storage refuses it.
    if len(name.encode("utf-8", "surrogatepass")) > limit:
        reason = f"it is longer than {limit} bytes"
        raise ScheduleError(ScheduleErrorCode.INVALID_NAME, reason=reason)


def check_max_history(max_history: int) -> None:
    """Check how many history rows a schedule shall keep; zero keeps none.

    Raises:
        ScheduleError: ``invalid_max_history``.
    """
    _check_history(max_history, minimum=0)


def check_history_page(limit: int) -> None:
    """Check how many history rows are asked for at a time.

    Raises:
        ScheduleError: ``invalid_max_history``, as for the number of rows to keep.
    """
    _check_history(limit, minimum=1)


def _check_history(value: int, *, minimum: int) -> None:
    maximum = SCHEDULE_LIMITS.history_per_schedule
    if not minimum <= value <= maximum:
        raise ScheduleError(
            ScheduleErrorCode.INVALID_MAX_HISTORY, max_history=value, maximum=maximum
        )


def check_capacity(
    pending: int, *, maximum: int = SCHEDULE_LIMITS.schedules_per_actor
) -> None:
    """Check that one more schedule fits; not to be asked when one is replaced.

    Args:
        pending: One-shots and recurring schedules that the actor has now. It may exceed
            a maximum that was lowered: existing ones stay.
        maximum: ``maxSchedules`` of the actor.

    Raises:
        ScheduleError: ``max_schedules_exceeded``.
    """
    if pending >= maximum:
        raise ScheduleError(ScheduleErrorCode.MAX_SCHEDULES_EXCEEDED, maximum=maximum)


def crash_backoff_ms(deaths: int) -> int:
    """How long not to try again what the process died of so often in a row."""
    limits = SCHEDULE_LIMITS
    doublings = min(max(deaths - 1, 0), limits.crashed_runs)
    wait_ms = limits.crash_backoff_minimum_ms << doublings
    return min(wait_ms, limits.crash_backoff_maximum_ms)
