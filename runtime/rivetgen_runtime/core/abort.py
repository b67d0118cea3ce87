"""The signal that tells user code to stop what it is doing."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["AbortSignal"]

_log: Final = logging.getLogger("rivetgen.actor")


class AbortSignal:
    """Set once, when the actor stops; user code may make its own, to end a wait."""

    __slots__ = ("_event", "_listeners")

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._listeners: list[Callable[[], object]] = []

    @property
    def aborted(self) -> bool:
        """Whether the signal is set: the actor is stopping."""
        return self._event.is_set()

    async def wait(self) -> None:
        """Wait until it is."""
        await self._event.wait()

    def add_listener(self, listener: Callable[[], object]) -> None:
        """Call something when the actor stops; at once when it stops already.

        Its errors are logged. What it changes in the state is saved with the rest.
        """
        if self.aborted:
            _call(listener)
        else:
            self._listeners.append(listener)

    def remove_listener(self, listener: Callable[[], object]) -> None:
        """Do not call it; harmless when it was called or never added."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def abort(self) -> None:
        """Set it; for the signal of an actor only the runtime does that."""
        self._event.set()
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            _call(listener)


def _call(listener: Callable[[], object]) -> None:
    try:
        listener()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - user code
        _log.error("a listener of an abort signal failed", exc_info=error)
