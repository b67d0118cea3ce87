"""What hangs on ``c.queues``: the typed way to send, receive and complete messages."""
# Here a time that is up is a result, not a cancellation.
# ruff: noqa: ASYNC109

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar, cast

from rivetgen_client.errors import InvalidArgumentsError
from rivetgen_client.queues import Completed, TimedOut
from rivetgen_client.wire import cbor
from rivetgen_client.wire.values import UNDEFINED
from rivetgen_runtime.core.queues.errors import (
    CompleteNotConfiguredError,
    QueueAbortedError,
    QueueMessageInvalidError,
)
from rivetgen_runtime.core.queues.receiving import Wanted
from rivetgen_runtime.core.queues.sending import answer_of, encode_message

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from rivetgen_client.queue_definitions import QueueDefinition
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.abort import AbortSignal
    from rivetgen_runtime.core.contexts import AnyContext
    from rivetgen_runtime.core.queues.receiving import Receipt

__all__ = [
    "AnyDelivery",
    "Completes",
    "Delivery",
    "DeliveryKind",
    "Queue",
    "Queues",
    "ReplyingDelivery",
    "ReplyingQueue",
    "encode_reply",
    "read_delivery",
]

MessageT = TypeVar("MessageT")
ReplyT = TypeVar("ReplyT")
DeliveryT = TypeVar("DeliveryT", bound="AnyDelivery")
NameT = TypeVar("NameT", bound=str)


class Completes(Protocol):
    """What received a message, and completes it."""

    def complete(self, receipt: Receipt, reply: bytes | None) -> None:
        """Complete it, in this turn."""
        ...


class _Delivered(Generic[MessageT]):
    """One delivery of a message, as user code sees it.

    Attributes:
        id: Of the message; greater than that of every message before it.
        name: Wire name of its queue.
        body: The message.
        created_at_ms: When it was sent, Unix milliseconds.
        attempt: Which delivery this is, from one.
    """

    queue: ClassVar[QueueDefinition[Any, Any]]

    def __init__(self, receiver: Completes, receipt: Receipt, body: MessageT) -> None:
        message = receipt.message
        self._receiver = receiver
        self._receipt = receipt
        self.id = message.id
        self.name = message.name
        self.body = body
        self.created_at_ms = message.created_at_ms
        self.attempt = receipt.attempt

    def _complete(self, reply: object) -> None:
        self._receiver.complete(self._receipt, encode_reply(self.queue, reply))


class Delivery(_Delivered[MessageT]):
    """One delivery of a message of a queue without replies."""

    async def complete(self) -> None:
        """Say that the message was handled; it is removed with the end of this turn.

        Raises:
            AlreadyCompletedError: It was completed before.
        """
        self._complete(UNDEFINED)


class ReplyingDelivery(_Delivered[MessageT], Generic[MessageT, ReplyT]):
    """One delivery of a message whose sender may wait for a reply."""

    async def complete(self, reply: ReplyT) -> None:
        """Say that the message was handled, and answer its sender.

        The message is removed with the end of this turn, together with everything that
        the turn changes; the answer leaves when that is durable.

        Raises:
            AlreadyCompletedError: It was completed before.
            InvalidResultError: The reply does not fit the schema; nothing is completed.
        """
        self._complete(reply)


AnyDelivery = Delivery[Any] | ReplyingDelivery[Any, Any]
DeliveryKind = type[Delivery[Any]] | type[ReplyingDelivery[Any, Any]]


def encode_reply(queue: QueueDefinition[Any, Any], reply: object) -> bytes | None:
    """Write a reply as it is stored; ``UNDEFINED`` for none.

    Raises:
        CompleteNotConfiguredError: The queue has no replies.
        InvalidResultError: It does not fit the schema.
    """
    if not queue.has_reply:
        if reply is not UNDEFINED:
            raise CompleteNotConfiguredError(queue.name)
        return None
    value: Value = queue.dump_reply(reply)
    return None if value is UNDEFINED else cbor.encode(value)


class _Receiving(Generic[DeliveryT]):
    """Receiving from some queues."""

    def __init__(self, context: AnyContext) -> None:
        self._context = context

    def _wanted(
        self,
        kinds: Sequence[DeliveryKind],
        *,
        count: int = 1,
        timeout: float | None,
        signal: AbortSignal | None,
        completable: bool | None = None,
    ) -> Wanted:
        if timeout is not None and timeout < 0:
            message = f"timeout must not be negative: {timeout}"
            raise ValueError(message)
        return Wanted(
            names=tuple(kind.queue.name for kind in kinds),
            count=max(1, count),
            timeout_s=timeout,
            signal=signal,
            completable=tuple(
                kind.queue.name
                for kind in kinds
                if (kind.queue.has_reply if completable is None else completable)
            ),
        )

    async def _receive(
        self, kinds: Sequence[DeliveryKind], wanted: Wanted
    ) -> list[DeliveryT]:
        by_name = {kind.queue.name: kind for kind in kinds}
        receiver = self._context.receiver

        def read(receipt: Receipt) -> DeliveryT:
            kind = by_name[receipt.message.name]
            return cast("DeliveryT", read_delivery(kind, receiver, receipt))

        return await receiver.receive(wanted, read)

    async def _iterate(
        self, kinds: Sequence[DeliveryKind], wanted: Wanted
    ) -> AsyncIterator[DeliveryT]:
        signals = [self._context.abort_signal, wanted.signal]
        while not any(signal is not None and signal.aborted for signal in signals):
            try:
                deliveries = await self._receive(kinds, wanted)
            except QueueAbortedError:
                return
            for delivery in deliveries:
                yield delivery


