"""What user code is told about schedules and their runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from rivetgen_client.wire.errors import ErrorBody
    from rivetgen_client.wire.values import Value

__all__ = [
    "CronJob",
    "CronRun",
    "Fire",
    "RunResult",
    "ScheduleKind",
    "ScheduledCall",
    "moment_from_ms",
    "ms_from_moment",
]

ScheduleKind: TypeAlias = Literal["at", "cron", "every"]
RunResult: TypeAlias = Literal["running", "ok", "error", "skipped"]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


class Fire(NamedTuple):
    """Why a scheduled action runs; all times are UTC.

    Attributes:
        kind: ``at`` for a one-shot.
        schedule_id: Id of a one-shot, name of a recurring schedule.
        name: Name of a recurring schedule; None for a one-shot.
        scheduled_at: The time that it was meant for.
        fired_at: When it began, never earlier.
    """

    kind: ScheduleKind
    schedule_id: str
    name: str | None
    scheduled_at: datetime
    fired_at: datetime

    def to_wire(self) -> dict[str, Value]:
        """As an argument of the action, in the words of the protocol."""
        wire: dict[str, Value] = {"kind": self.kind, "id": self.schedule_id}
        if self.name is not None:
            wire["name"] = self.name
        wire["scheduledAt"] = ms_from_moment(self.scheduled_at)
        wire["firedAt"] = ms_from_moment(self.fired_at)
        return wire


class ScheduledCall(NamedTuple):
    """A one-shot that has not begun.

    Attributes:
        action: Wire name.
        args: Wire values.
    """

    schedule_id: str
    action: str
    args: list[Value]
    run_at: datetime


class CronJob(NamedTuple):
    """A recurring schedule.

    Attributes:
        action: Wire name.
        args: Wire values.
        last_run_at: When it began last; None before its first run.
        max_history: How many of its runs are kept.
        expression: Of a ``cron`` schedule; None for an interval.
        timezone: Of a ``cron`` schedule; None for an interval.
        interval: Of an ``every`` schedule; None for a cron expression.
    """

    name: str
    kind: ScheduleKind
    action: str
    args: list[Value]
    next_run_at: datetime
    last_run_at: datetime | None
    max_history: int
    expression: str | None
    timezone: str | None
    interval: timedelta | None


class CronRun(NamedTuple):
    """A run of a recurring schedule.

    Attributes:
        finished_at: None while it runs.
        error: What a caller of the action would read; None unless it failed.
    """

    action: str
    scheduled_at: datetime
    fired_at: datetime
    finished_at: datetime | None
    result: RunResult
    error: ErrorBody | None


def moment_from_ms(time_ms: int) -> datetime:
    """A time in UTC."""
    return _EPOCH + time_ms * _MILLISECOND


def ms_from_moment(moment: datetime) -> int:
    """Unix milliseconds, not before the moment.

    Args:
        moment: With a time zone.
    """
    return -((_EPOCH - moment) // _MILLISECOND)
