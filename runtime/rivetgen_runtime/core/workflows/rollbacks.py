"""Undoing what a failed workflow has done."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rivetgen_runtime.core.callers import working
from rivetgen_runtime.core.deadlines import sealed
from rivetgen_runtime.core.queues.receiving import finishing_messages
from rivetgen_runtime.core.workflows.execution import ReplayEndedError
from rivetgen_runtime.core.workflows.outcomes import ErrorFacts, RollbackFailed
from rivetgen_runtime.core.workflows.step_contexts import step_context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rivetgen_runtime.core.workflows.entries import Entry, EntryMetadata
    from rivetgen_runtime.core.workflows.execution import Execution

__all__ = ["Compensation", "roll_back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compensation:
    """How a step that was completed is undone.

    Attributes:
        step_name: The step.
        entry: What is recorded about it.
        undo: Undoes it.
    """

    step_name: str
    entry: Entry
    undo: Callable[[Any], Awaitable[object]]


async def roll_back(
    execution: Execution, replay: Callable[[], Awaitable[object]]
) -> bool:
    """Undo the completed steps that have a rollback, the last one first.

    Steps of running loop iterations and of branches are among them. One whose rollback
    is recorded is not undone again.

    Args:
        execution: Of the workflow that has failed.
        replay: Runs the workflow from its beginning.

    Returns:
        Whether all were undone; after a failure those before it stay as they are, and
        the next start of the actor tries again.
    """
    for compensation in reversed(await _collected(execution, replay)):
        metadata = execution.journal.metadata(compensation.entry)
        if metadata is None or metadata.rollback_completed_at_ms is not None:
            continue
        await execution.begin_work()
        if not await _undo(execution, compensation, metadata):
            return False
    return True


async def _collected(
    execution: Execution, replay: Callable[[], Awaitable[object]]
) -> list[Compensation]:
    """Replay the workflow for the rollbacks of its completed steps, in their order."""
    found = execution.compensations = []
    try:
        with suppress(Exception, ReplayEndedError):  # why it failed is known
            await replay()
    finally:
        execution.compensations = None

    def completed_at_ms(compensation: Compensation) -> int:
        metadata = execution.journal.metadata(compensation.entry)
        return 0 if metadata is None else metadata.completed_at_ms or 0

    return sorted(found, key=completed_at_ms)


async def _undo(
    execution: Execution, compensation: Compensation, metadata: EntryMetadata
) -> bool:
    activation, journal = execution.activation, execution.journal
    with execution.working():
        error = await _failure_of(execution, compensation)
        if error is None:
            now_ms = execution.now_ms
            done = replace(metadata, rollback_completed_at_ms=now_ms)
        else:
            done = replace(metadata, rollback_error=ErrorFacts.of(error).text)
        journal.put_metadata(compensation.entry, done)
        if error is not None:
            failed = RollbackFailed(
                workflow_id=activation.record.actor_id,
                step_name=compensation.step_name,
                error=ErrorFacts.of(error),
            )
            await execution.report(failed)
            activation.log.error("a rollback failed", exc_info=error)
        await execution.durable()
    return error is None


async def _failure_of(
    execution: Execution, compensation: Compensation
) -> Exception | None:
    activation = execution.activation
    signal = activation.abort_signal
    with step_context(activation, signal, is_over=lambda: False) as context:
        try:
            with working(activation.record), finishing_messages(context):
                await sealed(compensation.undo(context))
        except Exception as error:  # noqa: BLE001 - user code raises anything
            return error
        finally:
            activation.end_call(context)
    return None
