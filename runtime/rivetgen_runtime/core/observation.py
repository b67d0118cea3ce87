"""Telling ``on_state_change`` of changes: once per burst, and never of reads.

A burst is what user code does between two awaits. Code that has its hands on the state
asks for a look at the end of the tick; the look compares, so that reads are no changes.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rivetgen_runtime.core.deadlines import exits_as_errors
from rivetgen_runtime.errors import StateInvalidError, StateReentrantError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rivetgen_runtime.core.snapshots import Snapshot
    from rivetgen_runtime.core.state import StateCell

__all__ = ["Observation"]


class Observation:
    """What the hook of one actor has seen of its state.

    Args:
        state: The state.
        hook: Calls ``on_state_change``.
    """

    __slots__ = ("_failure", "_hook", "_look", "_seen", "_state", "_telling")

    def __init__(self, state: StateCell, hook: Callable[[], None]) -> None:
        self._state = state
        self._hook = hook
        self._seen: Snapshot | None = None
        self._look: asyncio.Handle | None = None
        self._telling = False
        self._failure: Exception | None = None

    def begin(self) -> None:
        """Take the state as it is for seen."""
        self._seen = self._state.take()

    def look_soon(self) -> None:
        """Look at the end of this tick."""
        if self._look is None and not self._telling:
            loop = asyncio.get_running_loop()
            self._look = loop.call_soon(self._look_quietly)

    def look(self) -> None:
        """Tell the hook if the state differs from what it has seen.

        Raises:
            StateInvalidError: The state does not fit the schema.
            Exception: As ``tell``.
        """
        self.tell(self._state.take())

    def tell(self, snapshot: Snapshot | None) -> None:
        """Tell the hook if this, which was taken just now, is not what it has seen.

        Raises:
            StateReentrantError: The hook changed it; that change is undone.
            Exception: Whatever the hook raised, now or at a look nobody waited for.
        """
        if self._look is not None:
            self._look.cancel()
            self._look = None
        self._tell(snapshot)
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def _tell(self, snapshot: Snapshot | None) -> None:
        if snapshot == self._seen or self._telling:
            return
        self._seen = snapshot
        self._telling = True
        try:
            with exits_as_errors():
                self._hook()
            self._check_untouched(snapshot)
        finally:
            self._telling = False

    def _check_untouched(self, snapshot: Snapshot | None) -> None:
        try:
            is_same = self._state.take() == snapshot
        except StateInvalidError:
            is_same = False
        if not is_same:
            self._state.restore(snapshot)
            raise StateReentrantError

    def _look_quietly(self) -> None:
        self._look = None
        try:
            self._tell(self._state.take())
        except StateInvalidError:
            # It may fit when the turn ends, which reports it otherwise.
            return
        except Exception as error:  # noqa: BLE001 - raised where the turn ends
            self._failure = error
