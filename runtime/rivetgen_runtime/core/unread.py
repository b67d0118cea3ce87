"""Lines inside one host: actors write into a sink, callers read what it keeps."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from typing import Final, Generic, TypeVar

from rivetgen_client.transport import ChannelClosedError
from rivetgen_runtime.core.admission import FAILURE_CLOSE

__all__ = ["UNREAD_MESSAGES", "UnreadReader", "UnreadSink"]

PortT = TypeVar("PortT")
MessageT = TypeVar("MessageT")

UNREAD_MESSAGES: Final = 10_000
"""Messages that a caller may leave unread; with one more the line ends."""


class UnreadSink(ABC, Generic[PortT, MessageT]):
    """The actor's end.

    Attributes:
        port: The way to the actor; None before it is open and after it has ended.
        messages: What the caller has not read yet.
        closed: How the line ended; None while it is open.
        changed: Set when one of these changed.
    """

    def __init__(self) -> None:
        self.port: PortT | None = None
        self.messages: deque[MessageT] = deque()
        self.closed: ChannelClosedError | None = None
        self.changed = asyncio.Event()

    def send(self, message: MessageT) -> None:
        """Keep a message, as it is after the way; a caller that never reads is cut."""
        if self.closed is not None:
            return
        if len(self.messages) >= UNREAD_MESSAGES:
            self.messages.clear()
            self.close(FAILURE_CLOSE, "message.too_many_unread")
            return
        self.messages.append(self._carried(message))
        self.changed.set()

    def close(self, code: int, reason: str) -> None:
        """End the line after what was sent before."""
        if self.closed is not None:
            return
        self.closed = ChannelClosedError(code, reason)
        self.changed.set()
        port, self.port = self.port, None
        if port is not None:
            self._detach(port, code, reason)

    @abstractmethod
    def _carried(self, message: MessageT) -> MessageT:
        """A message as it arrives at the caller."""

    @abstractmethod
    def _detach(self, port: PortT, code: int, reason: str) -> None:
        """Tell the actor that the line has ended."""


class UnreadReader(Generic[PortT, MessageT]):
    """The caller's end, as far as it reads and closes."""

    def __init__(self, sink: UnreadSink[PortT, MessageT]) -> None:
        self._sink = sink

    async def receive(self) -> MessageT:
        """Wait for one message; the first one of a connection is ``Init``.

        Raises:
            ChannelClosedError: The line has ended.
        """
        while not self._sink.messages:
            if self._sink.closed is not None:
                raise self._sink.closed
            self._sink.changed.clear()
            await self._sink.changed.wait()
        return self._sink.messages.popleft()

    async def aclose(self, code: int, reason: str) -> None:
        """Close from this side; harmless when the other side was faster."""
        self._sink.close(code, reason)

    @property
    def _port(self) -> PortT:
        port = self._sink.port
        if port is None:
            raise self._sink.closed or ChannelClosedError(
                FAILURE_CLOSE, "actor.stopped"
            )
        return port
