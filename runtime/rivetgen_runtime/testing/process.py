"""A process that can be killed, inside the process of a test.

A real crash leaves no task and no timer behind. Here everything that a host starts is
started inside its ``SimulatedProcess``, which ends all of it at one moment.
"""

from __future__ import annotations

import asyncio
import contextvars
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from rivetgen_runtime.core.ports import Cancellable, Clock

__all__ = ["ProcessDiedError", "SimulatedProcess", "adopt_tasks"]

ResultT = TypeVar("ResultT")

_TASKS: Final = 32
"""Fewer are not looked through for those that have ended."""

_current: contextvars.ContextVar[SimulatedProcess | None] = contextvars.ContextVar(
    "rivetgen_simulated_process", default=None
)


class ProcessDiedError(Exception):
    """The process was killed while somebody waited for it."""


class SimulatedProcess:
    """Owns the tasks and timers that are started inside it; also their clock.

    Args:
        clock: The clock of the world around it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # In the order of their making: what happens at a crash follows from the seed.
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._most_tasks = _TASKS
        self._timers: dict[_Timer, None] = {}
        self._calls: dict[asyncio.Future[None], None] = {}
        self.is_alive = True

    def run(self, work: Callable[[], ResultT]) -> ResultT:
        """Call something inside: what it starts belongs to the process."""
        context = contextvars.copy_context()
        context.run(_current.set, self)
        return context.run(work)

    async def call(self, work: Callable[[], Coroutine[Any, Any, ResultT]]) -> ResultT:
        """Run a coroutine inside and wait for it from outside.

        A caller that gives up cancels it.

        Raises:
            ProcessDiedError: The process was killed first.
        """
        if not self.is_alive:
            raise ProcessDiedError
        end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task = self.run(lambda: asyncio.create_task(work()))
        task.add_done_callback(lambda _: _set(end))
        self._calls[end] = None
        try:
            await end
            if not self.is_alive:
                raise ProcessDiedError
            return task.result()
        finally:
            del self._calls[end]
            task.cancel()

    def kill(self) -> None:
        """End everything inside at once; whoever waits for it learns that it died."""
        self.is_alive = False
        for timer in tuple(self._timers):
            timer.cancel()
        for task in tuple(self._tasks):
            task.cancel()
        for end in tuple(self._calls):
            _set(end)

    # The clock of what runs inside

    def now_ms(self) -> int:
        """Wall clock, Unix milliseconds."""
        return self._clock.now_ms()

    def monotonic_s(self) -> float:
        """Seconds that never go backwards."""
        return self._clock.monotonic_s()

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Cancellable:
        """Call back, unless the process is killed before."""
        timer = _Timer(callback, self._timers)
        timer.handle = self._clock.call_later(delay_s, timer.fire)
        return timer

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Own a task."""
        self._tasks[task] = None
        if len(self._tasks) > self._most_tasks:
            self._forget_tasks()
        if not self.is_alive:
            task.cancel()

    def _forget_tasks(self) -> None:
        """Forget those that have ended: all at once takes less than one by one."""
        self._tasks = {task: None for task in self._tasks if not task.done()}
        self._most_tasks = 2 * len(self._tasks) + _TASKS


class _Timer:
    """A timer of a process, listed as long as it may fire."""

    __slots__ = ("_callback", "_pending", "handle")

    handle: Cancellable

    def __init__(
        self, callback: Callable[[], object], pending: dict[_Timer, None]
    ) -> None:
        self._callback = callback
        self._pending = pending
        pending[self] = None

    def fire(self) -> None:
        self._pending.pop(self, None)
        self._callback()

    def cancel(self) -> None:
        self._pending.pop(self, None)
        self.handle.cancel()


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def adopt_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Let every task of a loop belong to the process that started it."""
    loop.set_task_factory(_adopted)


def _adopted(
    loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any
) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **options)
    process = _current.get()
    if process is not None:
        process.adopt(task)
    return task
