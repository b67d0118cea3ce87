"""Branches that run at the same time: all of them for a join, the first for a race."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from rivetgen_runtime.core.deadlines import sealed
from rivetgen_runtime.core.workflows.entries import (
    Branch,
    BranchStatus,
    Entry,
    JoinEntry,
    RaceEntry,
)
from rivetgen_runtime.core.workflows.errors import (
    HistoryDivergedError,
    JoinError,
    RaceError,
    WorkflowError,
    WorkflowMisuseError,
)
from rivetgen_runtime.core.workflows.execution import ReplayEndedError, SuspendedError
from rivetgen_runtime.core.workflows.messages import release_messages
from rivetgen_runtime.core.workflows.outcomes import ErrorFacts, Raced
from rivetgen_runtime.core.workflows.scopes import check_name

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from rivetgen_runtime.core.workflows.locations import Location
    from rivetgen_runtime.core.workflows.scopes import Scope
    from rivetgen_runtime.core.workflows.threads import Thread

__all__ = ["Branches", "run_join", "run_race"]

T = TypeVar("T")
KindT = TypeVar("KindT", JoinEntry, RaceEntry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branches(Generic[T]):
    """Branches as their caller describes them.

    Attributes:
        name: Unique in its scope.
        bodies: What each branch does, by name.
        returns: Type of what they return; None for plain wire values.
    """

    name: str
    bodies: Mapping[str, Callable[[Scope], Awaitable[T]]]
    returns: type[T] | None = None

    def check_names(self) -> None:
        """Let the branches have their names.

        Raises:
            WorkflowNameError: They cannot.
        """
        for name in self.bodies:
            check_name(name)


async def run_join(scope: Scope, branches: Branches[T]) -> dict[str, T]:
    """Run all branches to their end.

    Returns:
        What they returned, by name, in the order in which they were given.

    Raises:
        JoinError: At least one has failed; all others have ended, too.
        WorkflowMisuseError: Something is wrong with the workflow.
    """
    with scope.operation(branches.name):
        join = _Join(scope, branches, await _begun(scope, branches, JoinEntry))
        await join.run()
        return join.result()


async def run_race(scope: Scope, branches: Branches[T]) -> Raced[T]:
    """Run all branches until the first succeeds; the others are cancelled then.

    Raises:
        RaceError: All have failed.
        WorkflowMisuseError: Something is wrong with the workflow.
    """
    with scope.operation(branches.name):
        race = _Race(scope, branches, await _begun(scope, branches, RaceEntry))
        await race.run()
        return race.result()


async def _begun(
    scope: Scope, branches: Branches[T], kind: type[KindT]
) -> tuple[Entry, KindT]:
    """What is recorded of a join or race, from now on if nothing was."""
    location = scope.claim(branches.name)
    await scope.execution.admit(scope.thread)
    found = scope.find(location, kind)
    if found is not None:
        return found
    branches.check_names()
    scope.execution.require_forward()
    begun = kind(branches={name: Branch() for name in branches.bodies})
    return scope.execution.journal.create(location, begun), begun


@dataclass(eq=False)
class _Running(Generic[T]):
    """One branch that runs."""

    name: str
    scope: Scope
    task: asyncio.Task[T]


class _Branching(Generic[T]):
    """What joins and races have in common."""

    def __init__(self, scope: Scope, branches: Branches[T], location: Location) -> None:
        self._scope = scope
        self._execution = scope.execution
        self._branches = branches
        self._location = location
        self._recorded = self._execution.recorded(
            f'What a branch of "{branches.name}" returned', branches.returns
        )
        self._running: dict[asyncio.Task[T], _Running[T]] = {}

    def _check(self, recorded: Mapping[str, Branch]) -> None:
        if recorded.keys() != self._branches.bodies.keys():
            found, given = sorted(recorded), sorted(self._branches.bodies)
            message = f'"{self._branches.name}" has the branches {given}, not {found}'
            raise HistoryDivergedError(message)

    def _start(self, name: str) -> None:
        index = self._execution.journal.index_of(name)
        thread = self._scope.thread.branch()
        inside = self._scope.below(self._location[-1], index, thread=thread)
        self._execution.begin_thread()
        task = asyncio.create_task(self._run(self._branches.bodies[name], inside))
        self._running[task] = _Running(name, inside, task)

    async def _run(self, body: Callable[[Scope], Awaitable[T]], inside: Scope) -> T:
        value = await sealed(body(inside))
        inside.finish()
        return value

    def _end(self, running: _Running[T]) -> None:
        running.scope.thread.end()
        self._execution.end_thread()

    async def _next_ended(self) -> list[_Running[T]]:
        """Wait until branches have ended; in the order in which they were given."""
        with self._execution.resting():
            done, _ = await asyncio.wait(
                self._running, return_when=asyncio.FIRST_COMPLETED
            )
        ended = [each for task, each in self._running.items() if task in done]
        # Only now: this thread is active again, and at no moment there was none.
        for each in ended:
            del self._running[each.task]
            self._end(each)
        return ended

    async def _cancel_all(self) -> None:
        """Cancel what runs, and wait for it."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        for task, running in self._running.items():
            self._end(running)
            _drop_outcome(task)

    async def _record(self) -> None:
        """Wait until the outcomes of branches are durable, all of a tick in one commit.

        Each commit writes those of all branches, so one for each would take too long.
        """
        if self._execution.compensations is None:
            await self._execution.durable()

    def _settled(self, ended: _Running[T]) -> Branch | None:
        """What became of a branch; None when it did not get to its end in a replay.

        Raises:
            WorkflowMisuseError: Something is wrong with the workflow.
        """
        if ended.task.cancelled():
            raise SuspendedError
        failure = ended.task.exception()
        if failure is None:
            return self._completed(ended.task.result())
        if isinstance(failure, ReplayEndedError):
            return None
        if isinstance(failure, WorkflowMisuseError) or not isinstance(
            failure, Exception
        ):
            raise failure
        return self._failed(failure)

    def _completed(self, value: T) -> Branch:
        try:
            row = None if value is None else self._recorded.write(value)
        except WorkflowError as error:
            return self._failed(error)
        return Branch(status=BranchStatus.COMPLETED, output=row)

    def _failed(self, failure: Exception) -> Branch:
        text = ErrorFacts.of(failure).text
        return Branch(status=BranchStatus.FAILED, error=text)


