"""Time limits on user code, by the clock that the core was given.

``asyncio.timeout`` follows the event loop's clock; a simulation has another one.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from rivetgen_runtime.errors import ExitInActorError, StrayCancellationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator
    from types import TracebackType
    from typing import Self

    from rivetgen_runtime.core.ports import Cancellable, Clock

__all__ = ["Deadline", "exits_as_errors", "sealed"]

T = TypeVar("T")


@contextmanager
def exits_as_errors() -> Generator[None]:
    """Make ``sys.exit`` in user code an error: asyncio would end the server with it.

    Raises:
        ExitInActorError: Instead of ``SystemExit``.
    """
    try:
        yield
    except SystemExit as error:
        raise ExitInActorError from error


async def sealed(work: Awaitable[T]) -> T:
    """Await user code; a cancellation or an exit of its own making is an error.

    Raises:
        StrayCancellationError: It was cancelled by nobody but itself.
        ExitInActorError: It called ``sys.exit``.
    """
    task = asyncio.current_task()
    cancelling = 0 if task is None else task.cancelling()
    try:
        with exits_as_errors():
            return await work
    except asyncio.CancelledError as error:
        if task is None or task.cancelling() > cancelling:
            raise
        raise StrayCancellationError from error


class Deadline:
    """Cancels the task that entered it, after a time or on demand.

    Whoever is interrupted sees a cancellation; outside the block it is the given error.
    Code that swallows the cancellation and ends late still fails with that error, a
    cancellation that nobody asked for becomes a ``StrayCancellationError``, and
    ``sys.exit`` an ``ExitInActorError``: asyncio would end the server with it.

    Args:
        clock: What measures the time.
        timeout_s: The limit; None for none, when it only can be interrupted.
        error: Makes what is raised when the limit is exceeded.
    """

    __slots__ = (
        "_cancelling",
        "_clock",
        "_error",
        "_raised",
        "_task",
        "_timeout_s",
        "_timer",
    )

    _task: asyncio.Task[object]
    _timer: Cancellable | None
    _cancelling: int

    def __init__(
        self, clock: Clock, timeout_s: float | None, error: Callable[[], Exception]
    ) -> None:
        self._clock = clock
        self._timeout_s = timeout_s
        self._error = error
        self._raised: Exception | None = None

    def interrupt(self, error: Exception) -> None:
        """Cancel what runs inside now; the first interruption decides the error."""
        if self._raised is None:
            self._raised = error
            self._task.cancel()

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            message = "a deadline needs a task to cancel"
            raise RuntimeError(message)
        self._task = task
        self._cancelling = task.cancelling()
        self._timer = None
        if self._timeout_s is not None:
            self._timer = self._clock.call_later(self._timeout_s, self._expire)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        is_cancelled = kind is not None and issubclass(kind, asyncio.CancelledError)
        if self._raised is None:
            if kind is not None and issubclass(kind, SystemExit):
                raise ExitInActorError from value
            if is_cancelled and self._task.cancelling() <= self._cancelling:
                raise StrayCancellationError from value
            return
        others = self._task.uncancel() > self._cancelling
        if kind is None or (is_cancelled and not others):
            raise self._raised from value

    def _expire(self) -> None:
        self.interrupt(self._error())
