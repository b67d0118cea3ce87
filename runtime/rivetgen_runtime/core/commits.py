"""How the turns of one actor reach the store: in order, one batch on its way at a time.

Turns that end while a batch is on its way share the next one. Each batch is a
consistent picture of the actor: everything its memory held at one moment, or nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from rivetgen_runtime.core.ports import (
    Batch,
    DeleteActor,
    DeleteRange,
    DeleteValue,
    PutRecord,
    PutValue,
)
from rivetgen_runtime.errors import StorageError, StorageFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from rivetgen_runtime.core.ports import Store, Write

__all__ = ["Commits"]


class Commits:
    """Numbers the batches of one activation and knows which are durable.

    Args:
        store: Where batches go.
        on_durable: Called with the number of each batch once it is durable.
        on_failure: Called once when a batch failed; nothing is committed afterwards.
    """

    __slots__ = (
        "_failure",
        "_in_flight",
        "_on_durable",
        "_on_failure",
        "_staged",
        "_store",
        "_submitted",
        "_waiters",
        "durable",
    )

    def __init__(
        self,
        store: Store,
        *,
        on_durable: Callable[[int], None],
        on_failure: Callable[[StorageError], None],
    ) -> None:
        self._store = store
        self._on_durable = on_durable
        self._on_failure = on_failure
        self._staged: dict[Hashable, Write] = {}
        self._submitted = 0
        self._in_flight = False
        self._failure: Exception | None = None
        self._waiters: deque[tuple[int, asyncio.Future[None]]] = deque()
        self.durable = 0
        """Number of the last durable batch."""

    @property
    def in_flight(self) -> bool:
        """Whether a batch is on its way."""
        return self._in_flight

    @property
    def covering(self) -> int:
        """Number of the batch whose durability covers everything staged so far."""
        return self._submitted + 1 if self._staged else self._submitted

    @property
    def has_staged(self) -> bool:
        """Whether something waits for the next batch."""
        return bool(self._staged)

    @property
    def staged(self) -> Iterable[Write]:
        """What waits for the next batch, in order; reads of the store miss it."""
        return self._staged.values()

    def stage(self, write: Write) -> None:
        """Add a write to the next batch; a later one to the same place replaces it."""
        if isinstance(write, DeleteActor):
            self._staged.clear()
        if isinstance(write, DeleteRange):
            self._forget(write)
        self._staged[_place(write)] = write

    def submit(self) -> None:
        """Send what is staged, unless a batch is on its way: then right after it."""
        if not self._staged or self._in_flight or self._failure:
            return
        batch = Batch(tuple(self._staged.values()))
        self._staged.clear()
        self._submitted += 1
        self._in_flight = True
        self._store.commit(batch).add_done_callback(self._on_done)

    async def reached(self, number: int) -> None:
        """Wait until the batch with this number is durable.

        Raises:
            StorageError: It will never be.
        """
        if number <= self.durable:
            return
        if self._failure is not None:
            raise self._failure
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append((number, waiter))
        await waiter

    def close(self, failure: Exception) -> None:
        """Commit nothing more; whoever waits gets the failure."""
        if self._failure is not None:
            return
        self._failure = failure
        self._staged.clear()
        while self._waiters:
            _, waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_exception(failure)

    def _forget(self, cleared: DeleteRange) -> None:
        """Drop what a range removes: what comes later to its keys stays after it."""
        for place in [*self._staged]:
            match self._staged[place]:
                case PutValue(area=area, key=key) | DeleteValue(area=area, key=key):
                    if area is cleared.area and key in cleared.keys:
                        del self._staged[place]
                case _:
                    pass

    def _on_done(self, committed: asyncio.Future[None]) -> None:
        failure = _failure_of(committed)
        if self._failure is not None:
            return
        if failure is not None:
            self._on_failure(failure)
            return
        self._in_flight = False
        self.durable = self._submitted
        self._on_durable(self.durable)
        self._release_waiters()
        self.submit()

    def _release_waiters(self) -> None:
        while self._waiters and self._waiters[0][0] <= self.durable:
            _, waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)


def _place(write: Write) -> Hashable:
    match write:
        case PutRecord() | DeleteActor():
            return "record"
        case PutValue(area=area, key=key) | DeleteValue(area=area, key=key):
            return (area, key)
        case DeleteRange(area=area, keys=keys):
            return (area, keys)


def _failure_of(committed: asyncio.Future[None]) -> StorageError | None:
    if committed.cancelled():
        return StorageFailedError("The store stopped before it confirmed a batch.")
    error = committed.exception()
    if error is None or isinstance(error, StorageError):
        return error
    failure = StorageFailedError()
    failure.__cause__ = error
    return failure
