"""The signal that tells user code to stop what it is doing."""

from __future__ import annotations

import asyncio

__all__ = ["AbortSignal"]


class AbortSignal:
    """Set once, when the actor stops."""

    __slots__ = ("_event",)

    def __init__(self) -> None:
        self._event = asyncio.Event()

    @property
    def aborted(self) -> bool:
        """Whether the actor is stopping."""
        return self._event.is_set()

    async def wait(self) -> None:
        """Wait until the actor stops."""
        await self._event.wait()

    def abort(self) -> None:
        """Tell everyone; only the runtime calls this."""
        self._event.set()
