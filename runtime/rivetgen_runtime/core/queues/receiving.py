"""Receiving: what one call or hook of the actor has taken and not finished."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from rivetgen_runtime.core.queues.errors import (
    AlreadyCompletedError,
    PreviousNotCompletedError,
    QueueAbortedError,
    QueueMessageInvalidError,
    QueueReadOnlyError,
    QueueTimedOutError,
)
from rivetgen_runtime.core.queues.rows import Phase
from rivetgen_runtime.core.queues.waiting import Wake
from rivetgen_runtime.errors import ActorStoppingError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator

    from rivetgen_runtime.core.abort import AbortSignal
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.contexts import AnyContext
    from rivetgen_runtime.core.queues.actor_queues import ActorQueues
    from rivetgen_runtime.core.queues.rows import QueuedMessage

__all__ = ["Receipt", "Receiver", "Wanted", "finishing_messages"]

T = TypeVar("T")


@contextmanager
def finishing_messages(context: AnyContext) -> Generator[None]:
    """Finish what a call receives when the block ends; its turn ends afterwards."""
    try:
        yield
    except BaseException:
        context.finish_messages(is_success=False)
        raise
    context.finish_messages(is_success=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a receiver asks for.

    Attributes:
        names: Queues; the message that was sent first to any of them comes first.
        count: Most messages; one that is there is enough to return.
        timeout_s: How long to wait for the first; None for ever, zero not at all.
        signal: What ends the wait besides the end of the actor.
        completable: Those of the queues whose messages are completed explicitly.
    """

    names: Collection[str]
    count: int = 1
    timeout_s: float | None = None
    signal: AbortSignal | None = None
    completable: Collection[str] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Receipt:
    """One delivery of a message, as long as it is not finished.

    Attributes:
        message: What was delivered.
        attempt: Which delivery it is, from one.
        is_completable: Whether user code completes it.
        is_kept: Whether the queue still has it.
    """

    message: QueuedMessage
    attempt: int
    is_completable: bool
    is_kept: bool