class _Join(_Branching[T]):
    """One join on its way."""

    def __init__(
        self, scope: Scope, branches: Branches[T], found: tuple[Entry, JoinEntry]
    ) -> None:
        self._entry, self._kind = found
        super().__init__(scope, branches, self._entry.location)

    async def run(self) -> None:
        """Run every branch whose outcome is not recorded; in a replay all of them."""
        self._check(self._kind.branches)
        is_replay = self._execution.compensations is not None
        for name in self._branches.bodies:
            if is_replay or not self._kind.branches[name].is_settled:
                self._start(name)
        try:
            while self._running:
                for ended in await self._next_ended():
                    self._settle(ended)
                await self._record()
        finally:
            await self._cancel_all()
        if not all(branch.is_settled for branch in self._kind.branches.values()):
            raise ReplayEndedError

    def result(self) -> dict[str, T]:
        """What came of it.

        Raises:
            JoinError: At least one branch has failed.
        """
        errors = _errors(self._kind.branches)
        if errors:
            raise JoinError(self._branches.name, errors)
        return {
            name: self._recorded.read(self._kind.branches[name].output)
            for name in self._branches.bodies
        }

    def _settle(self, ended: _Running[T]) -> None:
        branch = self._settled(ended)
        if branch is None or self._execution.compensations is not None:
            return
        self._execution.check_live(self._scope.thread)
        self._scope.thread.absorb(ended.scope.thread)
        branches = {**self._kind.branches, ended.name: branch}
        self._kind = JoinEntry(branches=branches)
        self._entry = self._execution.journal.change(self._entry, self._kind)


class _Race(_Branching[T]):
    """One race on its way."""

    def __init__(
        self, scope: Scope, branches: Branches[T], found: tuple[Entry, RaceEntry]
    ) -> None:
        self._entry, self._kind = found
        super().__init__(scope, branches, self._entry.location)

    async def run(self) -> None:
        """Run the branches until one succeeds; in a replay the one that did."""
        self._check(self._kind.branches)
        winner = self._kind.winner
        is_replay = self._execution.compensations is not None
        for name, branch in self._kind.branches.items():
            is_open = winner is None and not branch.is_settled
            if is_open or (is_replay and winner in {None, name}):
                self._start(name)
        try:
            while self._running and (self._kind.winner is None or is_replay):
                for ended in await self._next_ended():
                    self._settle(ended)
                await self._record()
        finally:
            if self._kind.winner is None or is_replay:
                await self._cancel_all()
        if self._kind.winner is None and len(_errors(self._kind.branches)) < len(
            self._kind.branches
        ):
            raise ReplayEndedError

    def result(self) -> Raced[T]:
        """What came of it.

        Raises:
            RaceError: All branches have failed.
        """
        winner = self._kind.winner
        if winner is None:
            raise RaceError(self._branches.name, _errors(self._kind.branches))
        return Raced(winner, self._recorded.read(self._kind.branches[winner].output))

    def _settle(self, ended: _Running[T]) -> None:
        if self._kind.winner is not None and self._execution.compensations is None:
            # It came in second, at the same moment.
            self._give_back(ended.scope.thread)
            _drop_outcome(ended.task)
            return
        branch = self._settled(ended)
        if branch is None or self._execution.compensations is not None:
            return
        self._execution.check_live(self._scope.thread)
        branches = {**self._kind.branches, ended.name: branch}
        self._kind = replace(self._kind, branches=branches)
        if branch.status is BranchStatus.COMPLETED:
            self._scope.thread.absorb(ended.scope.thread)
            # What others have begun may be undone; the messages of losers must not.
            self._execution.commit()
            self._win(ended.name)
        self._entry = self._execution.journal.change(self._entry, self._kind)

    def _give_back(self, loser: Thread) -> None:
        """Messages that a loser has received for nothing are for others."""
        for message in self._scope.thread.drop(loser):
            self._execution.activation.queues.give_back(message)

    def _drop(self, running: _Running[T], task: asyncio.Task[T]) -> None:
        self._end(running)
        _drop_outcome(task)

    def _win(self, winner: str) -> None:
        """Let one branch win, and nothing of the others be left."""
        for running in self._running.values():
            self._give_back(running.scope.thread)
            running.task.cancel()
            running.task.add_done_callback(partial(self._drop, running))
        journal, branches = self._execution.journal, dict(self._kind.branches)
        for name in branches.keys() - {winner}:
            branches[name] = Branch(status=BranchStatus.CANCELLED)
            location = (*self._location, journal.index_of(name))
            release_messages(self._execution, journal.remove(location))
        self._kind = RaceEntry(winner=winner, branches=branches)


def _errors(branches: Mapping[str, Branch]) -> dict[str, ErrorFacts]:
    return {
        name: ErrorFacts.from_text(branch.error or "")
        for name, branch in branches.items()
        if branch.status is BranchStatus.FAILED
    }


def _drop_outcome(task: asyncio.Task[T]) -> None:
    """Nobody is interested in it any more."""
    if not task.cancelled():
        task.exception()
