"""The timers of one actor: one heap for schedules, retries and everything else.

The earliest time is the actor's durable alarm. It is stored in the same commit as the
change that moves it, so that an actor whose process dies is woken for what is due.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from rivetgen_runtime.core.due_times import DueTimes
from rivetgen_runtime.core.ports import PutRecord
from rivetgen_runtime.core.wall_timer import WallTimer

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.ports import Write

__all__ = ["Timers"]


class _Timer(NamedTuple):
    due_ms: int
    fire: Callable[[], object] | None


class _Change(NamedTuple):
    timer: _Timer | None
    is_lasting: bool


class Timers:
    """Calls back when something is due, while the actor serves calls.

    What a turn sets or cancels takes effect when the turn ends; when the turn is
    undone, so is that, except for parts of the actor that cannot go back. A timer that
    has fired keeps the alarm where it is until its source sets it again or cancels it:
    do that in the turn which does what was due, and a crash before that is durable lets
    it fire again.

    Args:
        activation: Whose timers they are.
    """

    __slots__ = (
        "_activation",
        "_changes",
        "_fired",
        "_is_dispatching",
        "_pending",
        "_timers",
        "_wake_up",
    )

    def __init__(self, activation: Activation) -> None:
        self._activation = activation
        self._timers: dict[Hashable, _Timer] = {}
        self._pending = DueTimes()
        self._fired = DueTimes()
        self._changes: dict[Hashable, _Change] = {}
        self._is_dispatching = False
        self._wake_up = WallTimer(activation.services.clock, self._dispatch)

    def set(
        self,
        source: Hashable,
        due_ms: int,
        fire: Callable[[], object],
        *,
        is_lasting: bool = False,
    ) -> None:
        """Call back at a time, from the end of this turn on.

        Args:
            source: Whom the timer belongs to; it has one at a time. Tuples that begin
                with the name of a part of the actor keep parts apart.
            due_ms: When, Unix milliseconds; a time of the past is due at once.
            fire: Called once, never early, and only while the actor serves calls. It
                starts what is due and returns.
            is_lasting: Whether it is set even if this turn is undone.
        """
        self._changes[source] = _Change(_Timer(due_ms, fire), is_lasting)
        # Work that goes on for long must not keep its timers from being durable.
        self._activation.turns.save_soon()

    def hold(self, source: Hashable, due_ms: int, *, is_lasting: bool = False) -> None:
        """Keep the alarm at a time of the past, from the end of this turn on.

        For what is being done and was due then: a crash before the source is cancelled
        wakes the actor at once.
        """
        self._changes[source] = _Change(_Timer(due_ms, None), is_lasting)
        self._activation.turns.save_soon()

    def cancel(self, source: Hashable, *, is_lasting: bool = False) -> None:
        """Do not call back, from the end of this turn on; harmless without a timer."""
        self._changes[source] = _Change(None, is_lasting)
        self._activation.turns.save_soon()

    @property
    def alarm_at_ms(self) -> int | None:
        """When the actor has to be awake next, as of the last turn; None for never."""
        times = (self._pending.earliest_ms, self._fired.earliest_ms)
        return min((each for each in times if each is not None), default=None)

    def start(self) -> None:
        """Call back from now on, at once for what is due already."""
        self._is_dispatching = True
        self._dispatch()

    def stop(self) -> None:
        """Call back no more: what is due stays so for the next activation."""
        self._is_dispatching = False
        self._wake_up.set(None)

    # Part of each turn

    def __bool__(self) -> bool:
        """Whether a timer was changed, or the stored alarm is another one."""
        return bool(self._changes) or self.alarm_at_ms != self._stored_alarm_ms

    def writes(self) -> Iterator[Write]:
        """The record, if the alarm moves."""
        self._apply()
        alarm_at_ms = self.alarm_at_ms
        if alarm_at_ms != self._stored_alarm_ms:
            activation = self._activation
            activation.record = replace(activation.record, alarm_at_ms=alarm_at_ms)
            yield PutRecord(activation.record)

    def settle(self) -> None:
        """Wait for the earliest timer."""
        if self._is_dispatching:
            self._wake_up.set(self._pending.earliest_ms)

    def discard(self) -> None:
        """Forget what this turn has set and cancelled, but for what lasts."""
        self._changes = {
            source: change
            for source, change in self._changes.items()
            if change.is_lasting
        }

    # How it works

    @property
    def _stored_alarm_ms(self) -> int | None:
        return self._activation.record.alarm_at_ms

    def _apply(self) -> None:
        for source, (timer, _) in self._changes.items():
            self._pending.remove(source)
            self._fired.remove(source)
            self._timers.pop(source, None)
            if timer is not None:
                self._timers[source] = timer
                due = self._fired if timer.fire is None else self._pending
                due.put(source, timer.due_ms)
        self._changes.clear()

    def _dispatch(self) -> None:
        now_ms = self._activation.services.clock.now_ms()
        try:
            while self._is_dispatching:
                fire = self._take_due(now_ms)
                if fire is None:
                    break
                fire()
        finally:
            self.settle()

    def _take_due(self, now_ms: int) -> Callable[[], object] | None:
        source = self._pending.take_due(now_ms)
        if source is None:
            return None
        timer = self._timers[source]
        self._fired.put(source, timer.due_ms)
        return timer.fire
