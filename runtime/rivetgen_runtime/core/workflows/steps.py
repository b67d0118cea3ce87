"""Steps: what a workflow does to the world, tried until it works, and recorded."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from rivetgen_runtime.core.callers import working
from rivetgen_runtime.core.deadlines import Deadline, sealed
from rivetgen_runtime.core.queues.receiving import finishing_messages
from rivetgen_runtime.core.workflows.entries import (
    Entry,
    EntryMetadata,
    EntryStatus,
    StepEntry,
)
from rivetgen_runtime.core.workflows.errors import (
    CriticalError,
    RollbackCheckpointError,
    RollbackError,
    StepFailedError,
    StepInterruptedError,
    StepTimedOutError,
    WorkflowMisuseError,
    WorkflowValueError,
)
from rivetgen_runtime.core.workflows.execution import SuspendedError
from rivetgen_runtime.core.workflows.outcomes import (
    ErrorFacts,
    Failed,
    StepFailed,
    StepFailure,
    Succeeded,
)
from rivetgen_runtime.core.workflows.rollbacks import Compensation
from rivetgen_runtime.core.workflows.step_contexts import step_context
from rivetgen_runtime.core.workflows.step_options import DEFAULT_STEP_OPTIONS
from rivetgen_runtime.errors import ActionAbortedError, ActorStoppingError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from rivetgen_runtime.core.workflows.execution import Execution
    from rivetgen_runtime.core.workflows.locations import Location
    from rivetgen_runtime.core.workflows.outcomes import StepFailureKind
    from rivetgen_runtime.core.workflows.scopes import Scope
    from rivetgen_runtime.core.workflows.step_options import StepOptions

__all__ = ["Step", "run_step", "try_step"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[T]):
    """A step as its caller describes it.

    Attributes:
        name: Unique in its scope.
        body: What it does.
        returns: Type of what it returns; None for plain wire values.
        options: How it is tried.
        rollback: Undoes it; called with what it has returned.
    """

    name: str
    body: Callable[[Any], Awaitable[T]]
    returns: type[T] | None = None
    options: StepOptions = DEFAULT_STEP_OPTIONS
    rollback: Callable[[Any, T], Awaitable[object]] | None = None


async def run_step(scope: Scope, step: Step[T]) -> T:
    """Run a step, unless its outcome is recorded.

    Raises:
        StepFailedError: It has failed for good.
        WorkflowMisuseError: Something is wrong with the workflow.
    """
    if step.rollback is not None and not scope.has_checkpoint:
        raise RollbackCheckpointError(step.name)
    with scope.operation(step.name):
        location = scope.claim(step.name)
        await scope.execution.admit(scope.thread)
        scope.thread.use_messages()
        attempts = _Attempts(scope, step, location)
        if attempts.has_outcome:
            return attempts.recall()
        scope.execution.require_forward()
        return await attempts.until_outcome()


async def try_step(
    scope: Scope, step: Step[T], *, catch: Collection[StepFailureKind]
) -> Succeeded[T] | Failed[StepFailure]:
    """Run a step; some kinds of failures are returned.

    Raises:
        StepFailedError: It has failed in another way.
        WorkflowMisuseError: Something is wrong with the workflow.
    """
    try:
        return Succeeded(await run_step(scope, step))
    except StepFailedError as error:
        if error.failure.kind not in catch:
            raise
        return Failed(error.failure)


class _Attempts(Generic[T]):
    """One step on its way to an outcome."""

    def __init__(self, scope: Scope, step: Step[T], location: Location) -> None:
        self._scope = scope
        self._execution: Execution = scope.execution
        self._journal = scope.execution.journal
        self._step = step
        self._location = location
        self._recorded = self._execution.recorded(
            f'What step "{step.name}" returned', step.returns
        )
        found = scope.find(location, StepEntry)
        self._entry: Entry | None = None
        self._metadata = EntryMetadata(created_at_ms=self._execution.now_ms)
        if found is not None:
            self._entry = found[0]
            self._metadata = self._journal.metadata(found[0]) or self._metadata

    # What is recorded

    @property
    def has_outcome(self) -> bool:
        """Whether the outcome is recorded."""
        status = self._metadata.status
        return self._output is not None or status in {
            EntryStatus.COMPLETED,
            EntryStatus.EXHAUSTED,
        }

    def recall(self) -> T:
        """Return what it has returned, or raise how it has failed.

        Raises:
            StepFailedError: It has failed for good.
        """
        if self._metadata.status is EntryStatus.EXHAUSTED:
            failure = self._metadata.failure or self._failure_of_others()
            raise StepFailedError(failure)
        value = self._recorded.read(self._output)
        self._collect(value)
        return value

    @property
    def _output(self) -> bytes | None:
        kind = None if self._entry is None else self._entry.kind
        return kind.output if isinstance(kind, StepEntry) else None

    def _failure_of_others(self) -> StepFailure:
        """How it has failed, as far as official servers have recorded that."""
        return StepFailure(
            kind="exhausted",
            step_name=self._step.name,
            attempts=self._metadata.attempts,
            error=ErrorFacts.from_text(self._metadata.error or ""),
        )

    def _collect(self, value: T) -> None:
        compensations, entry = self._execution.compensations, self._entry
        rollback = self._step.rollback
        if compensations is not None and rollback is not None and entry is not None:
            compensations.append(
                Compensation(
                    step_name=self._step.name,
                    entry=entry,
                    undo=lambda context: rollback(context, value),
                )
            )

    # Attempts

    async def until_outcome(self) -> T:
        """Try until there is an outcome.

        Raises:
            StepFailedError: It has failed for good.
        """
        if self._metadata.attempts > self._step.options.max_retries:
            raise await self._give_up("exhausted", self._last_error)
        while True:
            await self._back_off()
            await self._begin()
            # What a stop waits for: the body, and that its outcome is recorded.
            with self._execution.working():
                try:
                    row = await self._attempt()
                except WorkflowMisuseError:
                    self._take_back()
                    raise
                except Exception as error:  # noqa: BLE001 - user code raises anything
                    await self._fail(error)
                    continue
            return self._recorded.read(row)

    async def _back_off(self) -> None:
        if self._metadata.attempts:
            wait_ms = self._step.options.backoff_ms(self._metadata.attempts)
            due_ms = self._metadata.last_attempt_at_ms + wait_ms
            await self._execution.sleep_until(due_ms, self._location)
            await self._execution.admit(self._scope.thread)

    async def _begin(self) -> None:
        self._change(
            status=EntryStatus.RUNNING,
            attempts=self._metadata.attempts + 1,
            last_attempt_at_ms=self._execution.now_ms,
        )
        try:
            if not self._step.options.ephemeral:
                await self._execution.durable()
            await self._execution.admit(self._scope.thread)
        except (asyncio.CancelledError, SuspendedError):
            self._take_back()
            raise

    async def _attempt(self) -> bytes | None:
        """Try once and record what came of it, in the commit of what it has changed."""
        execution = self._execution
        try:
            value = await self._run_body()
        except asyncio.CancelledError:
            self._take_back()
            raise
        except (ActionAbortedError, ActorStoppingError) as error:
            if not execution.is_stopping:
                raise
            self._take_back()
            raise SuspendedError from error
        execution.check_live(self._scope.thread)
        row = None if value is None else self._recorded.write(value)
        self._succeed(row)
        if self._step.options.ephemeral:
            execution.activation.turns.save_soon()
        else:
            await execution.durable(execution.commit_with_state())
        return row

    async def _run_body(self) -> T:
        activation, options = self._execution.activation, self._step.options
        timed_out = partial(StepTimedOutError, self._step.name, options.timeout_s or 0)
        thread = self._scope.thread
        with step_context(
            activation, thread.signal, is_over=lambda: thread.is_over
        ) as context:
            try:
                with (
                    working(activation.record),
                    Deadline(activation.services.clock, options.timeout_s, timed_out),
                    finishing_messages(context),
                ):
                    return await sealed(self._step.body(context))
            finally:
                activation.end_call(context)

    def _take_back(self) -> None:
        """The actor stops before the body has ended: that attempt does not count."""
        if not self._scope.thread.is_over:
            self._change(
                status=EntryStatus.PENDING, attempts=self._metadata.attempts - 1
            )

    # Outcomes

    def _succeed(self, row: bytes | None) -> None:
        self._change(
            StepEntry(output=row),
            status=EntryStatus.COMPLETED,
            error=None,
            completed_at_ms=self._execution.now_ms,
        )

    async def _fail(self, error: Exception) -> None:
        """Record a failed attempt.

        Raises:
            StepFailedError: No other one follows.
        """
        self._execution.check_live(self._scope.thread)
        facts = ErrorFacts.of(error)
        kind = self._final_kind(error)
        if kind is None:
            await self._retry_later(facts)
            return
        raise await self._give_up(kind, facts) from error

    @property
    def _last_error(self) -> ErrorFacts:
        """Why the last recorded attempt came to nothing."""
        if self._metadata.status is EntryStatus.RUNNING:
            return ErrorFacts.of(StepInterruptedError(self._step.name))
        return ErrorFacts.from_text(self._metadata.error or "")

    def _final_kind(self, error: Exception) -> StepFailureKind | None:
        options = self._step.options
        is_timeout = isinstance(error, StepTimedOutError)
        is_last = self._metadata.attempts > options.max_retries
        if isinstance(error, RollbackError):
            return "rollback"
        if isinstance(error, CriticalError | WorkflowValueError):
            return "critical"
        if is_timeout and (is_last or not options.retry_on_timeout):
            return "timeout"
        return "exhausted" if is_last else None

    async def _retry_later(self, facts: ErrorFacts) -> None:
        now_ms = self._execution.now_ms
        wait_ms = self._step.options.backoff_ms(self._metadata.attempts)
        self._change(
            StepEntry(error=facts.text),
            status=EntryStatus.FAILED,
            error=facts.text,
            completed_at_ms=None,
            last_attempt_at_ms=now_ms,
        )
        await self._report(facts, retry_delay_ms=wait_ms, retry_at_ms=now_ms + wait_ms)

    async def _give_up(self, kind: StepFailureKind, facts: ErrorFacts) -> Exception:
        failure = StepFailure(
            kind=kind,
            step_name=self._step.name,
            attempts=self._metadata.attempts,
            error=facts,
        )
        self._change(
            StepEntry(error=facts.text),
            status=EntryStatus.EXHAUSTED,
            error=facts.text,
            completed_at_ms=None,
            failure=failure,
        )
        await self._report(facts)
        return StepFailedError(failure)

    async def _report(
        self,
        facts: ErrorFacts,
        *,
        retry_delay_ms: int | None = None,
        retry_at_ms: int | None = None,
    ) -> None:
        execution = self._execution
        failed = StepFailed(
            workflow_id=execution.activation.record.actor_id,
            step_name=self._step.name,
            attempt=self._metadata.attempts,
            max_retries=self._step.options.max_retries,
            will_retry=retry_at_ms is not None,
            retry_delay_ms=retry_delay_ms,
            retry_at_ms=retry_at_ms,
            error=facts,
        )
        await execution.report(failed)
        await execution.durable()

    def _change(self, kind: StepEntry | None = None, **changes: Any) -> None:
        if self._entry is None:
            self._entry = self._journal.create(self._location, kind or StepEntry())
        elif kind is not None:
            self._entry = self._journal.change(self._entry, kind)
        self._metadata = replace(self._metadata, **changes)
        self._journal.put_metadata(self._entry, self._metadata)
