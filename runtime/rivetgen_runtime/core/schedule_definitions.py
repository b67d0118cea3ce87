"""Schedules of the schema, as data in generated code."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from rivetgen_client.types import MISSING
from rivetgen_runtime.core.cron import CronCadence
from rivetgen_runtime.core.schedule_rows import encode_args, new_recurring
from rivetgen_runtime.core.schedule_rules import (
    SCHEDULE_LIMITS,
    CatchUp,
    IntervalCadence,
    Missed,
    Overlap,
)

if TYPE_CHECKING:
    from rivetgen_client.definitions import ActionDefinition
    from rivetgen_runtime.core.schedule_rows import Recurring

__all__ = ["ScheduleDefinition"]


@dataclass(frozen=True, kw_only=True, eq=False)
class ScheduleDefinition:
    """A recurring call of an action, as the schema declares it.

    Exactly one of ``cron`` and ``every_ms`` is set.

    Attributes:
        name: Unique in its actor.
        action: What is called.
        args: The first arguments of the call; the others are left out.
        cron: Five-field cron expression.
        timezone: IANA time zone of ``cron``.
        every_ms: Interval.
        overlap: ``skip``, ``queue`` or ``allow``.
        missed: ``once``, ``skip`` or ``all``.
        missed_maximum: Most runs that ``all`` catches up with.
    """

    name: str
    action: ActionDefinition[Any]
    args: tuple[object, ...] = ()
    cron: str | None = None
    timezone: str = "UTC"
    every_ms: int = 0
    overlap: str = "skip"
    missed: str = "once"
    missed_maximum: int = SCHEDULE_LIMITS.catch_up_runs

    @cached_property
    def row(self) -> Recurring:
        """The schedule as an actor keeps it, before its first run.

        Raises:
            ScheduleError: It is not valid.
            InvalidArgumentsError: The arguments do not fit the action.
        """
        absent = len(self.action.arguments) - len(self.args)
        args = self.action.dump_arguments((*self.args, *[MISSING] * absent))
        row = new_recurring(
            self.name,
            CronCadence(self.cron, self.timezone)
            if self.cron is not None
            else IntervalCadence(self.every_ms),
            overlap=Overlap(self.overlap),
            catch_up=CatchUp(Missed(self.missed), self.missed_maximum),
        )
        return replace(row, action=self.action.name, args=encode_args(args))
