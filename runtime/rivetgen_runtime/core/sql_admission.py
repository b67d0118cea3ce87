"""Whose turn it is: the statements and transactions of one database, first come first.

One of them holds the database at a time: a statement until its result is there, a
transaction until its end.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SqlAdmission", "Waiter"]


@dataclass(slots=True, eq=False)
class Waiter:
    """Someone who waits.

    Attributes:
        owner: The call on whose behalf.
        enclosing: The transaction inside which the wait began; None for none.
        is_transaction: Whether a transaction waits, not a statement.
        granted: True when it holds the database; False when it has to look again.
    """

    owner: object
    enclosing: object | None
    is_transaction: bool
    granted: asyncio.Future[bool]


class SqlAdmission:
    """A lock that is fair and knows who waits for it."""

    __slots__ = ("_is_held", "_waiters")

    def __init__(self) -> None:
        self._is_held = False
        self._waiters: deque[Waiter] = deque()

    @property
    def waiting_transactions(self) -> int:
        """How many transactions wait."""
        return sum(waiter.is_transaction for waiter in self._waiters)

    async def enter(
        self, owner: object, *, enclosing: object | None, is_transaction: bool = False
    ) -> bool:
        """Wait for the database.

        Returns:
            Whether it is held now; otherwise ``look_again`` was called.

        Raises:
            Exception: Whatever ``reject`` was given.
        """
        if not self._is_held:
            self._is_held = True
            return True
        granted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        waiter = Waiter(owner, enclosing, is_transaction, granted)
        self._waiters.append(waiter)
        try:
            return await granted
        except asyncio.CancelledError:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            elif not granted.cancelled() and granted.exception() is None:
                self._pass_on(held=granted.result())
            raise

    def leave(self) -> None:
        """Let the next one in."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.granted.done():
                waiter.granted.set_result(True)
                return
        self._is_held = False

    def look_again(self, owner: object) -> None:
        """Wake those who wait on behalf of an owner: they may go on some other way."""
        for waiter in self._taken(lambda waiter: waiter.owner is owner):
            waiter.granted.set_result(False)

    def reject(self, error: Exception, *, enclosing: object | None = None) -> None:
        """Let waits fail: those inside a transaction, or all of them."""
        for waiter in self._taken(
            lambda waiter: enclosing is None or waiter.enclosing is enclosing
        ):
            waiter.granted.set_exception(error)

    def _taken(self, matches: Callable[[Waiter], bool]) -> list[Waiter]:
        """Remove those that match and still wait."""
        taken = [
            waiter
            for waiter in self._waiters
            if matches(waiter) and not waiter.granted.done()
        ]
        for waiter in taken:
            self._waiters.remove(waiter)
        return taken

    def _pass_on(self, *, held: bool) -> None:
        """The database came to someone who has just given up waiting."""
        if held:
            self.leave()
