"""What user code gets as ``w``: the operations of a workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Generic, TypeAlias, TypeVar, cast

from rivetgen_runtime.core.workflows.attempts import run_attempt
from rivetgen_runtime.core.workflows.branches import Branches, run_join, run_race
from rivetgen_runtime.core.workflows.entries import EntryType
from rivetgen_runtime.core.workflows.loops import PRUNE_INTERVAL, Loop, run_loop
from rivetgen_runtime.core.workflows.markers import (
    mark_checkpoint,
    mark_removed,
    resolve_version,
)
from rivetgen_runtime.core.workflows.outcomes import Continue
from rivetgen_runtime.core.workflows.sleeps import (
    deadline_after_ms,
    deadline_at_ms,
    run_sleep,
)
from rivetgen_runtime.core.workflows.step_options import DEFAULT_STEP_OPTIONS
from rivetgen_runtime.core.workflows.steps import Step, run_step, try_step

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping
    from datetime import datetime, timedelta
    from logging import LoggerAdapter
    from typing import Self

    from rivetgen_runtime.core.abort import AbortSignal
    from rivetgen_runtime.core.workflows.outcomes import (
        Break,
        Failed,
        Raced,
        ScopeFailure,
        ScopeFailureSource,
        StepFailure,
        StepFailureKind,
        Succeeded,
    )
    from rivetgen_runtime.core.workflows.scopes import Scope
    from rivetgen_runtime.core.workflows.step_options import StepOptions

__all__ = ["AnyWorkflow", "Workflow"]

KeyT = TypeVar("KeyT")
StepT = TypeVar("StepT")
StateT = TypeVar("StateT")
T = TypeVar("T")

_CAUGHT_STEPS: Final[tuple[StepFailureKind, ...]] = ("critical", "timeout", "exhausted")
_CAUGHT_SOURCES: Final[tuple[ScopeFailureSource, ...]] = ("step", "join", "race")


class Workflow(Generic[KeyT, StepT]):
    """Durable operations, each with a name that is unique in its scope.

    What an operation has led to is recorded. When the actor starts again the workflow
    runs from its beginning, and operations that are recorded return at once what they
    returned before. So the code between them must do the same every time, and whatever
    has an effect belongs into a step.

    Branches, blocks and iterations get a ``w`` of their own, with names of their own.
    Each ``w`` does one thing at a time.

    Values that are recorded are None, bool, int, float, str, bytes, datetimes, lists
    and dicts of them; ``returns`` names any other type, such as a model.

    Args:
        scope: Where its operations happen.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    @property
    def scope(self) -> Scope:
        """Where operations happen, for the runtime."""
        return self._scope

    @property
    def workflow_id(self) -> str:
        """Id of the workflow: that of its actor."""
        return self.actor_id

    @property
    def actor_id(self) -> str:
        """Id of the actor."""
        return self._scope.execution.activation.record.actor_id

    @property
    def name(self) -> str:
        """Wire name of the actor's definition."""
        return self._scope.execution.activation.record.name

    @property
    def key(self) -> KeyT:
        """The parts of the actor's key, by name."""
        return cast("KeyT", self._scope.execution.activation.key)

    @property
    def log(self) -> LoggerAdapter[Any]:
        """Logger whose records name the actor."""
        return self._scope.execution.activation.log

    @property
    def abort_signal(self) -> AbortSignal:
        """Set when the actor stops, or when another branch has won the race."""
        return self._scope.thread.signal

    @property
    def aborted(self) -> bool:
        """Whether the signal is set."""
        return self.abort_signal.aborted

    # Steps

    async def step(
        self,
        name: str,
        body: Callable[[StepT], Awaitable[T]],
        *,
        returns: type[T] | None = None,
        options: StepOptions = DEFAULT_STEP_OPTIONS,
        rollback: Callable[[StepT, T], Awaitable[object]] | None = None,
    ) -> T:
        """Do something, and never again once it has worked.

        What the step returns, and everything that it changes in the actor, are one
        commit. An attempt that fails is followed by others (``options``); what it has
        changed in the state stays. A step that is cut off by the end of the process
        runs again: what it does outside of the actor should stand that.

        Args:
            name: Unique in its scope, up to 128 characters.
            body: Called with a ``c`` of its own, which ends with the step.
            returns: Type of what it returns, for others than plain values.
            options: How it is tried.
            rollback: Undoes the step when the workflow fails later; called with a ``c``
                and what the step returned. There has to be a checkpoint before.

        Returns:
            What the body returned, as it was recorded.

        Raises:
            StepFailedError: It has failed for good.
            RollbackCheckpointError: It has a rollback, and there is no checkpoint.
        """
        step = Step(
            name=name, body=body, returns=returns, options=options, rollback=rollback
        )
        return await run_step(self._scope, step)

    async def try_step(
        self,
        name: str,
        body: Callable[[StepT], Awaitable[T]],
        *,
        returns: type[T] | None = None,
        options: StepOptions = DEFAULT_STEP_OPTIONS,
        rollback: Callable[[StepT, T], Awaitable[object]] | None = None,
        catch: Collection[StepFailureKind] = _CAUGHT_STEPS,
    ) -> Succeeded[T] | Failed[StepFailure]:
        """Do something that may fail for good; see ``step``.

        Args:
            name: As for ``step``.
            body: As for ``step``.
            returns: As for ``step``.
            options: As for ``step``.
            rollback: As for ``step``.
            catch: The kinds of failures that are returned instead of raised.
        """
        step = Step(
            name=name, body=body, returns=returns, options=options, rollback=rollback
        )
        return await try_step(self._scope, step, catch=catch)

    # Blocks

    async def attempt(
        self,
        name: str,
        body: Callable[[Self], Awaitable[T]],
        *,
        catch: Collection[ScopeFailureSource] = _CAUGHT_SOURCES,
    ) -> Succeeded[T] | Failed[ScopeFailure]:
        """Run a block whose failure is a value.

        Only failures of steps, joins and races are caught, and with ``rollback`` in
        ``catch`` a ``RollbackError``; whatever else the block raises is raised.

        Args:
            name: Unique in its scope.
            body: The block.
            catch: What may have failed for the failure to be returned.
        """
        return await run_attempt(self._scope, name, self._within(body), catch=catch)

    async def loop(
        self,
        name: str,
        body: Callable[[Self, StateT], Awaitable[Continue[StateT] | Break[T]]],
        *,
        state: StateT,
        state_type: type[StateT] | None = None,
        returns: type[T] | None = None,
        prune_interval: int = PRUNE_INTERVAL,
        history_size: int | None = None,
    ) -> T:
        """Run a block again and again, until it returns ``Break``.

        Only the current iteration is ever replayed; older ones are removed.

        Args:
            name: Unique in its scope.
            body: One iteration; called with the state that the last one has returned.
            state: What the first iteration is called with.
            state_type: Type of the states, for others than plain values.
            returns: Type of what the loop returns, for others than plain values.
            prune_interval: Iterations between two times that old ones are removed.
            history_size: Iterations that are kept then; as many by default.

        Raises:
            LoopResultError: An iteration returned neither ``Continue`` nor ``Break``.
            ValueError: An interval or size is not positive.
        """

        def iterate(
            scope: Scope, state: StateT
        ) -> Awaitable[Continue[StateT] | Break[T]]:
            return body(type(self)(scope), state)

        loop = Loop(
            name=name,
            body=iterate,
            state=state,
            state_type=state_type,
            returns=returns,
            prune_interval=prune_interval,
            history_size=prune_interval if history_size is None else history_size,
        )
        return await run_loop(self._scope, loop)

    async def repeat(
        self,
        name: str,
        body: Callable[[Self], Awaitable[Break[T] | None]],
        *,
        returns: type[T] | None = None,
        prune_interval: int = PRUNE_INTERVAL,
        history_size: int | None = None,
    ) -> T:
        """Run a block again and again until it returns ``Break``; see ``loop``."""

        async def iterate(w: Self, _: None) -> Continue[None] | Break[T]:
            outcome = await body(w)
            return Continue(None) if outcome is None else outcome

        return await self.loop(
            name,
            iterate,
            state=None,
            returns=returns,
            prune_interval=prune_interval,
            history_size=history_size,
        )

    # Branches

    async def join(
        self,
        name: str,
        branches: Mapping[str, Callable[[Self], Awaitable[T]]],
        *,
        returns: type[T] | None = None,
    ) -> dict[str, T]:
        """Run branches at the same time, and wait for all of them.

        Args:
            name: Unique in its scope.
            branches: What each does, by name.
            returns: Type of what they return, for others than plain values.

        Returns:
            What they returned, by name.

        Raises:
            JoinError: Some have failed; the others have ended, too.
        """
        return await run_join(self._scope, self._branches(name, branches, returns))

    async def race(
        self,
        name: str,
        branches: Mapping[str, Callable[[Self], Awaitable[T]]],
        *,
        returns: type[T] | None = None,
    ) -> Raced[T]:
        """Run branches at the same time, until the first one succeeds.

        The others are cancelled, with the steps that run in them, and what they have
        recorded is removed. They are not waited for.

        Args:
            name: Unique in its scope.
            branches: What each does, by name.
            returns: Type of what they return, for others than plain values.

        Returns:
            Who has won, and with what.

        Raises:
            RaceError: All have failed.
        """
        return await run_race(self._scope, self._branches(name, branches, returns))

    # Time

    async def sleep(self, name: str, duration: float | timedelta) -> None:
        """Wait; the actor sleeps meanwhile if it has nothing else to do.

        When it is over is fixed when it begins for the first time.

        Args:
            name: Unique in its scope.
            duration: Seconds, or a ``timedelta``; rounded up to milliseconds.
        """
        await run_sleep(
            self._scope, name, lambda now_ms: deadline_after_ms(duration, now_ms=now_ms)
        )

    async def sleep_until(self, name: str, moment: datetime | int) -> None:
        """Wait until a moment; one of the past is over at once.

        Args:
            name: Unique in its scope.
            moment: With a time zone, or Unix milliseconds.

        Raises:
            ValueError: The moment has no time zone.
        """
        deadline_ms = deadline_at_ms(moment)
        await run_sleep(self._scope, name, lambda _: deadline_ms)

    # Rolling back, and code that changes

    async def rollback_checkpoint(self, name: str) -> None:
        """Let steps that follow in this scope, and inside it, have a rollback."""
        await mark_checkpoint(self._scope, name)

    async def removed(self, name: str, kind: EntryType | str) -> None:
        """Stand for an operation that the code had in this place before.

        Workflows that have recorded it, and everything inside it, go on without it.

        Args:
            name: Its name.
            kind: What it was, such as ``"step"``: see ``EntryType``.

        Raises:
            HistoryDivergedError: It was something else.
            ValueError: There is no such kind.
        """
        await mark_removed(self._scope, name, EntryType(kind))

    async def version(self, name: str, latest: int) -> int:
        """Tell which version of the code a workflow has to follow in this scope.

        Args:
            name: Unique in its scope.
            latest: The newest version; versions begin with one.

        Returns:
            ``latest`` when the scope begins now, one when it was on its way already; in
            every replay the same.

        Raises:
            ValueError: ``latest`` is less than one, or has more than 32 bits.
        """
        return await resolve_version(self._scope, name, latest)

    def _within(
        self, body: Callable[[Self], Awaitable[T]]
    ) -> Callable[[Scope], Awaitable[T]]:
        """Call user code with a ``w`` of its own."""
        return lambda scope: body(type(self)(scope))

    def _branches(
        self,
        name: str,
        bodies: Mapping[str, Callable[[Self], Awaitable[T]]],
        returns: type[T] | None,
    ) -> Branches[T]:
        within = {branch: self._within(body) for branch, body in bodies.items()}
        return Branches(name=name, bodies=within, returns=returns)


AnyWorkflow: TypeAlias = Workflow[Any, Any]
