"""Queues for callers that block: each class wraps its asynchronous twin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from .queues import Queue, Queues, ReplyingQueue
from .sync import Twin

if TYPE_CHECKING:
    from .queues import Completed, TimedOut

__all__ = ["SyncQueue", "SyncQueues", "SyncReplyingQueue"]

MessageT = TypeVar("MessageT")
ReplyT = TypeVar("ReplyT")
QueuesT = TypeVar("QueuesT", bound=Queues)


class SyncQueues(Twin[QueuesT]):
    """Base of the generated synchronous queues; see ``Queues``."""

    def _queue(self, queue: Queue[MessageT]) -> SyncQueue[MessageT]:
        return SyncQueue(self._portal, queue)

    def _replying(
        self, queue: ReplyingQueue[MessageT, ReplyT]
    ) -> SyncReplyingQueue[MessageT, ReplyT]:
        return SyncReplyingQueue(self._portal, queue)


class SyncQueue(Twin[Queue[MessageT]]):
    """One queue of an actor; see ``Queue``."""

    def send(self, message: MessageT, *, key: str | None = None) -> None:
        """Send a message; see ``Queue.send``."""
        self._run(self._inner.send(message, key=key))


class SyncReplyingQueue(
    Twin[ReplyingQueue[MessageT, ReplyT]], Generic[MessageT, ReplyT]
):
    """One queue whose messages are answered; see ``ReplyingQueue``."""

    def send(self, message: MessageT, *, key: str | None = None) -> None:
        """Send a message; see ``Queue.send``."""
        self._run(self._inner.send(message, key=key))

    def request(
        self,
        message: MessageT,
        *,
        timeout: float | None = None,
        key: str | None = None,
    ) -> Completed[ReplyT] | TimedOut:
        """Send a message and wait for its completion; see ``ReplyingQueue.request``."""
        return self._run(self._inner.request(message, timeout=timeout, key=key))
