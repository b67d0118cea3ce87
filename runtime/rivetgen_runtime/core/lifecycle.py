"""The phases of one activation, and the one table of what leads from which to which.

An activation is one stay of an actor in memory: it starts once and ends once, asleep,
destroyed or failed. The next one of the same actor is another object.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from rivetgen_runtime.errors import IllegalTransitionError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FINAL_PHASES", "TRANSITIONS", "Lifecycle", "Phase", "Signal"]


class Phase(Enum):
    """Where an activation is in its life."""

    CREATED = "created"
    """Nothing has run yet."""
    STARTING = "starting"
    """State is loaded or made, start hooks run; calls wait."""
    RUNNING = "running"
    """Serves calls."""
    STOPPING = "stopping"
    """Goes to sleep: what runs may finish within the grace period; new calls wait."""
    SLEEPING = "sleeping"
    """Ended; everything is saved."""
    DESTROYING = "destroying"
    """Is being destroyed: what runs may finish within the grace period."""
    DESTROYED = "destroyed"
    """Ended; nothing is left but the record."""
    FAILED = "failed"
    """Ended without saving: the start failed, or memory was ahead of a failed store."""


class Signal(Enum):
    """What happens to an activation."""

    START = "start"
    READY = "ready"
    SLEEP = "sleep"
    DESTROY = "destroy"
    STOPPED = "stopped"
    FAIL = "fail"


TRANSITIONS: Final[Mapping[tuple[Phase, Signal], Phase]] = {
    (Phase.CREATED, Signal.START): Phase.STARTING,
    (Phase.STARTING, Signal.READY): Phase.RUNNING,
    (Phase.STARTING, Signal.FAIL): Phase.FAILED,
    (Phase.RUNNING, Signal.SLEEP): Phase.STOPPING,
    (Phase.RUNNING, Signal.DESTROY): Phase.DESTROYING,
    (Phase.RUNNING, Signal.FAIL): Phase.FAILED,
    (Phase.STOPPING, Signal.DESTROY): Phase.DESTROYING,
    (Phase.STOPPING, Signal.STOPPED): Phase.SLEEPING,
    (Phase.STOPPING, Signal.FAIL): Phase.FAILED,
    (Phase.DESTROYING, Signal.STOPPED): Phase.DESTROYED,
    (Phase.DESTROYING, Signal.FAIL): Phase.FAILED,
}
"""The next phase by phase and signal; everything absent is illegal."""

_STARTING_PHASES: Final = frozenset({Phase.CREATED, Phase.STARTING})

FINAL_PHASES: Final = frozenset({Phase.SLEEPING, Phase.DESTROYED, Phase.FAILED})


class Lifecycle:
    """Where one activation is.

    Attributes:
        phase: The current phase.
    """

    __slots__ = ("phase",)

    def __init__(self) -> None:
        self.phase = Phase.CREATED

    def signal(self, signal: Signal) -> None:
        """Move to the next phase.

        Raises:
            IllegalTransitionError: The signal has no meaning in this phase.
        """
        phase = TRANSITIONS.get((self.phase, signal))
        if phase is None:
            raise IllegalTransitionError(self.phase.value, signal.value)
        self.phase = phase

    @property
    def is_running(self) -> bool:
        """Whether calls are served."""
        return self.phase is Phase.RUNNING

    @property
    def is_starting(self) -> bool:
        """Whether it does not serve calls yet."""
        return self.phase in _STARTING_PHASES

    @property
    def is_leaving(self) -> bool:
        """Whether it stops or has ended: another activation follows, if any."""
        return not self.is_running and not self.is_starting

    @property
    def is_over(self) -> bool:
        """Whether the activation has ended."""
        return self.phase in FINAL_PHASES