def read_delivery(
    kind: DeliveryKind, receiver: Completes, receipt: Receipt
) -> AnyDelivery:
    """Make what user code gets of a message.

    Raises:
        QueueMessageInvalidError: It does not fit the schema.
    """
    message = receipt.message
    try:
        body = kind.queue.load_message(cbor.decode(message.body))
    except InvalidArgumentsError as error:
        raise QueueMessageInvalidError(
            message.id, message.name, error.issues
        ) from error
    return kind(receiver, receipt, body)


class Queues(_Receiving[DeliveryT], Generic[DeliveryT, NameT]):
    """Base of an actor's generated queues: a property each, and what spans several.

    Messages come in the order in which they were sent, whatever their queue. Asking for
    a message ends the turn: what was done before is saved, and messages received before
    that need no explicit completion are completed with it.

    A message is redelivered when the call that received it fails. Which queues keep
    messages for that is declared in the schema (``delivery``).

    Args:
        context: The ``c`` of the call.
    """

    _kinds: ClassVar[tuple[DeliveryKind, ...]] = ()

    async def next(
        self,
        *names: NameT,
        timeout: float | None = None,
        signal: AbortSignal | None = None,
        completable: bool | None = None,
    ) -> DeliveryT | None:
        """Receive the next message of some queues, or of all when none is named.

        Args:
            names: Wire names of the queues.
            timeout: Seconds to wait; None for ever, zero not at all.
            signal: Ends the wait when it is set.
            completable: Whether the message has to be completed explicitly; None: if
                its queue has replies.

        Returns:
            The message; None when the time is up.

        Raises:
            PreviousNotCompletedError: The last one has to be completed first.
            QueueAbortedError: The actor stops, or the signal is set, and none is there.
            QueueMessageInvalidError: It was stored by another version of the schema.
            ValueError: The timeout is negative.
        """
        batch = await self.next_batch(
            *names, timeout=timeout, signal=signal, completable=completable
        )
        return batch[0] if batch else None

    async def next_batch(
        self,
        *names: NameT,
        count: int = 1,
        timeout: float | None = None,
        signal: AbortSignal | None = None,
        completable: bool | None = None,
    ) -> list[DeliveryT]:
        """Receive the next messages, at most ``count``, as soon as there is one.

        Otherwise as ``next``; empty when the time is up.
        """
        kinds = self._named(names)
        wanted = self._wanted(
            kinds,
            count=count,
            timeout=timeout,
            signal=signal,
            completable=completable,
        )
        return await self._receive(kinds, wanted)

    async def try_next(
        self, *names: NameT, completable: bool | None = None
    ) -> DeliveryT | None:
        """Receive the next message if there is one; otherwise as ``next``."""
        return await self.next(*names, timeout=0, completable=completable)

    async def try_next_batch(
        self, *names: NameT, count: int = 1, completable: bool | None = None
    ) -> list[DeliveryT]:
        """Receive what is there, at most ``count``; otherwise as ``next``."""
        return await self.next_batch(
            *names, count=count, timeout=0, completable=completable
        )

    def iter(
        self,
        *names: NameT,
        signal: AbortSignal | None = None,
        completable: bool | None = None,
    ) -> AsyncIterator[DeliveryT]:
        """Receive message by message until the actor stops or the signal is set.

        Otherwise as ``next``.
        """
        kinds = self._named(names)
        wanted = self._wanted(
            kinds, timeout=None, signal=signal, completable=completable
        )
        return self._iterate(kinds, wanted)

    async def wait_for_available(
        self,
        *names: NameT,
        timeout: float | None = None,
        signal: AbortSignal | None = None,
    ) -> None:
        """Wait until a message could be received, and leave it where it is.

        Raises:
            QueueTimedOutError: The time is up.
            QueueAbortedError: The actor stops, or the signal is set.
        """
        wanted = self._wanted(self._named(names), timeout=timeout, signal=signal)
        await self._context.receiver.wait_for_available(wanted)

    def _named(self, names: Sequence[str]) -> Sequence[DeliveryKind]:
        if not names:
            return self._kinds
        return [kind for kind in self._kinds if kind.queue.name in names]


