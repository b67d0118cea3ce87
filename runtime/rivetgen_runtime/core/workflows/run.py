"""The workflow of one activation: how it begins, goes on and ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from rivetgen_runtime.core.callers import working
from rivetgen_runtime.core.deadlines import sealed
from rivetgen_runtime.core.workflows.entries import WorkflowState
from rivetgen_runtime.core.workflows.errors import (
    HistoryDivergedError,
    StepFailedError,
    WorkflowError,
    WorkflowInFlightError,
)
from rivetgen_runtime.core.workflows.execution import Execution, SuspendedError
from rivetgen_runtime.core.workflows.failure_rows import decode_error, encode_error
from rivetgen_runtime.core.workflows.history import (
    entries_from,
    history_bytes,
    history_value,
)
from rivetgen_runtime.core.workflows.journal import Journal
from rivetgen_runtime.core.workflows.locations import Field
from rivetgen_runtime.core.workflows.messages import (
    held_messages,
    let_go_of_messages,
    release_messages,
)
from rivetgen_runtime.core.workflows.outcomes import ErrorFacts, WorkflowFailed
from rivetgen_runtime.core.workflows.recorded import UNDEFINED_ROW
from rivetgen_runtime.core.workflows.rollbacks import roll_back
from rivetgen_runtime.errors import NotAcceptedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.workflows.entries import Entry
    from rivetgen_runtime.core.workflows.handles import AnyWorkflow

__all__ = ["WorkflowRun"]


class WorkflowRun:
    """Runs the workflow of one activation; it takes the place of a run handler.

    Args:
        activation: Whose workflow it is.
        workflow: Class of the ``w`` of its actor.

    Attributes:
        journal: What it has done so far; a part of each turn.
    """

    __slots__ = (
        "_activation",
        "_execution",
        "_is_replaying",
        "_task",
        "_workflow",
        "journal",
    )

    def __init__(self, activation: Activation, workflow: type[AnyWorkflow]) -> None:
        self._activation = activation
        self._workflow = workflow
        self._task: asyncio.Task[None] | None = None
        self.journal = Journal(
            activation.record.actor_id,
            activation.services.randomness,
            activation.turns.watchers,
        )
        self._execution: Execution | None = None
        self._is_replaying = False

    def load(self, rows: Mapping[bytes, bytes]) -> frozenset[int]:
        """Take over what is stored.

        Returns:
            Ids of the messages that the workflow holds.

        Raises:
            StorageCorruptError: It is no journal.
        """
        self.journal.load(rows)
        return held_messages(self.journal)

    def prepare(self) -> None:
        """The actor starts: from now on its alarm says that there is work to do."""
        self._execution = Execution(
            self._activation, self.journal, on_quiet=self.cancel
        )
        if not self.journal.state.is_final:
            self._execution.hold_alarm()

    # As a run handler

    def start(self) -> None:
        """Go on with it in the background, unless it is over."""
        execution = self._execution
        is_serving = self._activation.lifecycle.is_running
        if execution is None or self.journal.state.is_final or not is_serving:
            return
        self._activation.abort_signal.add_listener(execution.stop)
        execution.begin_thread()
        self._task = asyncio.create_task(self._supervise(execution))
        self._task.add_done_callback(lambda _: execution.end_thread())

    @property
    def is_active(self) -> bool:
        """Whether it is on its way."""
        return self._task is not None and not self._task.done()

    async def ended(self) -> None:
        """Wait until it is not active any more."""
        if self._task is not None:
            await asyncio.wait([self._task])

    def cancel(self) -> None:
        """Cancel it."""
        if self._task is not None:
            self._task.cancel()

    def before_sleep(self) -> None:
        """The last batch is about to be made."""
        if self._execution is not None and not self.journal.state.is_final:
            self._execution.rearm()

    def expect(self, queue: str) -> None:
        """A message is being sent to the actor."""
        if self._execution is not None and self.is_active:
            self._execution.expect(queue)

    # For tools

    @property
    def state(self) -> WorkflowState:
        """Where it is in its life."""
        return self.journal.state

    @property
    def is_running(self) -> bool:
        """Whether it does anything else than to wait."""
        execution = self._execution
        return self.is_active and execution is not None and execution.is_active

    def history_value(self) -> dict[str, Value]:
        """What it has done, as inspectors show it in JSON."""
        return history_value(self.journal)

    def history_bytes(self) -> bytes:
        """What it has done, as it travels over the sockets of inspectors."""
        return history_bytes(self.journal)

    async def replay_from(self, entry_id: str | None) -> None:
        """Do everything again from a step on; the state of the actor stays.

        Args:
            entry_id: The step; inside a loop the whole loop is done again. None for
                everything.

        Raises:
            NotAcceptedError: The actor stops: nothing was forgotten.
            WorkflowInFlightError: It runs, or is being replayed already.
            ReplayTargetError: There is no such step.
        """
        if self._is_replaying:
            raise WorkflowInFlightError
        activation, self._is_replaying = self._activation, True
        activation.activity.enter()
        try:
            await self._replay_from(entry_id)
        finally:
            activation.activity.leave()
            self._is_replaying = False

    async def _replay_from(self, entry_id: str | None) -> None:
        if self.journal.state.is_final:
            await self.ended()  # of its last commit
        elif self.is_running:
            raise WorkflowInFlightError
        doomed = None if entry_id is None else entries_from(self.journal, entry_id)
        self._check_serving()
        if self._execution is not None:
            self._activation.abort_signal.remove_listener(self._execution.stop)
            self._execution.abandon()
        await self.ended()
        self.prepare()
        self._check_serving()
        self._forget(doomed)
        await self._activation.turns.save()
        # In an actor that stops, the next activation does it: its alarm says so.
        self.start()

    def _check_serving(self) -> None:
        if not self._activation.lifecycle.is_running:
            raise NotAcceptedError

    def _forget(self, doomed: list[Entry] | None) -> None:
        """Remove entries, or all of them, and how the workflow has ended."""
        journal = self.journal
        removed = journal.remove_all() if doomed is None else []
        for entry in doomed or ():
            removed.extend(journal.remove_alone(entry.location))
        if self._execution is not None:
            release_messages(self._execution, removed)
            self._execution.hold_alarm()
        journal.put_field(Field.OUTPUT, None)
        journal.put_field(Field.ERROR, None)
        journal.state = WorkflowState.SLEEPING

    # How it works

    async def _supervise(self, execution: Execution) -> None:
        try:
            with working(self._activation.record):
                if self.journal.state is WorkflowState.ROLLING_BACK:
                    await self._undo(execution, self._unreported_error)
                else:
                    await self._go_on(execution)
        except (asyncio.CancelledError, SuspendedError):
            # The actor stops, or a tool asks for a replay.
            self._activation.log.debug("the workflow was suspended")
        except Exception as error:
            self._activation.log.error("the workflow could not go on", exc_info=error)
        finally:
            self._activation.turns.end_quietly()

    async def _go_on(self, execution: Execution) -> None:
        if self.journal.field(Field.INPUT) is None:
            self.journal.put_field(Field.INPUT, UNDEFINED_ROW)
        try:
            await self._run_body(execution)
        except HistoryDivergedError as error:
            await self._pause(execution, error)
        except Exception as error:  # noqa: BLE001 - user code raises anything
            await self._fail(execution, error)
        else:
            self.journal.put_field(Field.OUTPUT, UNDEFINED_ROW)
            await self._end(execution, WorkflowState.COMPLETED)

    async def _run_body(self, execution: Execution) -> None:
        scope = execution.root()
        w: Any = self._workflow(scope)
        try:
            await sealed(self._activation.actor.run(w))
            scope.finish()
        finally:
            scope.thread.end()

    async def _pause(self, execution: Execution, error: HistoryDivergedError) -> None:
        """The code is not the right one: keep everything until it is."""
        self._activation.log.error("the workflow stops here", exc_info=error)
        await self._report(execution, ErrorFacts.of(error))
        await execution.durable()

    async def _fail(self, execution: Execution, error: Exception) -> None:
        """Record why it has failed, and undo what it has done."""
        facts = ErrorFacts.of(error)
        self._activation.log.error("the workflow has failed", exc_info=error)
        self.journal.put_field(Field.ERROR, encode_error(facts))
        self.journal.state = WorkflowState.ROLLING_BACK
        await execution.durable()
        is_reported = isinstance(error, WorkflowError) and error.is_reported
        await self._undo(execution, None if is_reported else facts)

    async def _undo(self, execution: Execution, facts: ErrorFacts | None) -> None:
        if not await roll_back(execution, lambda: self._run_body(execution)):
            return
        with execution.working():
            if facts is not None:
                await self._report(execution, facts)
            await self._end(execution, WorkflowState.FAILED)

    async def _end(self, execution: Execution, state: WorkflowState) -> None:
        # What others have begun may be undone; the end must not.
        execution.commit()
        let_go_of_messages(execution)
        execution.let_go_of_alarm()
        self.journal.state = state
        await execution.durable()

    async def _report(self, execution: Execution, facts: ErrorFacts) -> None:
        workflow_id = self._activation.record.actor_id
        await execution.report(WorkflowFailed(workflow_id=workflow_id, error=facts))

    @property
    def _unreported_error(self) -> ErrorFacts | None:
        """Why the workflow fails, unless it was a step: that was reported at once."""
        facts = decode_error(self.journal.field(Field.ERROR) or UNDEFINED_ROW)
        return None if facts.name == StepFailedError.__name__ else facts
