"""Queues of an actor, from outside: typed messages, and waiting for replies."""
# Here a time that is up is a result, not a cancellation.
# ruff: noqa: ASYNC109

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .errors import InvalidArgumentsError
from .transport import QueueMessage
from .wire.errors import UnsupportedValueError

if TYPE_CHECKING:
    from .handle import Address
    from .queue_definitions import QueueDefinition
    from .transport import QueueAnswer

__all__ = ["Completed", "Queue", "Queues", "ReplyingQueue", "TimedOut"]

MessageT = TypeVar("MessageT")
ReplyT = TypeVar("ReplyT")


@dataclass(frozen=True, slots=True)
class Completed(Generic[ReplyT]):
    """The message was completed.

    Attributes:
        reply: What it was completed with.
    """

    reply: ReplyT


@dataclass(frozen=True, slots=True)
class TimedOut:
    """The message was not completed in the time given; it stays in the queue."""


class Queue(Generic[MessageT]):
    """One queue of an actor.

    Sending may raise what every action may raise, and:
        ActorError: ``queue.full``, ``queue.message_too_large`` and what else the server
            says about a message; nothing was stored.

    Args:
        address: The actor.
        definition: The queue.
    """

    def __init__(self, address: Address, definition: QueueDefinition[Any, Any]) -> None:
        self._address = address
        self._definition = definition

    async def send(self, message: MessageT, *, key: str | None = None) -> None:
        """Send a message; it is durable when this returns.

        Args:
            message: The message.
            key: Names the message: sent again with the same key, by whomever, it is
                stored once. Without one each call counts as another message, and has a
                key of its own, so that it can be repeated when its answer gets lost.
        """
        await self._send(message, key=key)

    async def _send(
        self,
        message: MessageT,
        *,
        key: str | None,
        waits: bool = False,
        timeout_s: float | None = None,
    ) -> QueueAnswer:
        address, definition = self._address, self._definition
        body = definition.dump_message(message)
        patience = address.patience or address.caller.patience
        params, left_s = await address.current_params(patience.timeout_s)
        sent = QueueMessage(
            name=definition.name,
            body=body,
            key=key,
            waits=waits,
            wait_s=timeout_s,
            params=params,
            timeout_s=left_s,
        )
        try:
            return await address.caller.transport.send(address.target, sent)
        except UnsupportedValueError as error:
            issue = {"path": definition.name, "message": error.reason}
            raise InvalidArgumentsError([issue]) from error


class ReplyingQueue(Queue[MessageT], Generic[MessageT, ReplyT]):
    """One queue whose messages are answered."""

    async def request(
        self,
        message: MessageT,
        *,
        timeout: float | None = None,
        key: str | None = None,
    ) -> Completed[ReplyT] | TimedOut:
        """Send a message and wait until it is completed.

        Args:
            message: The message.
            timeout: Seconds to wait; None for as long as the server lets a call take.
                The message stays in the queue when the time is up.
            key: As with ``send``: whoever sends the same message gets the same reply.

        Raises:
            ActionTimedOutError: The server let nobody wait any longer.
            InvalidResultError: The reply is not what the schema declares.
        """
        answer = await self._send(message, key=key, waits=True, timeout_s=timeout)
        if not answer.is_completed:
            return TimedOut()
        return Completed(self._definition.load_reply(answer.reply))


class Queues:
    """Base of the generated queues of an actor: one property for each.

    Args:
        address: The actor.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
