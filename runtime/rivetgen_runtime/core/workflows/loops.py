"""Loops: iterations with a state, of which only the last ones are kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from rivetgen_runtime.core.workflows.entries import (
    Entry,
    EntryMetadata,
    EntryStatus,
    LoopEntry,
)
from rivetgen_runtime.core.workflows.errors import LoopResultError
from rivetgen_runtime.core.workflows.locations import LoopIteration
from rivetgen_runtime.core.workflows.messages import release_messages
from rivetgen_runtime.core.workflows.outcomes import Break, Continue

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from rivetgen_runtime.core.workflows.locations import Location
    from rivetgen_runtime.core.workflows.recorded import Recorded
    from rivetgen_runtime.core.workflows.scopes import Scope

__all__ = ["PRUNE_INTERVAL", "Loop", "run_loop"]

StateT = TypeVar("StateT")
T = TypeVar("T")

PRUNE_INTERVAL: Final = 20
"""Iterations between two times that old ones are removed, as in official servers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop(Generic[StateT, T]):
    """A loop as its caller describes it.

    Attributes:
        name: Unique in its scope.
        body: One iteration.
        state: What the first iteration begins with.
        state_type: Type of the states; None for plain wire values.
        returns: Type of what the loop returns; None for plain wire values.
        prune_interval: Iterations between two times that old ones are removed.
        history_size: Iterations that are kept then.
    """

    name: str
    body: Callable[[Scope, StateT], Awaitable[Continue[StateT] | Break[T]]]
    state: StateT
    state_type: type[StateT] | None = None
    returns: type[T] | None = None
    prune_interval: int = PRUNE_INTERVAL
    history_size: int = PRUNE_INTERVAL


async def run_loop(scope: Scope, loop: Loop[StateT, T]) -> T:
    """Run a loop from the iteration that was begun last.

    Raises:
        WorkflowError: An iteration failed, or returned what cannot be recorded.
    """
    with scope.operation(loop.name):
        location = scope.claim(loop.name)
        await scope.execution.admit(scope.thread)
        found = scope.find(location, LoopEntry)
        if found is None:
            scope.execution.require_forward()
        iterations = _Iterations(scope, loop, location)
        if found is not None:
            iterations.resume(*found)
        else:
            iterations.begin()
        return await iterations.run()


class _Iterations(Generic[StateT, T]):
    """One loop on its way."""

    _entry: Entry
    _kind: LoopEntry

    def __init__(self, scope: Scope, loop: Loop[StateT, T], location: Location) -> None:
        self._scope = scope
        self._execution = scope.execution
        self._journal = scope.execution.journal
        self._loop = loop
        self._location = location
        self._index = self._journal.index_of(loop.name)
        self._states: Recorded[StateT] = self._execution.recorded(
            f'The state of loop "{loop.name}"', loop.state_type
        )
        self._results: Recorded[T] = self._execution.recorded(
            f'What loop "{loop.name}" returned', loop.returns
        )

    def begin(self) -> None:
        """Begin with the first iteration."""
        self._kind = LoopEntry(state=self._states.write(self._loop.state))
        self._entry = self._journal.create(self._location, self._kind)
        self._journal.put_metadata(
            self._entry,
            EntryMetadata(
                status=EntryStatus.RUNNING, created_at_ms=self._execution.now_ms
            ),
        )

    def resume(self, entry: Entry, kind: LoopEntry) -> None:
        """Go on where it was."""
        self._entry, self._kind = entry, kind

    async def run(self) -> T:
        """Run to the end."""
        while self._kind.output is None:
            await self._run_one()
        return self._results.read(self._kind.output)

    async def _run_one(self) -> None:
        await self._execution.admit(self._scope.thread)
        number = self._kind.iteration
        inside = self._scope.below(LoopIteration(self._index, number))
        state = self._states.read(self._kind.state)
        outcome = await self._loop.body(inside, state)
        inside.finish()
        self._execution.require_forward()
        self._execution.check_live(self._scope.thread)
        self._check(outcome)
        if isinstance(outcome, Break):
            self._end(self._results.write(outcome.value))
        else:
            await self._go_on(self._states.write(outcome.state))

    def _check(self, outcome: object) -> None:
        if not isinstance(outcome, Break | Continue):
            raise LoopResultError(self._loop.name, type(outcome).__name__)

    async def _go_on(self, state: bytes) -> None:
        iteration = self._kind.iteration + 1
        self._scope.thread.use_messages()
        self._change(LoopEntry(state=state, iteration=iteration))
        if iteration % self._loop.prune_interval == 0:
            self._prune(iteration - self._loop.history_size)
            # A loop that has nothing to wait for must not hold up everything else.
            await self._execution.durable()

    def _end(self, output: bytes) -> None:
        self._prune(self._kind.iteration + 1)
        self._change(replace(self._kind, output=output))
        metadata = self._journal.metadata(self._entry)
        if metadata is not None:
            now_ms = self._execution.now_ms
            done = replace(
                metadata, status=EntryStatus.COMPLETED, completed_at_ms=now_ms
            )
            self._journal.put_metadata(self._entry, done)
        self._execution.commit()

    def _change(self, kind: LoopEntry) -> None:
        self._kind = kind
        self._entry = self._journal.change(self._entry, kind)

    def _prune(self, end: int) -> None:
        """Remove the iterations before one."""
        kept = [
            segment.iteration
            for segment in self._journal.children(self._scope.location)
            if isinstance(segment, LoopIteration) and segment.loop == self._index
        ]
        first = min(kept, default=end)
        if first < end:
            start = LoopIteration(self._index, first)
            removed = self._journal.remove_iterations(self._scope.location, start, end)
            release_messages(self._execution, removed)
