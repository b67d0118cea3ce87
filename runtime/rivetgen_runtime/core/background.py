"""Work that user code leaves running while its call goes on or ends."""

from __future__ import annotations

import asyncio
import inspect
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

from rivetgen_runtime.core.deadlines import sealed
from rivetgen_runtime.core.held_connections import hold_anew
from rivetgen_runtime.core.start_waits import within_no_start

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from logging import LoggerAdapter
    from typing import Any

    from rivetgen_runtime.core.activity import ActivityMonitor

__all__ = ["Background"]

T = TypeVar("T")


class Background:
    """The background work of one activation.

    Args:
        activity: Counts what keeps the actor awake.
        log: Where errors that nobody waits for go.
        end_turn: Called when work ends, so that what it changed is saved.
    """

    __slots__ = ("_activity", "_end_turn", "_log", "_tasks")

    def __init__(
        self,
        activity: ActivityMonitor,
        log: LoggerAdapter[Any],
        end_turn: Callable[[], object],
    ) -> None:
        self._activity = activity
        self._log = log
        self._end_turn = end_turn
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run work of the runtime itself; a graceful stop waits for it."""
        context = copy_context()
        context.run(within_no_start)
        context.run(hold_anew)
        task = asyncio.create_task(work, context=context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def wait_until(self, work: Awaitable[object]) -> None:
        """Run work that does not keep the actor awake; errors are logged."""
        self.spawn(self._guarded(work)).add_done_callback(lambda _: _discard(work))

    def keep_awake(self, work: Awaitable[T]) -> asyncio.Task[T]:
        """Run work that keeps the actor awake; errors go to whoever awaits it."""
        self._activity.enter()
        task = self.spawn(self._awake(work))
        task.add_done_callback(lambda _: self._rest(work))
        return task

    @property
    def is_busy(self) -> bool:
        """Whether anything runs."""
        return bool(self._tasks)

    async def drained(self) -> None:
        """Wait until nothing runs; what starts meanwhile is waited for too."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def cancel(self) -> None:
        """Cancel everything that runs."""
        for task in self._tasks:
            task.cancel()

    async def _guarded(self, work: Awaitable[object]) -> None:
        try:
            await sealed(work)
        except Exception as error:  # noqa: BLE001 - user code; nobody else would see it
            self._log.error("actor wait_until promise rejected", exc_info=error)
        finally:
            self._end_turn()

    async def _awake(self, work: Awaitable[T]) -> T:
        try:
            return await sealed(work)
        finally:
            self._end_turn()

    def _rest(self, work: Awaitable[object]) -> None:
        """Work has ended, or was cancelled before it could begin."""
        self._activity.leave()
        _discard(work)


def _discard(work: Awaitable[object]) -> None:
    # A coroutine that never began would be reported as forgotten.
    if inspect.iscoroutine(work):
        work.close()