class _OneQueue(_Receiving[DeliveryT], Generic[DeliveryT, MessageT]):
    """One queue of the actor: its messages, in the order in which they were sent.

    Args:
        context: The ``c`` of the call.
        kind: Class of its deliveries.
    """

    def __init__(self, context: AnyContext, kind: type[DeliveryT]) -> None:
        super().__init__(context)
        self._kind = kind
        self._kinds = (cast("DeliveryKind", kind),)

    async def send(self, message: MessageT) -> int:
        """Send a message to this actor itself, as part of this turn.

        Returns:
            Its id.

        Raises:
            InvalidArgumentsError: It does not fit the schema.
            QueueFullError: As many messages wait as the actor may have.
            QueueMessageTooLargeError: It is too long.
            QueueReadOnlyError: The action declares to change nothing.
        """
        return self._send(message)

    async def next(
        self,
        *,
        timeout: float | None = None,
        signal: AbortSignal | None = None,
        completable: bool | None = None,
    ) -> DeliveryT | None:
        """Receive the next message; see ``Queues.next``."""
        batch = await self.next_batch(
            timeout=timeout, signal=signal, completable=completable
        )
        return batch[0] if batch else None

    async def next_batch(
        self,
        *,
        count: int = 1,
        timeout: float | None = None,
        signal: AbortSignal | None = None,
        completable: bool | None = None,
    ) -> list[DeliveryT]:
        """Receive the next messages; see ``Queues.next_batch``."""
        wanted = self._wanted(
            self._kinds,
            count=count,
            timeout=timeout,
            signal=signal,
            completable=completable,
        )
        return await self._receive(self._kinds, wanted)

    async def try_next(self, *, completable: bool | None = None) -> DeliveryT | None:
        """Receive the next message if there is one; see ``Queues.next``."""
        return await self.next(timeout=0, completable=completable)

    async def try_next_batch(
        self, *, count: int = 1, completable: bool | None = None
    ) -> list[DeliveryT]:
        """Receive what is there, at most ``count``; see ``Queues.next``."""
        return await self.next_batch(count=count, timeout=0, completable=completable)

    def iter(
        self, *, signal: AbortSignal | None = None, completable: bool | None = None
    ) -> AsyncIterator[DeliveryT]:
        """Receive one message after the other; see ``Queues.iter``."""
        wanted = self._wanted(
            self._kinds, timeout=None, signal=signal, completable=completable
        )
        return self._iterate(self._kinds, wanted)

    async def wait_for_available(
        self, *, timeout: float | None = None, signal: AbortSignal | None = None
    ) -> None:
        """Wait until a message could be received; see ``Queues.wait_for_available``."""
        wanted = self._wanted(self._kinds, timeout=timeout, signal=signal)
        await self._context.receiver.wait_for_available(wanted)

    @property
    def _queue(self) -> QueueDefinition[Any, Any]:
        return self._kinds[0].queue

    def _send(self, message: MessageT) -> int:
        body = encode_message(self._queue, message)
        return self._context.receiver.queues.send(self._queue.name, body).id

    def _complete(self, message_id: int, reply: object) -> None:
        encoded = encode_reply(self._queue, reply)
        self._context.receiver.complete_by_id(message_id, self._queue.name, encoded)


class Queue(_OneQueue[DeliveryT, MessageT]):
    """One queue without replies."""

    async def complete(self, message_id: int) -> None:
        """Complete a message by its id; harmless when it is completed already.

        Raises:
            MessageIdentityMismatchError: It is in another queue.
        """
        self._complete(message_id, UNDEFINED)


class ReplyingQueue(
    _OneQueue[DeliveryT, MessageT], Generic[DeliveryT, MessageT, ReplyT]
):
    """One queue whose senders may wait for a reply."""

    async def complete(self, message_id: int, reply: ReplyT) -> None:
        """Complete a message by its id; harmless when it is completed already.

        Raises:
            MessageIdentityMismatchError: It is in another queue.
            InvalidResultError: The reply does not fit the schema; nothing is completed.
        """
        self._complete(message_id, reply)

    async def request(
        self, message: MessageT, *, timeout: float | None = None
    ) -> Completed[ReplyT] | TimedOut:
        """Send a message to this actor itself and wait until it is completed.

        This ends the turn, so that another call of the actor can receive the message.

        Args:
            message: The message.
            timeout: Seconds to wait; None for ever. The message stays in the queue.

        Raises:
            MessageFailedError: Every delivery of it failed.
            InvalidArgumentsError: It does not fit the schema.
        """
        message_id = self._send(message)
        activation = self._context.activation
        pending = activation.queues.answers.expect(message_id)
        activation.turns.end()
        answer = await answer_of(activation, pending, timeout)
        if not answer.is_completed:
            return TimedOut()
        return Completed(self._queue.load_reply(answer.reply))
