"""A process that can be killed, inside the process of a test.

A real crash leaves no task and no timer behind. Here everything that a host starts is
started inside its ``SimulatedProcess``, which ends all of it at one moment.
"""

from __future__ import annotations

import asyncio
import contextvars
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from rivetgen_runtime.core.ports import Cancellable, Clock

__all__ = ["ProcessDiedError", "SimulatedProcess", "adopt_tasks"]

ResultT = TypeVar("ResultT")

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
        self._tasks: WeakSet[asyncio.Task[Any]] = WeakSet()
        self._timers: WeakSet[_Timer] = WeakSet()
        self._calls: set[asyncio.Future[Any]] = set()
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
        death: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        task = self.run(lambda: asyncio.create_task(work()))
        self._calls.add(death)
        try:
            await asyncio.wait((task, death), return_when=asyncio.FIRST_COMPLETED)
            if death.done() or not self.is_alive:
                raise ProcessDiedError
            return task.result()
        finally:
            self._calls.discard(death)
            task.cancel()

    def kill(self) -> None:
        """End everything inside at once; whoever waits for it learns that it died."""
        self.is_alive = False
        for timer in tuple(self._timers):
            timer.cancel()
        for task in tuple(self._tasks):
            task.cancel()
        for death in tuple(self._calls):
            if not death.done():
                death.set_result(None)

    # The clock of what runs inside

    def now_ms(self) -> int:
        """Wall clock, Unix milliseconds."""
        return self._clock.now_ms()

    def monotonic_s(self) -> float:
        """Seconds that never go backwards."""
        return self._clock.monotonic_s()

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Cancellable:
        """Call back, unless the process is killed before."""
        timer = _Timer(callback)
        timer.handle = self._clock.call_later(delay_s, timer.fire)
        self._timers.add(timer)
        return timer

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Own a task."""
        self._tasks.add(task)
        if not self.is_alive:
            task.cancel()


class _Timer:
    """A timer of a process."""

    __slots__ = ("__weakref__", "_callback", "handle")

    handle: Cancellable

    def __init__(self, callback: Callable[[], object]) -> None:
        self._callback = callback

    def fire(self) -> None:
        self._callback()

    def cancel(self) -> None:
        self.handle.cancel()


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
