"""One run of a workflow: what its operations need of the actor around them."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

from rivetgen_runtime.core.abort import AbortSignal
from rivetgen_runtime.core.deadlines import sealed
from rivetgen_runtime.core.queues.receiving import finishing_messages
from rivetgen_runtime.core.workflows.entries import WorkflowState
from rivetgen_runtime.core.workflows.recorded import Recorded
from rivetgen_runtime.core.workflows.scopes import Scope
from rivetgen_runtime.core.workflows.threads import Thread
from rivetgen_runtime.errors import (
    ActorStoppingError,
    StateInvalidError,
    StorageError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator

    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.workflows.journal import Journal
    from rivetgen_runtime.core.workflows.locations import Location
    from rivetgen_runtime.core.workflows.outcomes import WorkflowFailure
    from rivetgen_runtime.core.workflows.rollbacks import Compensation

__all__ = ["Execution", "ReplayEndedError", "SuspendedError"]

T = TypeVar("T")

_ACTIVE_TIMER: Final = ("workflow",)
"""Holds the alarm while something of the workflow does not wait."""


class ReplayEndedError(BaseException):
    """While rollbacks are collected: here the workflow did not get any further.

    User code that catches every ``Exception`` must not catch this one.
    """


class SuspendedError(BaseException):
    """This thread gets no further: the actor stops, or another branch has won."""


class Execution:
    """What the operations of one workflow share.

    A workflow that only waits lets its actor sleep. As long as any of its threads does
    something else, the actor stays awake, and its stored alarm is a time of the past: a
    process that dies is followed by one that goes on at once.

    Args:
        activation: The actor.
        journal: What the workflow has done so far.
        on_quiet: Called when the actor stops and no step runs any more.

    Attributes:
        compensations: Collects the rollbacks of steps while a failed workflow is
            replayed for them; None while it runs.
        is_stopping: Whether the actor stops: nothing new begins.
    """

    __slots__ = (
        "_active",
        "_is_abandoned",
        "_on_quiet",
        "_started_ms",
        "_waited_for",
        "_working",
        "activation",
        "compensations",
        "is_stopping",
        "journal",
    )

    def __init__(
        self,
        activation: Activation,
        journal: Journal,
        *,
        on_quiet: Callable[[], object],
    ) -> None:
        self.activation = activation
        self.journal = journal
        self.compensations: list[Compensation] | None = None
        self.is_stopping = False
        self._on_quiet = on_quiet
        self._active = 0
        self._is_abandoned = False
        self._working = 0
        self._started_ms = activation.services.clock.now_ms()
        self._waited_for: dict[object, Collection[str]] = {}

    def root(self) -> Scope:
        """The scope of the workflow itself."""
        thread = Thread(self.activation.abort_signal)
        return Scope(self, (), thread=thread, has_checkpoint=False)

    @property
    def now_ms(self) -> int:
        """Wall clock, Unix milliseconds."""
        return self.activation.services.clock.now_ms()

    def recorded(self, what: str, kind: type[T] | None) -> Recorded[T]:
        """Writes and reads values of an operation."""
        limit_bytes = self.activation.services.options.workflows.value_bytes
        return Recorded(what, kind, limit_bytes=limit_bytes)

    # May it go on?

    async def admit(self, thread: Thread) -> None:
        """Go on, unless the actor stops: then wait to be cancelled.

        Raises:
            SuspendedError: The thread has lost a race, and took no notice.
        """
        self.check_live(thread)
        await self.begin_work()

    async def begin_work(self) -> None:
        """Go on, unless the actor stops: then wait to be cancelled."""
        if self.is_stopping:
            await self.park()

    def check_live(self, thread: Thread) -> None:
        """Let a thread record something.

        Raises:
            SuspendedError: It has lost a race, and took no notice.
        """
        if thread.is_over:
            raise SuspendedError

    async def park(self) -> NoReturn:
        """Wait until this thread is cancelled."""
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    def require_forward(self) -> None:
        """Something is about to happen for the first time.

        Raises:
            ReplayEndedError: Nothing shall: rollbacks are being collected.
        """
        if self.compensations is not None:
            raise ReplayEndedError

    # Commits

    def commit(self) -> int:
        """End the turn.

        Returns:
            Number of the batch that covers everything that is recorded.
        """
        try:
            return self.commit_with_state()
        except StateInvalidError as error:
            # Other code has left the state so. Its changes are undone now; what the
            # journal has to say is not, and goes with the next batch.
            self.activation.log.error("the state could not be saved", exc_info=error)
            return self.commit_with_state()

    def commit_with_state(self) -> int:
        """End the turn of something that is only true together with its state.

        Returns:
            Number of the batch that covers everything that is recorded.

        Raises:
            StateInvalidError: The state does not fit the schema. Everything is undone
                but what is in the journal.
        """
        turns = self.activation.turns
        try:
            return turns.end()
        except StateInvalidError:
            raise
        except Exception as error:
            # The batch is on its way all the same.
            self.activation.log.error("on_state_change failed", exc_info=error)
            return turns.commits.covering

    async def durable(self, number: int | None = None) -> None:
        """Wait until a batch is durable; by default the one that ends this turn now."""
        covering = self.commit() if number is None else number
        try:
            await self.activation.turns.commits.reached(covering)
        except (StorageError, ActorStoppingError):
            # The activation is over, and this run with it.
            await self.park()

    # What keeps the actor awake

    def begin_thread(self) -> None:
        """A thread begins, active."""
        self._active += 1
        self.activation.activity.enter()
        if self._active == 1 and not self.is_stopping:
            self.hold_alarm()
            if not self.journal.state.is_final:
                self._become(WorkflowState.RUNNING)

    def end_thread(self) -> None:
        """A thread ends, or waits."""
        self._active -= 1
        self.activation.activity.leave()
        if self._active == 0 and not self.is_stopping:
            self.let_go_of_alarm()
            if not self.journal.state.is_final:
                self._become(WorkflowState.SLEEPING)

    @contextmanager
    def resting(self) -> Generator[None]:
        """This thread waits for something that would wake the actor."""
        self.end_thread()
        try:
            yield
        finally:
            self.begin_thread()

    @contextmanager
    def working(self) -> Generator[None]:
        """This thread does what a stop waits for."""
        self._working += 1
        try:
            yield
        finally:
            self._working -= 1
            if self.is_stopping and not self._working:
                self._on_quiet()

    def stop(self) -> None:
        """The actor stops: what runs may end, everything else does so now."""
        self.is_stopping = True
        if not self._working:
            self._on_quiet()

    def abandon(self) -> None:
        """Another run follows: leave nothing of this one."""
        self._is_abandoned = True
        self.stop()

    @property
    def is_active(self) -> bool:
        """Whether any thread does something else than to wait."""
        return self._active > 0

    def rearm(self) -> None:
        """The actor is about to sleep: wake it at once if a message is there."""
        queues = self.activation.queues
        if any(queues.has_ready(names) for names in self._waited_for.values()):
            self.hold_alarm()

    def expect(self, queue: str) -> None:
        """A message is being sent: if the process dies now, the next one handles it."""
        if any(queue in names for names in self._waited_for.values()):
            self.hold_alarm()

    def hold_alarm(self) -> None:
        """Let the stored alarm be a time of the past."""
        timers = self.activation.timers
        timers.hold(_ACTIVE_TIMER, self._started_ms, is_lasting=True)

    def let_go_of_alarm(self) -> None:
        """There is nothing that another process had to do at once."""
        self.activation.timers.cancel(_ACTIVE_TIMER, is_lasting=True)

    # Waiting

    async def sleep_until(self, deadline_ms: int, location: Location) -> None:
        """Wait for a time, on a timer that outlives the process."""
        while deadline_ms > self.now_ms:
            with self.timer(deadline_ms, location) as woken, self.resting():
                self.commit()
                await woken.wait()

    @contextmanager
    def timer(self, due_ms: int, location: Location) -> Generator[AbortSignal]:
        """Set a signal at a time, unless the block is left before."""
        source, timers = (*_ACTIVE_TIMER, location), self.activation.timers
        signal = AbortSignal()
        timers.set(source, due_ms, signal.abort, is_lasting=True)
        try:
            yield signal
        finally:
            # After a stop the actor still has to wake for it.
            if self._is_abandoned or not self.is_stopping:
                timers.cancel(source, is_lasting=True)

    @contextmanager
    def waiting_for(self, names: Collection[str]) -> Generator[None]:
        """Messages of some queues would wake this thread."""
        me = object()
        self._waited_for[me] = names
        try:
            with self.resting():
                yield
        finally:
            # What a stop has cut off is still waited for: see ``rearm``.
            if not self.is_stopping:
                del self._waited_for[me]

    # Telling the user

    async def report(self, failure: WorkflowFailure) -> None:
        """Tell the actor's hook of a failure; what the hook raises is logged."""
        activation = self.activation
        if not activation.hooks.on_workflow_error:
            return
        context = activation.context()
        try:
            with finishing_messages(context):
                await sealed(activation.actor.on_workflow_error(context, failure))
        except Exception as error:
            activation.log.error("on_workflow_error failed", exc_info=error)
        finally:
            activation.end_call(context)

    def _become(self, state: WorkflowState) -> None:
        if self.journal.state is not WorkflowState.ROLLING_BACK:
            self.journal.state = state
