"""An asyncio event loop whose clock jumps from timer to timer instead of waiting.

Thirty days of timers take milliseconds, two runs with one seed do the same things in
the same order, and a program that waits for what cannot happen is an error instead of a
hang::

    async def main(time: VirtualTime) -> int:
        await asyncio.sleep(3600)
        return time.now_ms()


    assert run(main, seed=1, start_ms=0) == 3_600_000

What runs on it has no sockets, no threads and no other source of time or randomness
than ``VirtualTime``. The order of sets of strings is the interpreter's: fix
PYTHONHASHSEED where a trace shall be the same in another process.

It stands on documented seams of asyncio alone: ``SelectorEventLoop`` takes a selector,
which is where a loop waits, and asks its own ``time()`` what time it is.
"""

from __future__ import annotations

import asyncio
import selectors
from random import Random
from typing import TYPE_CHECKING, Final, TypeVar, TypeVarTuple

from rivetgen_runtime.errors import RivetgenRuntimeError

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Coroutine, Mapping
    from contextvars import Context

    from _typeshed import FileDescriptorLike

__all__ = [
    "DeadlockError",
    "LivelockError",
    "OutsideWorldError",
    "VirtualTime",
    "VirtualTimeError",
    "run",
]

_Result = TypeVar("_Result")
_Arguments = TypeVarTuple("_Arguments")

_ROUNDS_WITHOUT_TIME: Final = 200_000
"""Rounds of the loop at one moment after which the program is said to spin."""
_RESOLUTION_S: Final = 1e-6
"""Moments closer than this are one; a float still shows it after centuries."""


class VirtualTimeError(RivetgenRuntimeError):
    """A program did what cannot work in virtual time."""


class DeadlockError(VirtualTimeError):
    """Nothing is ready to run and no timer is set, so nothing will ever happen.

    Attributes:
        tasks: What each unfinished task is and where it waits.
    """

    def __init__(self, tasks: tuple[str, ...]) -> None:
        waiting = "; ".join(tasks) or "no task"
        super().__init__(f"nothing is ready and no timer is set; waiting: {waiting}")
        self.tasks = tasks


class LivelockError(VirtualTimeError):
    """The program keeps running without ever waiting for a timer."""

    def __init__(self) -> None:
        rounds = _ROUNDS_WITHOUT_TIME
        super().__init__(f"the loop ran {rounds} rounds without waiting for a timer")


class OutsideWorldError(VirtualTimeError):
    """A socket, a pipe or a thread: things that live in real time.

    Attributes:
        what: The thing.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} cannot be used in virtual time")
        self.what = what


class VirtualTime:
    """Clock and randomness of a program; fits the ports of the actor core.

    Attributes:
        random: Decides everything that is left to chance; the seed decides about it.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, random: Random, *, start_ms: int
    ) -> None:
        self.random = random
        self._loop = loop
        self._origin_ms = start_ms

    def now_ms(self) -> int:
        """Wall clock, Unix milliseconds: the start, what has passed, and all steps."""
        # Sums of fractions may end a little before a full millisecond.
        passed_ms = (self._loop.time() + _RESOLUTION_S) * 1000
        return self._origin_ms + int(passed_ms)

    def monotonic_s(self) -> float:
        """Seconds since the start; steps of the wall clock do not show."""
        return self._loop.time()

    def call_later(
        self, delay_s: float, callback: Callable[[], object]
    ) -> asyncio.TimerHandle:
        """Call back after so many virtual seconds."""
        return self._loop.call_later(delay_s, callback)

    def token_bytes(self, count: int) -> bytes:
        """Bytes that only the seed predicts."""
        return self.random.randbytes(count)

    def step_wall_clock(self, by_ms: int) -> None:
        """Set the wall clock forward or back, as an administrator would."""
        self._origin_ms += by_ms


