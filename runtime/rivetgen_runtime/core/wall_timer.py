"""A timer for a time of day instead of a delay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from rivetgen_runtime.core.ports import Cancellable, Clock

__all__ = ["WallTimer"]

_LONGEST_WAIT_S: Final = 600.0
"""How late it may be after the wall clock was set forward, or the machine suspended."""


class WallTimer:
    """Calls back once when the wall clock has reached a time, and never before.

    Timers of an event loop follow another clock, which the wall clock may run away from
    in both directions.

    Args:
        clock: Both clocks.
        on_due: What to call.
    """

    __slots__ = ("_clock", "_due_ms", "_on_due", "_timer")

    def __init__(self, clock: Clock, on_due: Callable[[], object]) -> None:
        self._clock = clock
        self._on_due = on_due
        self._due_ms: int | None = None
        self._timer: Cancellable | None = None

    @property
    def due_ms(self) -> int | None:
        """What it waits for; None when it is not set."""
        return self._due_ms

    def set(self, due_ms: int | None) -> None:
        """Wait for another time, or for none."""
        if due_ms == self._due_ms:
            return
        self._due_ms = due_ms
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due_ms is not None:
            self._arm(due_ms)

    def _arm(self, due_ms: int) -> None:
        delay_s = (due_ms - self._clock.now_ms()) / 1000
        delay_s = min(max(0.0, delay_s), _LONGEST_WAIT_S)
        self._timer = self._clock.call_later(delay_s, self._check)

    def _check(self) -> None:
        self._timer = None
        due_ms = self._due_ms
        if due_ms is None:
            return
        if self._clock.now_ms() < due_ms:
            self._arm(due_ms)
        else:
            self._due_ms = None
            self._on_due()
