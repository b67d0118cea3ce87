"""When an actor has had nothing to do for long enough to sleep.

Calls only count and note the time; one timer per actor looks at the notes when it is
due. That costs a busy actor nothing per call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from rivetgen_runtime.core.ports import Cancellable, Clock

__all__ = ["ActivityMonitor"]

_ROUNDING_S: Final = 1e-6
"""Less is no time that is left: sums of times are off by that, and a clock that only
moves on for timers would never reach it."""


class ActivityMonitor:
    """Counts what keeps an actor awake.

    Actions, open connections and what else enters here keep it awake. A run handler
    does so too, except while the actor waits for a message of a queue: such a message
    wakes it again.

    Args:
        clock: What measures the time.
        timeout_s: How long nothing must have happened.
        on_idle: Called once per ``watch`` when that is so.
    """

    __slots__ = (
        "_busy",
        "_clock",
        "_last_s",
        "_on_idle",
        "_queue_waits",
        "_runs",
        "_timeout_s",
        "_timer",
    )

    def __init__(
        self, clock: Clock, timeout_s: float, on_idle: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._timeout_s = timeout_s
        self._on_idle = on_idle
        self._busy = 0
        self._runs = 0
        self._queue_waits = 0
        self._last_s = 0.0
        self._timer: Cancellable | None = None

    def enter(self) -> None:
        """Something begins that keeps the actor awake."""
        self._busy += 1

    def leave(self) -> None:
        """It ends."""
        self._busy -= 1
        self._note()

    def begin_run(self) -> None:
        """The run handler begins."""
        self._runs += 1

    def end_run(self) -> None:
        """It ended, however it did."""
        self._runs -= 1
        self._note()

    def begin_queue_wait(self) -> None:
        """Code of the actor begins to wait for a message of a queue."""
        self._queue_waits += 1
        self._note()

    def end_queue_wait(self) -> None:
        """It waits no longer: it has a message, or gave up."""
        self._queue_waits -= 1
        self._note()

    @property
    def is_busy(self) -> bool:
        """Whether something keeps the actor awake right now."""
        return bool(self._busy or (self._runs and not self._queue_waits))

    def watch(self) -> None:
        """Begin to wait for idleness."""
        self._note()
        self._arm(self._timeout_s)

    def stop(self) -> None:
        """Wait no longer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _note(self) -> None:
        self._last_s = self._clock.monotonic_s()

    def _arm(self, delay_s: float) -> None:
        self._timer = self._clock.call_later(delay_s, self._check)

    def _check(self) -> None:
        self._timer = None
        if self.is_busy:
            self._arm(self._timeout_s)
            return
        remaining_s = self._last_s + self._timeout_s - self._clock.monotonic_s()
        if remaining_s > _ROUNDING_S:
            self._arm(remaining_s)
        else:
            self._on_idle()