def run(
    main: Callable[[VirtualTime], Coroutine[object, object, _Result]],
    *,
    seed: int,
    start_ms: int,
    shuffle: bool = False,
) -> _Result:
    """Run a program to its end in virtual time.

    Args:
        main: The program; it is given the only clock and the only chance there is.
        seed: The same seed makes the same run.
        start_ms: What the wall clock shows at first, Unix milliseconds.
        shuffle: Call what is ready at one moment in random order. asyncio promises the
            order of ``call_soon``, so a program may rely on it; one that does not is
            more robust.

    Raises:
        DeadlockError: The program waits for something that cannot happen.
        LivelockError: The program runs for ever without waiting for a timer.
        OutsideWorldError: The program used a socket or a thread.
    """
    random = Random(seed)  # noqa: S311 - has to be predictable
    loop = _VirtualTimeLoop(random if shuffle else None)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main(VirtualTime(loop, random, start_ms=start_ms)))


class _VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop that waits on the clock below.

    Attributes:
        clock: What it waits on.
    """

    _ready: deque[asyncio.Handle]
    """asyncio's own: what is called next, in order."""

    def __init__(self, shuffling: Random | None) -> None:
        self.clock = _ClockSelector(self._unfinished)
        super().__init__(self.clock)
        self.clock.seal()
        # How early a timer may fire: by default the resolution of the real clock. This
        # and ``_ready`` are the attributes without a documented seam.
        self._clock_resolution = _RESOLUTION_S
        self._shuffling = shuffling

    def time(self) -> float:
        return self.clock.now_s

    def call_soon(
        self,
        callback: Callable[[*_Arguments], object],
        *args: *_Arguments,
        context: Context | None = None,
    ) -> asyncio.Handle:
        handle = super().call_soon(callback, *args, context=context)
        if self._shuffling is not None:
            # Every new one changes places with any of those that wait.
            waiting = self._ready
            place = int(self._shuffling.random() * len(waiting))
            waiting[-1], waiting[place] = waiting[place], waiting[-1]
        return handle

    def run_in_executor(
        self,
        executor: object,  # noqa: ARG002 - the signature is asyncio's
        func: Callable[[*_Arguments], _Result],  # noqa: ARG002
        *args: *_Arguments,  # noqa: ARG002
    ) -> asyncio.Future[_Result]:
        raise OutsideWorldError("a thread")

    def _unfinished(self) -> tuple[str, ...]:
        return tuple(sorted(_whereabouts(task) for task in asyncio.all_tasks(self)))


def _whereabouts(task: asyncio.Task[object]) -> str:
    """Describe a task by its code: names like Task-7 count all tasks of a process."""
    name = "" if task.get_name().startswith("Task-") else f"{task.get_name()}: "
    frames = task.get_stack(limit=1)
    line = f" line {frames[0].f_lineno}" if frames else ""
    return f"{name}{getattr(task.get_coro(), '__qualname__', '?')}{line}"


class _ClockSelector(selectors.BaseSelector):
    """A selector without files: waiting for a time moves the clock there.

    Attributes:
        now_s: Seconds since the start.
    """

    def __init__(self, unfinished: Callable[[], tuple[str, ...]]) -> None:
        self.now_s = 0.0
        self._unfinished = unfinished
        self._rounds = 0
        self._sealed = False
        self._keys: dict[FileDescriptorLike, selectors.SelectorKey] = {}

    def seal(self) -> None:
        """Refuse every further file; the loop itself registers one for its signals."""
        self._sealed = True

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise DeadlockError(self._unfinished())
        # Timers nearer than the resolution are due without moving the clock.
        if timeout > _RESOLUTION_S * 0.75:
            self.now_s += timeout
            self._rounds = 0
        else:
            self._count_round()
        return []

    def _count_round(self) -> None:
        self._rounds += 1
        if self._rounds > _ROUNDS_WITHOUT_TIME:
            self._rounds = 0  # the loop has to run on to cancel its tasks
            raise LivelockError

    def register(
        self, fileobj: FileDescriptorLike, events: int, data: object = None
    ) -> selectors.SelectorKey:
        if self._sealed:
            raise OutsideWorldError(f"file or socket {fileobj!r}")
        number = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        key = selectors.SelectorKey(fileobj, number, events, data)
        self._keys[fileobj] = key
        return key

    def unregister(self, fileobj: FileDescriptorLike) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def get_map(self) -> Mapping[FileDescriptorLike, selectors.SelectorKey]:
        return self._keys
