"""Sleeping: until a time that is fixed when the sleep begins."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from rivetgen_runtime.core.workflows.entries import SleepEntry, SleepState

if TYPE_CHECKING:
    from collections.abc import Callable

    from rivetgen_runtime.core.workflows.scopes import Scope

__all__ = ["deadline_after_ms", "deadline_at_ms", "run_sleep"]

_MILLISECOND: Final = timedelta(milliseconds=1)
_LATEST_MS: Final = 2**53
"""Times beyond are none for JavaScript; that is in 285 thousand years."""


def deadline_after_ms(duration: float | timedelta, *, now_ms: int) -> int:
    """When a duration is over, rounded up to the next millisecond.

    Args:
        duration: Seconds, or a ``timedelta``; what is not positive is over at once.
        now_ms: When it begins, Unix milliseconds.

    Raises:
        ValueError: The duration is no number.
    """
    if isinstance(duration, timedelta):
        return _within(now_ms + -(-duration // _MILLISECOND))
    if math.isnan(duration):
        message = "a duration is a number"
        raise ValueError(message)
    milliseconds = min(max(duration * 1000, 0.0), _LATEST_MS)
    # 0.1 s are 100 ms, although 0.1 * 1000 may be a little more.
    return _within(now_ms + math.ceil(round(milliseconds, 6)))


def deadline_at_ms(moment: datetime | int) -> int:
    """A moment in Unix milliseconds, rounded up.

    Raises:
        ValueError: The moment has no time zone.
    """
    if isinstance(moment, int):
        return _within(moment)
    if moment.tzinfo is None:
        message = "a moment has a time zone"
        raise ValueError(message)
    since = moment - datetime.fromtimestamp(0, tz=moment.tzinfo)
    return _within(-(-since // _MILLISECOND))


def _within(time_ms: int) -> int:
    return max(0, min(time_ms, _LATEST_MS))


async def run_sleep(scope: Scope, name: str, deadline_ms: Callable[[int], int]) -> None:
    """Sleep, unless that is recorded to be over.

    Args:
        scope: Where the sleep is.
        name: Unique in the scope.
        deadline_ms: When it is over if it begins at a time; both Unix milliseconds.

    Raises:
        WorkflowMisuseError: Something is wrong with the workflow.
    """
    execution, journal = scope.execution, scope.execution.journal
    with scope.operation(name):
        location = scope.claim(name)
        await execution.admit(scope.thread)
        found = scope.find(location, SleepEntry)
        if found is None:
            execution.require_forward()
            kind = SleepEntry(deadline_ms=deadline_ms(execution.now_ms))
            entry = journal.create(location, kind)
        else:
            entry, kind = found
        if kind.state is SleepState.COMPLETED:
            return
        execution.require_forward()
        await execution.sleep_until(kind.deadline_ms, location)
        execution.check_live(scope.thread)
        done = SleepEntry(deadline_ms=kind.deadline_ms, state=SleepState.COMPLETED)
        journal.change(entry, done)
        await execution.admit(scope.thread)
