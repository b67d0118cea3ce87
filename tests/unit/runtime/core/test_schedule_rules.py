"""Intervals, catch-up, overlap, and the limits of durable schedules."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from rivetgen_runtime.core.cron import CronCadence
from rivetgen_runtime.core.schedule_rules import (
    SCHEDULE_LIMITS,
    Admission,
    CatchUp,
    DueRuns,
    IntervalCadence,
    Missed,
    Overlap,
    PendingRun,
    ScheduleError,
    ScheduleErrorCode,
    admit,
    check_capacity,
    check_history_page,
    check_max_history,
    check_name,
    due_runs,
    one_shot_trigger,
    trigger_when_set,
)
from rivetgen_runtime.errors import CodedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rivetgen_runtime.core.schedule_rules import Cadence

ONCE = CatchUp()
SKIP = CatchUp(Missed.SKIP)
EVERY_10_S = IntervalCadence(10_000)
EVERY_MINUTE = CronCadence("* * * * *")
HOURLY = CronCadence("0 * * * *")
HOUR_MS = 3_600_000


def refused(call: Callable[[], object]) -> ScheduleError:
    with pytest.raises(ScheduleError) as caught:
        call()
    return caught.value


# --- Errors and limits ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "code", "metadata"),
    [
        (lambda: check_name(""), "invalid_name", {"reason": "it is empty"}),
        (
            lambda: check_name("é" * 64 + "a"),
            "invalid_name",
            {"reason": "it is longer than 128 bytes"},
        ),
        (
            lambda: IntervalCadence(4_999),
            "invalid_interval",
            {"interval_ms": 4_999, "minimum_ms": 5_000},
        ),
        (
            lambda: check_max_history(-1),
            "invalid_max_history",
            {"max_history": -1, "maximum": 1_000},
        ),
        (
            lambda: check_max_history(1_001),
            "invalid_max_history",
            {"max_history": 1_001, "maximum": 1_000},
        ),
        (
            lambda: check_history_page(0),
            "invalid_max_history",
            {"max_history": 0, "maximum": 1_000},
        ),
        (
            lambda: check_capacity(1_000),
            "max_schedules_exceeded",
            {"maximum": 1_000},
        ),
        (
            lambda: check_capacity(7, maximum=5),
            "max_schedules_exceeded",
            {"maximum": 5},
        ),
    ],
)
def test_limits_are_refused_with_their_facts(
    call: Callable[[], object], code: str, metadata: dict[str, object]
) -> None:
    error = refused(call)
    assert (error.group, error.code) == ("schedule", code)
    assert error.metadata == metadata


def test_values_at_their_limits_are_fine() -> None:
    check_name("é" * 64)
    check_name("\ud800")
    check_max_history(0)
    check_max_history(1_000)
    check_history_page(1)
    check_history_page(1_000)
    check_capacity(999)
    assert IntervalCadence(5_000).interval_ms == 5_000


def test_schedule_errors_travel_like_every_coded_error() -> None:
    error = ScheduleError(ScheduleErrorCode.INVALID_TIMEZONE, timezone="utc")
    assert isinstance(error, CodedError)
    assert error.body.name == "schedule.invalid_timezone"
    assert error.message == "Unknown time zone 'utc'."


def test_an_interrupted_run_has_a_sentence_and_no_facts() -> None:
    error = ScheduleError(ScheduleErrorCode.INTERRUPTED)
    assert error.message == "Scheduled action was interrupted before completion."
    assert error.metadata is None


def test_an_unreadable_row_names_itself() -> None:
    code = ScheduleErrorCode.INVALID_SCHEDULE_ROW
    error = ScheduleError(code, schedule_id="cron:x", reason="unknown kind 9")
    assert error.code == "invalid_schedule_row"
    assert error.metadata == {"schedule_id": "cron:x", "reason": "unknown kind 9"}


# --- One-shots ------------------------------------------------------------------------


@pytest.mark.parametrize(("delay_ms", "trigger_at_ms"), [(0, 50), (10.7, 60), (9, 59)])
def test_a_delay_counts_from_now_and_loses_its_fraction(
    delay_ms: float, trigger_at_ms: int
) -> None:
    assert one_shot_trigger(delay_ms, now_ms=50) == trigger_at_ms


@pytest.mark.parametrize("delay_ms", [-5, -0.5, math.nan, math.inf])
def test_a_delay_that_is_negative_or_no_number_is_refused(delay_ms: float) -> None:
    error = refused(lambda: one_shot_trigger(delay_ms, now_ms=50))
    assert error.code == "invalid_argument"
    assert error.metadata == {
        "argument": "durationMs",
        "reason": "a delay is a number from zero",
    }


# --- Setting --------------------------------------------------------------------------


def test_an_interval_starts_one_interval_after_it_is_set() -> None:
    assert trigger_when_set(EVERY_10_S, now_ms=3_000) == 13_000


def test_setting_an_equal_cadence_again_keeps_the_pending_run() -> None:
    pending = PendingRun(IntervalCadence(10_000), 13_000)
    assert trigger_when_set(EVERY_10_S, now_ms=9_000, previous=pending) == 13_000


@pytest.mark.parametrize(
    "previous",
    [IntervalCadence(20_000), HOURLY, CronCadence("* * * * *", "Europe/Berlin")],
)
def test_setting_another_cadence_starts_anew(previous: Cadence) -> None:
    pending = PendingRun(previous, 13_000)
    trigger = trigger_when_set(EVERY_MINUTE, now_ms=9_000, previous=pending)
    assert trigger == 60_000


# --- Catch-up -------------------------------------------------------------------------


def test_nothing_is_due_before_the_pending_run() -> None:
    due = due_runs(EVERY_10_S, ONCE, trigger_at_ms=20_000, now_ms=19_999)
    assert due == DueRuns((), 20_000)


@pytest.mark.parametrize(
    ("now_ms", "next_ms"),
    [(20_000, 30_000), (20_001, 30_000), (29_999, 30_000), (30_000, 40_000)],
)
def test_lateness_does_not_shift_an_interval(now_ms: int, next_ms: int) -> None:
    due = due_runs(EVERY_10_S, ONCE, trigger_at_ms=20_000, now_ms=now_ms)
    assert due == DueRuns((20_000,), next_ms)


@pytest.mark.parametrize(
    ("cadence", "catch_up", "now_ms", "scheduled_at_ms"),
    [
        # Seven runs were missed: at 0, 10, ... 60 s.
        (EVERY_10_S, ONCE, 67_000, [0]),
        (EVERY_10_S, SKIP, 67_000, []),
        (EVERY_10_S, CatchUp(Missed.ALL), 67_000, [*range(0, 70_000, 10_000)]),
        (EVERY_10_S, CatchUp(Missed.ALL, 3), 67_000, [40_000, 50_000, 60_000]),
        # The last one is only just due.
        (EVERY_10_S, SKIP, 65_000, [60_000]),
        (EVERY_10_S, SKIP, 60_000, [60_000]),
        (EVERY_10_S, SKIP, 65_001, []),
        (EVERY_10_S, SKIP, 0, [0]),
        # The same for cron expressions.
        (HOURLY, ONCE, 3 * HOUR_MS, [0]),
        (HOURLY, SKIP, 3 * HOUR_MS + 5_000, [3 * HOUR_MS]),
        (HOURLY, SKIP, 3 * HOUR_MS + 5_001, []),
        (HOURLY, CatchUp(Missed.ALL, 2), 3 * HOUR_MS, [2 * HOUR_MS, 3 * HOUR_MS]),
        (HOURLY, CatchUp(Missed.ALL, 1), HOUR_MS - 1, [0]),
    ],
)
def test_missed_runs_follow_the_declared_policy(
    cadence: Cadence, catch_up: CatchUp, now_ms: int, scheduled_at_ms: list[int]
) -> None:
    due = due_runs(cadence, catch_up, trigger_at_ms=0, now_ms=now_ms)
    assert due.scheduled_at_ms == tuple(scheduled_at_ms)
    assert due.next_trigger_at_ms == cadence.next_after(0, now_ms)


def test_catching_up_after_years_of_minutes_looks_only_at_what_it_needs() -> None:
    catch_up = CatchUp(Missed.ALL, 3)
    now_ms = 10 * 365 * 24 * HOUR_MS
    due = due_runs(EVERY_MINUTE, catch_up, trigger_at_ms=0, now_ms=now_ms)
    assert due.scheduled_at_ms == (now_ms - 120_000, now_ms - 60_000, now_ms)


def test_a_cron_run_that_several_items_name_happens_once() -> None:
    cadence = CronCadence("0 0 15W,16 * *")
    february = [*cadence.due_newest_first(1_769_904_000_000, 1_772_323_200_000)]
    assert february == [1_771_200_000_000]  # Monday the 16th


@pytest.mark.parametrize("max_runs", [0, -1, SCHEDULE_LIMITS.catch_up_runs + 1])
def test_a_policy_asks_for_a_bounded_number_of_runs(max_runs: int) -> None:
    with pytest.raises(ValueError, match="max_runs must be from 1 to 100"):
        CatchUp(Missed.ALL, max_runs)


def test_interval_runs_equal_those_of_a_step_by_step_search() -> None:
    rng = random.Random("intervals")
    for _ in range(300):
        cadence = IntervalCadence(rng.randint(5_000, 90_000))
        trigger_at_ms = rng.randint(-100_000, 100_000)
        now_ms = trigger_at_ms + rng.randint(0, 1_000_000)
        grid = [*range(trigger_at_ms, now_ms + 1, cadence.interval_ms)]
        assert [*cadence.due_newest_first(trigger_at_ms, now_ms)] == grid[::-1]
        next_ms = grid[-1] + cadence.interval_ms
        assert cadence.next_after(trigger_at_ms, now_ms) == next_ms > now_ms


def test_a_clock_that_jumps_a_year_starts_one_run_and_stays_on_the_grid() -> None:
    now_ms = 365 * 24 * HOUR_MS + 1
    due = due_runs(EVERY_10_S, ONCE, trigger_at_ms=3, now_ms=now_ms)
    assert due.scheduled_at_ms == (3,)
    assert due.next_trigger_at_ms == now_ms + 2


@dataclass(frozen=True)
class StuckCadence:
    """Answers with the present: what would start runs in a hot loop."""

    def first_after(self, now_ms: int) -> int:
        return now_ms

    def next_after(self, _trigger_at_ms: int, now_ms: int, /) -> int:
        return now_ms

    def due_newest_first(self, trigger_at_ms: int, now_ms: int, /) -> Iterator[int]:
        yield from (now_ms, trigger_at_ms)


def test_a_next_run_that_is_not_after_now_is_never_accepted() -> None:
    with pytest.raises(AssertionError, match="answered 5, which is not after 5"):
        due_runs(StuckCadence(), ONCE, trigger_at_ms=5, now_ms=5)


# --- Overlap --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("overlap", "running", "waiting", "admission"),
    [
        (Overlap.SKIP, 0, 0, Admission.START),
        (Overlap.SKIP, 1, 0, Admission.SKIP),
        (Overlap.QUEUE, 0, 0, Admission.START),
        (Overlap.QUEUE, 1, 0, Admission.WAIT),
        (Overlap.QUEUE, 0, 1, Admission.WAIT),
        (Overlap.QUEUE, 1, 99, Admission.WAIT),
        (Overlap.QUEUE, 1, 100, Admission.SKIP),
        (Overlap.ALLOW, 0, 0, Admission.START),
        (Overlap.ALLOW, 5, 0, Admission.START),
    ],
)
def test_runs_that_overlap_follow_the_declared_policy(
    overlap: Overlap, running: int, waiting: int, admission: Admission
) -> None:
    assert admit(overlap, running=running, waiting=waiting) is admission
