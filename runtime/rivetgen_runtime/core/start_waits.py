"""Which starts wait for which others, so that a circle of them is noticed.

An actor is not there before its start hooks have ended. When a hook calls an actor
whose own hook waits for the first one, both would wait until their time is up. A call
knows within which start it is made: tasks inherit it, background work does not.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from rivetgen_runtime.core.failures import host_error

if TYPE_CHECKING:
    from collections.abc import Coroutine

__all__ = ["StartWaits", "within_no_start"]

T = TypeVar("T")

Start: TypeAlias = "asyncio.Task[Any]"


class _Within:
    """The start within which code runs; None for code within no start."""

    __slots__ = ("start",)

    def __init__(self) -> None:
        self.start: Start | None = None


_NO_START: Final = _Within()
_current: Final[ContextVar[_Within]] = ContextVar("start", default=_NO_START)


def within_no_start() -> None:
    """Note, in the context of background work, that no start waits for it."""
    _current.set(_NO_START)


class StartWaits:
    """What the starts that go on wait for."""

    __slots__ = ("_awaited",)

    def __init__(self) -> None:
        self._awaited: dict[Start, list[Start]] = {}

    def begin(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin a start as a task of its own."""
        context, within = copy_context(), _Within()
        context.run(_current.set, within)
        task = asyncio.create_task(work, context=context)
        within.start = task
        return task

    async def join(self, start: asyncio.Task[T]) -> T:
        """Wait for a start, which goes on when whoever waits gives up.

        Raises:
            RequestError: ``actor.call_cycle``: it waits for the one that asks.
        """
        waiting = _current.get().start
        if waiting is None or waiting.done():
            return await asyncio.shield(start)
        if self._leads_to(start, waiting):
            raise host_error("actor", "call_cycle", _MESSAGE)
        awaited = self._awaited.setdefault(waiting, [])
        awaited.append(start)
        try:
            return await asyncio.shield(start)
        finally:
            awaited.remove(start)
            if not awaited:
                self._awaited.pop(waiting, None)

    def _leads_to(self, start: Start, goal: Start) -> bool:
        pending, seen = [start], set[Start]()
        while pending:
            start = pending.pop()
            if start is goal:
                return True
            if start not in seen:
                seen.add(start)
                pending += self._awaited.get(start, ())
        return False


_MESSAGE: Final = (
    "The start of the actor waits for a call that waits for this start. Call from "
    "`run`, from an action, or in the background with `c.wait_until`."
)
