"""Raw requests and sockets inside one host: what callers read and actors write."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rivetgen_client.errors import MalformedResponseError
from rivetgen_runtime.core.raw_ports import RawPort, SocketClose
from rivetgen_runtime.core.unread import UnreadReader, UnreadSink

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from rivetgen_runtime.core.http_messages import Headers

__all__ = ["InProcessAnswer", "InProcessRawChannel", "InProcessRawSink"]


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


class InProcessRawSink(UnreadSink[RawPort, str | bytes]):
    """The actor's end of a raw socket; implements ``RawSink``."""

    def _carried(self, message: str | bytes) -> str | bytes:
        return message

    def _detach(self, port: RawPort, code: int, reason: str) -> None:
        port.detach(SocketClose(code, reason))


class InProcessRawChannel(UnreadReader[RawPort, str | bytes]):
    """The caller's end; implements ``rivetgen_client.transport.RawChannel``."""

    async def send(self, data: str | bytes, /) -> None:
        """Send one message; waits while the actor has too much to read.

        Raises:
            ChannelClosedError: The socket has ended.
        """
        port = self._port
        port.receive(data)
        await port.wait_for_room()
