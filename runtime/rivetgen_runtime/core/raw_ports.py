"""What raw requests and sockets are given by a front, and what they give to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from rivetgen_runtime.core.http_messages import Headers

__all__ = ["RawPort", "RawSink", "ResponseSink", "SocketClose"]


class SocketClose(NamedTuple):
    """How a raw socket ended.

    Attributes:
        code: WebSocket close code; 1006 when the client vanished without one.
        reason: Text of the close frame.
        was_clean: Whether there was a close frame, of either side.
    """

    code: int
    reason: str = ""
    was_clean: bool = True


class ResponseSink(Protocol):
    """The way out for one response.

    Both methods wait while the client is slow, and raise ``ConnectionError`` when it is
    gone.
    """

    async def start(self, status: int, headers: Headers, body: bytes | None) -> None:
        """Send the head, and the body if there is one; None: pieces of it follow."""
        ...

    async def write(self, chunk: bytes) -> None:
        """Send a piece of the body."""
        ...


class RawSink(Protocol):
    """The way out to one raw socket, given by the front."""

    def send(self, data: str | bytes, /) -> None:
        """Queue a message; never blocks: the front bounds it and cuts slow clients."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close the socket after everything sent before; later calls do nothing."""
        ...


class RawPort(Protocol):
    """The way in from one raw socket, given to the front."""

    @property
    def connection_id(self) -> str:
        """UUID text."""
        ...

    @property
    def is_full(self) -> bool:
        """Whether the actor has so much to read that its client should wait."""
        ...

    async def wait_for_room(self) -> None:
        """Wait until it is not full, or the socket has ended."""
        ...

    def receive(self, data: str | bytes, /) -> None:
        """Take one message."""
        ...

    def detach(self, close: SocketClose) -> None:
        """The socket is gone; harmless when called again."""
        ...
