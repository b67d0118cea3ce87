"""Turns: what an actor changes between two looks at its state becomes one batch.

A turn ends when an action, a hook or background work ends, when ``save_state`` is
called, when a message is asked for, and at the end of a tick in which an event was
emitted or a queue was used by code that goes on.
Then the state is compared, the change handed to the store, and the gate settled.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from rivetgen_runtime.core.commits import Commits
from rivetgen_runtime.core.gate import OutputGate
from rivetgen_runtime.core.observation import Observation
from rivetgen_runtime.core.ports import Area, PutValue
from rivetgen_runtime.core.value_changes import ValueChanges
from rivetgen_runtime.core.watching import Topic, Watchers
from rivetgen_runtime.errors import (
    ActorStoppingError,
    StateInvalidError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import LoggerAdapter
    from typing import Any

    from rivetgen_runtime.core.changes import TurnChanges
    from rivetgen_runtime.core.gate import Departure
    from rivetgen_runtime.core.ports import Cancellable, Clock, Store, Write
    from rivetgen_runtime.core.state import StateCell
    from rivetgen_runtime.errors import StorageError

__all__ = ["STATE_KEY", "Turns"]

STATE_KEY: Final = b""
"""Key of the one value in ``Area.STATE``."""


class Turns:
    """Ends the turns of one activation.

    Args:
        actor_id: Whose state it is.
        state: The state.
        store: Where batches go.
        clock: Measures the interval of ``durability: interval``.
        interval_s: The longest that a change stays unsaved then.
        on_state_change: The actor's hook; None when it has none.
        on_failure: Called once when a batch failed.
        log: Where failures of turns go for which nobody waits.
    """

    __slots__ = (
        "_actor_id",
        "_checks",
        "_clock",
        "_ends_soon",
        "_final",
        "_interval_s",
        "_is_open",
        "_last_save_s",
        "_log",
        "_observation",
        "_parts",
        "_save_due_s",
        "_save_timer",
        "_settles_soon",
        "_state",
        "commits",
        "gate",
        "kv",
        "unfinished",
        "watchers",
    )

    def __init__(
        self,
        actor_id: str,
        *,
        state: StateCell,
        store: Store,
        clock: Clock,
        interval_s: float,
        on_state_change: Callable[[], None] | None,
        on_failure: Callable[[StorageError], None],
        log: LoggerAdapter[Any],
    ) -> None:
        self._actor_id = actor_id
        self._state = state
        self._clock = clock
        self._interval_s = interval_s
        self._observation = (
            None if on_state_change is None else Observation(state, on_state_change)
        )
        self._log = log
        self._last_save_s = float("-inf")
        self._save_timer: Cancellable | None = None
        self._save_due_s = 0.0
        self._settles_soon = False
        self._ends_soon = False
        self._is_open = False
        self._final = 0
        self.gate = OutputGate()
        self.unfinished = 0
        """How many actions run that may have changed something already."""
        self.watchers = Watchers()
        """Who is told that something about the actor has changed."""
        self.kv = ValueChanges(actor_id)
        """What this turn has changed in ``c.kv``."""
        self._parts: list[TurnChanges] = [self.kv]
        self._checks: list[Callable[[], None]] = []
        self.commits = Commits(
            store, on_durable=self._on_durable, on_failure=on_failure
        )

    @property
    def is_finished(self) -> bool:
        """Whether the last turn has ended: nothing more is saved."""
        return bool(self._final)

    def emit(self, departure: Departure, *, waits: bool) -> None:
        """Let something leave in order.

        Args:
            departure: What leaves.
            waits: Whether what changed before must be durable first.
        """
        if waits:
            self.gate.hold(departure)
            self._settle_at_end_of_tick()
        else:
            self.gate.follow(departure)

    def end_soon(self) -> None:
        """End the turn at the end of this tick, unless it ends before."""
        self._ends_soon = True
        self._settle_at_end_of_tick()

    def include(
        self, part: TurnChanges, *, check: Callable[[], None] | None = None
    ) -> None:
        """Let another part of the actor take part in every turn.

        Args:
            part: What it has changed.
            check: Called first at the end of each turn, to look for changes; it raises
                ``StateInvalidError`` for one that cannot be saved, which undoes the
                turn.
        """
        self._parts.append(part)
        if check is not None:
            self._checks.append(check)

    def stage(self, write: Write) -> None:
        """Add a write to the batch of this turn."""
        self.commits.stage(write)

    def end(self, *, waits: bool = True) -> int:
        """End a turn.

        Args:
            waits: False when saving within the interval is enough.

        Returns:
            Number of the batch that covers everything up to now; zero when nobody
            has to wait.

        Raises:
            StateInvalidError: The state does not fit the schema; the change is undone.
            StateReentrantError: ``on_state_change`` changed it; that change is undone.
        """
        if not self._is_open:
            return self._final if waits else 0
        if not waits and not self.commits.has_staged:
            self.save_soon()
            self.observe()
            return 0
        self._ends_soon = False
        self._stage_change()
        self._stage_parts()
        try:
            if self._observation is not None:
                self._observation.tell(self._state.taken)
        finally:
            self.commits.submit()
            number = self.commits.covering
            self.gate.settle(number)
        return number if waits else 0

    def end_reading(self, *, waits: bool) -> int:
        """End a turn that changed nothing itself.

        What it read must not be taken back by a crash, or a client would see a count go
        up and down again: its answer waits for what others have changed before.

        Returns:
            Number of the batch that covers what it may have read; zero when that is
            durable, or when nobody has to wait.

        Raises:
            StateInvalidError: As ``end``, for what an unfinished action has changed.
        """
        if not waits:
            return 0
        if self.unfinished or self.gate.is_unsettled:
            self.end()
        number = self.commits.covering
        return number if number > self.commits.durable else 0

    def end_quietly(self) -> None:
        """End a turn for which nobody waits; failures are logged."""
        try:
            self.end()
        except Exception as error:  # noqa: BLE001 - hooks of user code raise anything
            self._log.error("the state could not be saved", exc_info=error)

    def watch(self) -> None:
        """User code has its hands on the state: look for changes after this tick."""
        if self._observation is not None and self._is_open:
            self._observation.look_soon()

    def observe(self) -> None:
        """Tell the hook of the state, if it changed since the hook saw it last.

        Raises:
            StateInvalidError: The state does not fit the schema.
            StateReentrantError: The hook changed it; that change is undone.
            Exception: Whatever the hook raised, now or since the last turn ended.
        """
        if self._observation is not None and self._is_open:
            self._observation.look()

    def save_soon(self, within_s: float | None = None) -> None:
        """End a turn for which nobody waits.

        Args:
            within_s: The latest moment; None for the interval after the last save. An
                earlier one that was asked for before stays.
        """
        if not self._is_open:
            return
        now_s = self._clock.monotonic_s()
        due_s = self._last_save_s + self._interval_s
        due_s = max(now_s, due_s if within_s is None else min(due_s, now_s + within_s))
        if self._save_timer is not None:
            if due_s >= self._save_due_s:
                return
            self._save_timer.cancel()
        self._save_due_s = due_s
        self._save_timer = self._clock.call_later(due_s - now_s, self._save_by_interval)

    async def save(self) -> None:
        """End a turn and wait until it is durable.

        Raises:
            ActorStoppingError: The last turn has ended already.
        """
        if self._final:
            raise ActorStoppingError
        await self.commits.reached(self.end())

    def finish(self, last: Write) -> int:
        """End the last turn with a write; whatever changes later is not saved.

        Returns:
            Number of the batch that covers everything.
        """
        self._is_open = False
        self._cancel_timer()
        self.commits.stage(last)
        self.commits.submit()
        self._final = self.commits.covering
        self.gate.settle(self._final)
        return self._final

    def begin_state(self) -> None:
        """Stage the first state; that is no change that the hook is told of."""
        self._stage_change()
        self.begin_loaded()

    def begin_loaded(self) -> None:
        """The hook is told of what differs from the state as it is now."""
        if self._observation is not None:
            self._observation.begin()

    def open(self) -> None:
        """Commit turns from now on.

        Before, a new actor has no record: nothing of it may be stored, whatever its
        hooks do.
        """
        self._is_open = True

    def close(self, failure: Exception) -> None:
        """Commit nothing more."""
        self._cancel_timer()
        self.commits.close(failure)

    def _stage_change(self) -> None:
        try:
            blob = self._state.dump_change()
            for check in self._checks:
                check()
        except StateInvalidError:
            # What was emitted speaks of a change that is undone now.
            self._state.restore()
            for part in self._parts:
                part.discard()
            self.gate.discard_unsettled()
            raise
        if blob is None:
            return
        self._last_save_s = self._clock.monotonic_s()
        self._state.settle()
        self.commits.stage(PutValue(self._actor_id, Area.STATE, STATE_KEY, blob))
        advice = self._state.advice(len(blob))
        if advice is not None:
            self._log.warning(advice)
        self.watchers.notify(Topic.STATE)

    def _stage_parts(self) -> None:
        for part in self._parts:
            if part:
                self._last_save_s = self._clock.monotonic_s()
                for write in part.writes():
                    self.commits.stage(write)
                part.settle()

    def _settle_at_end_of_tick(self) -> None:
        if not self._settles_soon:
            self._settles_soon = True
            asyncio.get_running_loop().call_soon(self._settle)

    def _settle(self) -> None:
        self._settles_soon = False
        # While a batch is on its way the next settlement waits for it: a stream of
        # events is saved as often as the store confirms, not as often as it emits.
        if self._is_wanted and not self.commits.in_flight:
            self.end_quietly()

    def _on_durable(self, number: int) -> None:
        self.gate.release(number)
        if self._is_wanted:
            self._settle_at_end_of_tick()

    @property
    def _is_wanted(self) -> bool:
        return self._ends_soon or self.gate.is_unsettled

    def _save_by_interval(self) -> None:
        self._save_timer = None
        self.end_quietly()

    def _cancel_timer(self) -> None:
        if self._save_timer is not None:
            self._save_timer.cancel()
            self._save_timer = None
