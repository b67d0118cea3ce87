"""A connection inside one host: actors write into a sink, callers read a channel."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from rivetgen_client.transport import ChannelClosedError
from rivetgen_client.wire.codec import Encoding, codec_for
from rivetgen_runtime.core.admission import FAILURE_CLOSE

if TYPE_CHECKING:
    from rivetgen_client.wire.messages import ToClient, ToServer
    from rivetgen_runtime.core.ports import ConnectionPort

__all__ = ["UNREAD_MESSAGES", "InProcessChannel", "InProcessSink"]

UNREAD_MESSAGES: Final = 10_000
"""Messages that a caller may leave unread; with one more the channel ends."""

_CODEC: Final = codec_for(Encoding.BARE)


class InProcessSink:
    """The actor's end.

    Attributes:
        port: The way to the actor; None before it is open and after it has ended.
        messages: What the caller has not read yet.
        closed: How the channel ended; None while it is open.
        changed: Set when one of these changed.
    """

    def __init__(self) -> None:
        self.port: ConnectionPort | None = None
        self.messages: deque[ToClient] = deque()
        self.closed: ChannelClosedError | None = None
        self.changed = asyncio.Event()

    def send(self, message: ToClient) -> None:
        """Keep a message, as it is after the way; a caller that never reads is cut."""
        if self.closed is not None:
            return
        if len(self.messages) >= UNREAD_MESSAGES:
            self.messages.clear()
            self.close(FAILURE_CLOSE, "message.too_many_unread")
            return
        encoded = _CODEC.encode_to_client(message)
        self.messages.append(_CODEC.decode_to_client(encoded))
        self.changed.set()

    def close(self, code: int, reason: str) -> None:
        """End the channel after what was sent before."""
        if self.closed is not None:
            return
        self.closed = ChannelClosedError(code, reason)
        self.changed.set()
        port, self.port = self.port, None
        if port is not None:
            port.detach()


class InProcessChannel:
    """The caller's end; implements ``rivetgen_client.transport.Channel``."""

    def __init__(self, sink: InProcessSink) -> None:
        self._sink = sink

    async def send(self, message: ToServer, /) -> None:
        """Send one message.

        Raises:
            ChannelClosedError: The channel has ended.
        """
        port = self._sink.port
        if port is None:
            raise self._end()
        port.receive(_CODEC.decode_to_server(_CODEC.encode_to_server(message)))
        await port.accepting()

    async def receive(self) -> ToClient:
        """Wait for one message; the first one is ``Init``.

        Raises:
            ChannelClosedError: The channel has ended.
        """
        while not self._sink.messages:
            if self._sink.closed is not None:
                raise self._end()
            self._sink.changed.clear()
            await self._sink.changed.wait()
        return self._sink.messages.popleft()

    async def aclose(self, code: int, reason: str) -> None:
        """Close from this side; harmless when the other side was faster."""
        self._sink.close(code, reason)

    def _end(self) -> ChannelClosedError:
        closed = self._sink.closed
        return closed or ChannelClosedError(FAILURE_CLOSE, "actor.stopped")
