"""Raw requests and sockets inside one host: what callers read and actors write."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

from rivetgen_client.errors import MalformedResponseError
from rivetgen_client.transport import ChannelClosedError
from rivetgen_runtime.core.admission import FAILURE_CLOSE
from rivetgen_runtime.core.raw_ports import SocketClose

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rivetgen_runtime.core.http_messages import Headers
    from rivetgen_runtime.core.raw_ports import RawPort

__all__ = ["InProcessAnswer", "InProcessRawChannel", "InProcessRawSink"]

_UNREAD_MESSAGES: Final = 10_000
"""Messages that a caller may leave unread; with one more the socket ends."""


class InProcessAnswer:
    """A response on its way: the actor writes a piece when the last one was read.

    To the actor it is a ``ResponseSink``, to the caller a ``FetchAnswer``.

    Attributes:
        status: HTTP status; zero until there is a head.
        headers: Names and values.
    """

    def __init__(self) -> None:
        self.status = 0
        self.headers: tuple[tuple[str, str], ...] = ()
        self._work: asyncio.Task[None] | None = None
        self._failure: Exception | None = None
        self._chunk: bytes | None = None
        self._changed = asyncio.Event()
        self._was_read = asyncio.Event()

    def follow(self, work: asyncio.Task[None]) -> None:
        """This is what writes the response."""
        self._work = work
        work.add_done_callback(lambda _: self._changed.set())

    def expire(self, failure: Exception) -> None:
        """The caller's time is up."""
        self._failure = failure
        if self._work is not None:
            self._work.cancel()

    async def start(self, status: int, headers: Headers, body: bytes | None) -> None:
        """Take the head; see ``ResponseSink``."""
        self.status, self.headers = status, tuple(headers.pairs())
        self._changed.set()
        if body:
            await self.write(body)

    async def write(self, chunk: bytes) -> None:
        """Hand over a piece and wait until it was read; see ``ResponseSink``."""
        self._chunk = chunk
        self._was_read.clear()
        self._changed.set()
        await self._was_read.wait()

    async def head(self) -> None:
        """Wait for the head.

        Raises:
            Exception: Why there is none.
        """
        while not self.status and not self._is_over:
            await self._change()
        if not self.status:
            raise self._error or MalformedResponseError("there was no response")

    async def chunks(self) -> AsyncIterator[bytes]:
        """The pieces of the body; see ``FetchAnswer``."""
        while True:
            while self._chunk is None and not self._is_over:
                await self._change()
            if self._chunk is None:
                break
            chunk, self._chunk = self._chunk, None
            self._was_read.set()
            yield chunk
        if self._failure is not None:
            raise self._failure
        error = self._error
        if error is not None:
            reason = "the response broke off"
            raise MalformedResponseError(reason, status=self.status) from error

    async def aclose(self) -> None:
        """Read no more; see ``FetchAnswer``."""
        if self._work is not None and not self._work.done():
            self._work.cancel()
            await asyncio.wait([self._work])

    @property
    def _is_over(self) -> bool:
        return self._work is None or self._work.done()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    @property
    def _error(self) -> BaseException | None:
        """Why the response is not whole; None when it is."""
        if self._failure is not None:
            return self._failure
        if self._work is None or self._work.cancelled():
            return asyncio.CancelledError()
        return self._work.exception()


class InProcessRawSink:
    """The actor's end of a raw socket; implements ``RawSink``.

    Attributes:
        port: The way to the actor; None before it is open and after it has ended.
        messages: What the caller has not read yet.
        closed: How it ended; None while it is open.
        changed: Set when one of these changed.
    """

    def __init__(self) -> None:
        self.port: RawPort | None = None
        self.messages: deque[str | bytes] = deque()
        self.closed: ChannelClosedError | None = None
        self.changed = asyncio.Event()

    def send(self, data: str | bytes) -> None:
        """Keep a message; a caller that never reads is cut."""
        if self.closed is not None:
            return
        if len(self.messages) >= _UNREAD_MESSAGES:
            self.messages.clear()
            self.close(FAILURE_CLOSE, "message.too_many_unread")
            return
        self.messages.append(data)
        self.changed.set()

    def close(self, code: int, reason: str) -> None:
        """End the socket after what was sent before."""
        if self.closed is not None:
            return
        self.closed = ChannelClosedError(code, reason)
        self.changed.set()
        port, self.port = self.port, None
        if port is not None:
            port.detach(SocketClose(code, reason))


class InProcessRawChannel:
    """The caller's end; implements ``rivetgen_client.transport.RawChannel``."""

    def __init__(self, sink: InProcessRawSink) -> None:
        self._sink = sink

    async def send(self, data: str | bytes, /) -> None:
        """Send one message; waits while the actor has too much to read.

        Raises:
            ChannelClosedError: The socket has ended.
        """
        port = self._sink.port
        if port is None:
            raise self._end()
        port.receive(data)
        await port.wait_for_room()

    async def receive(self) -> str | bytes:
        """Wait for one message.

        Raises:
            ChannelClosedError: The socket has ended.
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
