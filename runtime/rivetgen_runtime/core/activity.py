"""When an actor has had nothing to do for long enough to sleep.

Calls only count and note the time; one timer per actor looks at the notes when it is
due. That costs a busy actor nothing per call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rivetgen_runtime.core.ports import Cancellable, Clock

__all__ = ["ActivityMonitor"]


class ActivityMonitor:
    """Counts what keeps an actor awake.

    Args:
        clock: What measures the time.
        timeout_s: How long nothing must have happened.
        on_idle: Called once per ``watch`` when that is so.
    """

    __slots__ = ("_busy", "_clock", "_last_s", "_on_idle", "_timeout_s", "_timer")

    def __init__(
        self, clock: Clock, timeout_s: float, on_idle: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._timeout_s = timeout_s
        self._on_idle = on_idle
        self._busy = 0
        self._last_s = 0.0
        self._timer: Cancellable | None = None

    def enter(self) -> None:
        """Something begins that keeps the actor awake."""
        self._busy += 1

    def leave(self) -> None:
        """It ends."""
        self._busy -= 1
        self._last_s = self._clock.monotonic_s()

    def watch(self) -> None:
        """Begin to wait for idleness."""
        self._last_s = self._clock.monotonic_s()
        self._arm(self._timeout_s)

    def stop(self) -> None:
        """Wait no longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, delay_s: float) -> None:
        self._timer = self._clock.call_later(delay_s, self._check)

    def _check(self) -> None:
        self._timer = None
        if self._busy:
            self._arm(self._timeout_s)
            return
        remaining_s = self._last_s + self._timeout_s - self._clock.monotonic_s()
        if remaining_s > 0:
            self._arm(remaining_s)
        else:
            self._on_idle()
