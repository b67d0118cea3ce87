"""How long a call may take, and how much of that is left."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from .wire.limits import DEFAULT_LIMITS

ANSWER_MARGIN_S: Final = 5.0
"""What a client waits longer than the server lets an action run."""

DEFAULT_TIMEOUT_S: Final = (
    DEFAULT_LIMITS.action_timeout.total_seconds() + ANSWER_MARGIN_S
)
"""How long a call may take, repetitions included, unless its user says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a user waits.

    Attributes:
        timeout_s: For each call, and for opening a connection.
        is_chosen: Whether the user chose it for these calls; what an action declares
            then does not make it longer.
    """

    timeout_s: float = DEFAULT_TIMEOUT_S
    is_chosen: bool = False

    def for_action(self, declared_s: float | None) -> float:
        """Return how long to wait for an action that the server lets run this long."""
        if declared_s is None or self.is_chosen:
            return self.timeout_s
        return max(self.timeout_s, declared_s + ANSWER_MARGIN_S)


class Deadline:
    """A point in time of the running event loop, or none.

    Args:
        timeout_s: From now; None for no deadline.
    """

    def __init__(self, timeout_s: float | None) -> None:
        self._loop = asyncio.get_running_loop()
        self.timeout_s = timeout_s
        self._at = None if timeout_s is None else self._loop.time() + timeout_s

    def limit(self) -> asyncio.Timeout:
        """Return a context that raises ``TimeoutError`` when the time is up."""
        return asyncio.timeout_at(self._at)

    def allows(self, delay_s: float) -> bool:
        """Whether anything can still happen after a delay."""
        return self._at is None or self._loop.time() + delay_s < self._at

    async def sleep(self, delay_s: float) -> None:
        """Wait between two attempts."""
        await asyncio.sleep(delay_s)
