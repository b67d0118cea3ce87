"""What tools see of the schedules of one actor: rows as the inspector writes them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from rivetgen_client.wire import cbor
from rivetgen_runtime.core.schedule_rules import SCHEDULE_LIMITS
from rivetgen_runtime.core.schedules import Cron, Schedule, ScheduledCalls

if TYPE_CHECKING:
    from rivetgen_client.wire.errors import ErrorBody
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.schedule_infos import CronJob, CronRun, ScheduledCall

__all__ = ["ScheduleInspection"]

_CRON_PREFIX: Final = "cron:"
"""Before the name of a recurring schedule, where an id is asked for."""

Row = dict[str, Any]


class ScheduleInspection:
    """Lists, looks back at and removes the schedules of an actor.

    Args:
        activation: The actor.
    """

    def __init__(self, activation: Activation) -> None:
        self._turns = activation.turns
        self._schedule = Schedule(activation, ScheduledCalls, is_read_only=False)
        self._cron = Cron(activation, ScheduledCalls, is_read_only=False)

    async def rows(self) -> list[Row]:
        """All schedules, by their next run."""
        calls = [_call_row(call) for call in await self._schedule.list()]
        jobs = [_job_row(job) for job in await self._cron.list()]
        return sorted([*calls, *jobs], key=lambda row: (row["nextRunAt"], row["id"]))

    async def history(self, schedule_id: str, *, limit: int) -> list[Row]:
        """The newest runs of a recurring schedule, newest first."""
        limit = min(max(limit, 1), SCHEDULE_LIMITS.history_per_schedule)
        name = schedule_id.removeprefix(_CRON_PREFIX)
        return [_run_row(run) for run in await self._cron.history(name, limit=limit)]

    async def delete(self, schedule_id: str) -> bool:
        """Remove a schedule; tells, when that is durable, whether there was one."""
        if schedule_id.startswith(_CRON_PREFIX):
            name = schedule_id.removeprefix(_CRON_PREFIX)
            deleted = await self._cron.delete(name)
        else:
            deleted = await self._schedule.cancel(schedule_id)
        await self._turns.save()
        return deleted


def _call_row(call: ScheduledCall) -> Row:
    return _row(
        call.schedule_id,
        kind="at",
        action=call.action,
        args=call.args,
        next_run_at=call.run_at,
    )


def _job_row(job: CronJob) -> Row:
    row = _row(
        f"{_CRON_PREFIX}{job.name}",
        kind=job.kind,
        action=job.action,
        args=job.args,
        next_run_at=job.next_run_at,
    )
    interval_ms = job.interval and job.interval // timedelta(milliseconds=1)
    return row | {
        "name": job.name,
        "lastRunAt": job.last_run_at and _ms(job.last_run_at),
        "expression": job.expression,
        "timezone": job.timezone,
        "intervalMs": interval_ms,
        "maxHistory": job.max_history,
    }


def _row(
    schedule_id: str, *, kind: str, action: str, args: list[Any], next_run_at: datetime
) -> Row:
    return {
        "id": schedule_id,
        "name": None,
        "kind": kind,
        "action": action,
        "args": cbor.encode(args),
        "nextRunAt": _ms(next_run_at),
        "lastRunAt": None,
        "expression": None,
        "timezone": None,
        "intervalMs": None,
        "maxHistory": None,
    }


def _run_row(run: CronRun) -> Row:
    return {
        "action": run.action,
        "scheduledAt": _ms(run.scheduled_at),
        "firedAt": _ms(run.fired_at),
        "finishedAt": run.finished_at and _ms(run.finished_at),
        "result": run.result,
        "error": run.error and _error_row(run.error),
    }


def _error_row(error: ErrorBody) -> Row:
    metadata = error.metadata
    return {
        "group": error.group,
        "code": error.code,
        "message": error.message,
        "metadata": None if metadata is None else cbor.encode(metadata),
    }


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