class Receiver:
    """What one context does with queues.

    A message is finished when it is completed; one that needs no explicit completion is
    finished when the next is asked for, or when the call ends without an error.

    Args:
        activation: Whose queues are used.
        is_read_only: Whether the call declares to change nothing.
    """

    __slots__ = ("_activation", "_is_read_only", "_open", "on_complete")

    def __init__(self, activation: Activation, *, is_read_only: bool) -> None:
        self._activation = activation
        self._is_read_only = is_read_only
        self._open: dict[Receipt, None] = {}
        self.on_complete: Callable[[], None] = _nobody_asks
        """Called when a message is completed, in the turn that does it."""

    @property
    def queues(self) -> ActorQueues:
        """The queues of the actor, to change them.

        Raises:
            QueueReadOnlyError: The action declares to change nothing.
            ActorStoppingError: Nothing that changes is saved any more.
        """
        activation = self._activation
        if self._is_read_only:
            raise QueueReadOnlyError
        if activation.turns.is_finished or activation.lifecycle.is_over:
            raise ActorStoppingError
        return activation.queues

    async def receive(self, wanted: Wanted, read: Callable[[Receipt], T]) -> list[T]:
        """Take messages; this ends the turn, so that what was done before is saved.

        Args:
            wanted: Which, how many.
            read: Makes what user code gets of one.

        Returns:
            At most as many as wanted; none when the time is up. That they were taken
            is durable: a message that kills the process is counted.

        Raises:
            PreviousNotCompletedError: The last ones have to be completed first.
            QueueAbortedError: The wait was ended while nothing came.
            QueueMessageInvalidError: One cannot be read; the others are given back.
        """
        if any(receipt.is_completable for receipt in self._open):
            raise PreviousNotCompletedError
        self._finish_all(self._acknowledge)
        taken = await self._taken(wanted)
        receipts = [self._receipt(each, wanted.completable) for each in taken]
        read_ones = self._read_all(receipts, read)
        self._open |= dict.fromkeys(each for each in receipts if each.is_kept)
        return read_ones

    async def wait_for_available(self, wanted: Wanted) -> None:
        """Wait until a message is ready, and leave it where it is.

        Raises:
            QueueTimedOutError: None is, in time.
            QueueAbortedError: The wait was ended before.
        """
        queues = self.queues

        def is_ready() -> list[bool]:
            return [True] if queues.has_ready(wanted.names) else []

        if not await self._until(is_ready, wanted):
            raise QueueTimedOutError(wanted.timeout_s or 0.0)

    def complete(self, receipt: Receipt, reply: bytes | None) -> None:
        """Complete a message, in this turn.

        Raises:
            AlreadyCompletedError: It is completed.
        """
        queues = self.queues
        if not queues.holds(receipt.message):
            raise AlreadyCompletedError
        queues.complete(receipt.message, reply)
        self._close(receipt)
        self.on_complete()

    def complete_by_id(self, message_id: int, name: str, reply: bytes | None) -> None:
        """Complete a message of a queue, in this turn; harmless when it is completed.

        Raises:
            MessageIdentityMismatchError: It is in another queue.
        """
        queues = self.queues
        message = queues.find(message_id, name)
        if message is not None:
            queues.complete(message, reply)
        for receipt in tuple(self._open):
            if receipt.message is message:
                self._close(receipt)

    def finish(self, *, is_success: bool) -> None:
        """The call has ended: messages are finished with it, in this turn.

        Args:
            is_success: Whether it raised nothing; otherwise deliveries have failed.
        """
        activation = self._activation
        turn = activation.queues.turn
        if activation.turns.is_finished or not (self._open or turn):
            return
        self._finish_all(self._acknowledge if is_success else self._fail)
        # A turn that is undone leaves nobody who would finish them.
        loop = asyncio.get_running_loop()
        again = partial(self.finish, is_success=False)
        turn.undo(partial(loop.call_soon, again))

    def _receipt(self, message: QueuedMessage, completable: Collection[str]) -> Receipt:
        is_completable = message.name in completable
        queues = self._activation.queues
        is_kept = queues.is_kept(message.name, completable=is_completable)
        return Receipt(message, max(1, message.attempts), is_completable, is_kept)

    def _read_all(
        self, receipts: Collection[Receipt], read: Callable[[Receipt], T]
    ) -> list[T]:
        values: list[T] = []
        for receipt in receipts:
            try:
                values.append(read(receipt))
            except QueueMessageInvalidError:
                self._give_up(receipt, receipts)
                raise
        return values

    def _give_up(self, unreadable: Receipt, receipts: Collection[Receipt]) -> None:
        queues = self._activation.queues
        for receipt in receipts:
            if receipt is not unreadable:
                queues.give_back(receipt.message)
            elif receipt.is_kept:
                queues.fail(receipt.message)

    async def _taken(self, wanted: Wanted) -> list[QueuedMessage]:
        queues, turns = self.queues, self._activation.turns

        def take() -> list[QueuedMessage]:
            return queues.take(
                wanted.names, wanted.count, completable=wanted.completable
            )

        taken = await self._until(take, wanted)
        if taken:
            try:
                await turns.commits.reached(turns.end())
            except asyncio.CancelledError:
                for message in taken:
                    queues.give_back(message)
                raise
        return taken

    async def _until(self, look: Callable[[], list[T]], wanted: Wanted) -> list[T]:
        """Look until there is something, with all that was changed before saved."""
        found = look()
        if found:
            return found
        activation, timeout_s = self._activation, wanted.timeout_s
        activation.turns.end()
        clock = activation.services.clock
        started_s = clock.monotonic_s()
        found = look()
        while not found:
            waited_s = clock.monotonic_s() - started_s
            left_s = None if timeout_s is None else timeout_s - waited_s
            if left_s is not None and left_s <= 0:
                break
            wake = await self._wait(wanted, left_s)
            found = look()
            if wake is Wake.ABORTED and not found:
                raise QueueAbortedError
        return found

    async def _wait(self, wanted: Wanted, timeout_s: float | None) -> Wake:
        activation = self._activation
        signals = [activation.abort_signal]
        if wanted.signal is not None:
            signals.append(wanted.signal)
        activation.activity.begin_queue_wait()
        try:
            return await activation.queues.receivers.wait(
                wanted.names, timeout_s=timeout_s, signals=signals
            )
        finally:
            activation.activity.end_queue_wait()

    # Finishing

    def _finish_all(self, step: Callable[[QueuedMessage, Receipt], None]) -> None:
        for receipt in tuple(self._open):
            message = receipt.message
            self._close(receipt)
            is_ours = message.attempts == receipt.attempt
            if is_ours and message.phase is Phase.TAKEN and self._holds(message):
                step(message, receipt)

    def _acknowledge(self, message: QueuedMessage, receipt: Receipt) -> None:
        if receipt.is_completable:
            self._activation.queues.release(message)
        else:
            self._activation.queues.complete(message, None)
            self.on_complete()

    def _fail(self, message: QueuedMessage, receipt: Receipt) -> None:
        del receipt
        if self._activation.lifecycle.is_running:
            self._activation.queues.fail(message)
        else:
            # The end of the actor interrupted the call: that says nothing about it.
            self._activation.queues.give_back(message)

    def _holds(self, message: QueuedMessage) -> bool:
        return self._activation.queues.holds(message)

    def _close(self, receipt: Receipt) -> None:
        if self._open.pop(receipt, receipt) is None:
            undo = self._activation.queues.turn.undo
            undo(partial(self._open.setdefault, receipt))


def _nobody_asks() -> None:
    """What is told of completed messages by default."""
