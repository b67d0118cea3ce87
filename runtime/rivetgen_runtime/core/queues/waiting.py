"""Waiting: receivers for messages, senders for the completion of theirs."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rivetgen_runtime.core.queues.send_keys import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection

    from rivetgen_runtime.core.abort import AbortSignal
    from rivetgen_runtime.core.ports import Clock

__all__ = ["Answers", "PendingAnswer", "Receivers", "Wake"]


class Wake(Enum):
    """Why a receiver waits no longer."""

    AVAILABLE = "available"
    TIMED_OUT = "timed out"
    ABORTED = "aborted"


class Receivers:
    """Receivers that found no message.

    One event loop runs everything: between looking for a message and being listed here
    nothing can arrive, so that no message is overlooked. All receivers of a queue are
    woken and look again; whoever comes first gets the message.

    Args:
        clock: Measures their patience.
    """

    __slots__ = ("_clock", "_waiting")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[asyncio.Future[Wake], Collection[str]] = {}

    def notify(self, name: str) -> None:
        """A queue has a message that is ready."""
        for waiter, names in self._waiting.items():
            if name in names:
                _wake(waiter, Wake.AVAILABLE)

    async def wait(
        self,
        names: Collection[str],
        *,
        timeout_s: float | None,
        signals: Collection[AbortSignal],
    ) -> Wake:
        """Wait until a message of some queues may be ready.

        Args:
            names: The queues.
            timeout_s: How long; None for ever.
            signals: What ends the wait as well.
        """
        waiter: asyncio.Future[Wake] = asyncio.get_running_loop().create_future()
        end = partial(_wake, waiter, Wake.ABORTED)
        with ExitStack() as ends:
            for signal in signals:
                ends.callback(signal.remove_listener, end)
                signal.add_listener(end)
            if timeout_s is not None:
                timer = self._clock.call_later(
                    timeout_s, lambda: _wake(waiter, Wake.TIMED_OUT)
                )
                ends.callback(timer.cancel)
            self._waiting[waiter] = names
            ends.callback(self._waiting.pop, waiter)
            return await waiter


def _wake(waiter: asyncio.Future[Wake], why: Wake) -> None:
    if not waiter.done():
        waiter.set_result(why)


Answer: TypeAlias = tuple[Outcome, bytes | None]
"""What became of a message, and its reply as CBOR."""


class PendingAnswer(NamedTuple):
    """What one sender waits for.

    Attributes:
        future: The answer, or None when the sender gave up; cancel it at the end.
    """

    future: asyncio.Future[Answer | None]

    def give_up(self) -> None:
        """Wait no longer."""
        if not self.future.done():
            self.future.set_result(None)


class Answers:
    """Senders that wait until their message is completed."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: dict[int, list[PendingAnswer]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def expect(self, message_id: int) -> PendingAnswer:
        """The answer to a message that was not completed before."""
        pending = PendingAnswer(asyncio.get_running_loop().create_future())
        self._waiting.setdefault(message_id, []).append(pending)
        pending.future.add_done_callback(lambda _: self._forget(message_id, pending))
        return pending

    def give(self, message_id: int, outcome: Outcome, reply: bytes | None) -> None:
        """A message has its outcome."""
        for pending in self._waiting.pop(message_id, ()):
            if not pending.future.done():
                pending.future.set_result((outcome, reply))

    def close(self, error: Exception) -> None:
        """Nobody gets an answer here any more."""
        for waiting in tuple(self._waiting.values()):
            for pending in waiting:
                if not pending.future.done():
                    pending.future.set_exception(error)
        self._waiting.clear()

    def _forget(self, message_id: int, pending: PendingAnswer) -> None:
        waiting = self._waiting.get(message_id, [])
        if pending in waiting:
            waiting.remove(pending)
        if not waiting:
            self._waiting.pop(message_id, None)
