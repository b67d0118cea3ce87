"""The way out to one WebSocket: encoded once, bounded, closed in order."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from rivetgen_client.wire.close_reasons import INTERNAL_ERROR, format_close_reason
from rivetgen_client.wire.errors import INTERNAL_ERROR_MESSAGE, UnsupportedValueError
from rivetgen_client.wire.messages import ActionResponse, Error, Init

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp import web

    from rivetgen_client.wire.codec import Codec
    from rivetgen_client.wire.messages import ToClient
    from rivetgen_runtime.front.options import FrontOptions

__all__ = [
    "SLOW_CLIENT_CLOSE",
    "Close",
    "FrameEncoder",
    "FrameQueue",
    "RawSink",
    "SocketSink",
]

logger = logging.getLogger(__name__)


class Close(NamedTuple):
    """How a socket ends: a code of RFC 6455 and a reason."""

    code: int
    reason: str


SLOW_CLIENT_CLOSE: Final = Close(1013, "rivetgen.slow_client")
"""A client does not read what it is sent; it may connect again (1013, try later)."""

_OUTGOING_TOO_LONG: Final = Close(
    INTERNAL_ERROR, format_close_reason("message", "outgoing_too_long")
)
_UNSUPPORTED_VALUE: Final = Close(
    INTERNAL_ERROR, format_close_reason("actor", "internal_error")
)


class FrameEncoder:
    """Encodes messages; one that goes to many sockets in a row is encoded once."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._last: tuple[ToClient, str | bytes] | None = None

    def encode(self, message: ToClient) -> str | bytes:
        """The frame of a message."""
        if self._last is not None and self._last[0] is message:
            return self._last[1]
        frame = self._codec.encode_to_client(message)
        self._last = (message, frame)
        return frame


class FrameQueue:
    """Writes to one socket without ever blocking whoever fills the queue.

    What the client does not read in time waits here, up to the limits of the options;
    over them the socket is closed with ``SLOW_CLIENT_CLOSE``.

    Args:
        socket: Prepared; nobody else writes to it.
        options: Limits and times.
        abort: Cuts the transport under a client that does not take part in a close.

    Attributes:
        earliest_close_s: Time of the event loop before which the socket stays open.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        *,
        options: FrontOptions,
        abort: Callable[[], object],
    ) -> None:
        self.earliest_close_s = 0.0
        self._socket = socket
        self._abort = abort
        self._options = options
        self._frames: deque[str | bytes] = deque()
        self._queued_bytes = 0
        self._close: Close | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()

    @property
    def is_closing(self) -> bool:
        """Whether nothing more is accepted."""
        return self._close is not None

    @property
    def own_close(self) -> Close | None:
        """How this side closes the socket; None while it does not."""
        return self._close

    def put(self, frame: str | bytes) -> None:
        """Queue a frame; frames after a close are dropped."""
        if self._close is not None:
            return
        self._frames.append(frame)
        self._queued_bytes += len(frame)
        options = self._options
        if (
            len(self._frames) > options.queued_messages
            or self._queued_bytes > options.queued_bytes
        ):
            self._frames.clear()
            self.close(*SLOW_CLIENT_CLOSE)
        self._wake.set()

    def close(self, code: int, reason: str) -> None:
        """Close after everything that was sent before; later calls do nothing."""
        if self._close is None:
            self._close = Close(code, reason)
            patience_s = self._options.close_delay_s + self._options.close_timeout_s
            loop = asyncio.get_running_loop()
            self._deadline = loop.call_later(patience_s, self._abort)
            self._wake.set()

    async def run(self) -> None:
        """Write what is queued until the socket is closed; the socket's one writer."""
        try:
            await self._run()
        except ConnectionError:
            self._frames.clear()  # the client is gone, which the reader sees as well
        finally:
            if self._deadline is not None:
                self._deadline.cancel()

    async def _run(self) -> None:
        while not self._socket.closed:
            while self._frames:
                await self._write(self._frames.popleft())
            if self._close is not None:
                await self._finish(self._close)
                return
            self._wake.clear()
            await self._wake.wait()

    async def _write(self, frame: str | bytes) -> None:
        self._queued_bytes -= len(frame)
        if isinstance(frame, str):
            await self._socket.send_str(frame)
        else:
            await self._socket.send_bytes(frame)

    async def _finish(self, close: Close) -> None:
        delay_s = self.earliest_close_s - asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, delay_s))
        await self._socket.close(code=close.code, message=close.reason.encode())


class RawSink:
    """The way out to one raw socket: frames as the actor sends them."""

    def __init__(self, frames: FrameQueue) -> None:
        self._frames = frames

    def send(self, data: str | bytes) -> None:
        """Queue a message."""
        self._frames.put(data)

    def close(self, code: int, reason: str) -> None:
        """Close after everything that was sent before."""
        self._frames.close(code, reason)


class SocketSink:
    """The way out to one client of the protocol: encodes messages into frames.

    Args:
        frames: Of the socket.
        encoder: Of the client's encoding, shared by all its sockets.
        options: Limits and times.
    """

    def __init__(
        self, frames: FrameQueue, *, encoder: FrameEncoder, options: FrontOptions
    ) -> None:
        self._frames = frames
        self._encoder = encoder
        self._options = options

    @property
    def is_closing(self) -> bool:
        """Whether nothing more is accepted."""
        return self._frames.is_closing

    def send(self, message: ToClient) -> None:
        """Queue a message; messages after a close are dropped."""
        if self._frames.is_closing:
            return
        if isinstance(message, Init):
            now_s = asyncio.get_running_loop().time()
            self._frames.earliest_close_s = now_s + self._options.close_delay_s
        frame = self._encode(message)
        if frame is not None:
            self._frames.put(frame)

    def close(self, code: int, reason: str) -> None:
        """Close after everything that was sent before; later calls do nothing."""
        self._frames.close(code, reason)

    def _encode(self, message: ToClient) -> str | bytes | None:
        try:
            frame = self._encoder.encode(message)
        except UnsupportedValueError as error:
            logger.error("a message cannot be encoded: %s", error.reason)
            return self._instead_of(message, "core.internal_error", _UNSUPPORTED_VALUE)
        if len(frame) > self._options.limits.outgoing_message_bytes:
            name = "message.outgoing_too_long"
            return self._instead_of(message, name, _OUTGOING_TOO_LONG)
        return frame

    def _instead_of(
        self, message: ToClient, name: str, close: Close
    ) -> str | bytes | None:
        """What follows a message that cannot go: to a call an error, else the end."""
        if not isinstance(message, ActionResponse):
            self.close(*close)
            return None
        group, _, code = name.partition(".")
        limit = self._options.limits.outgoing_message_bytes
        text = f"Outgoing message too long. Limit is {limit} bytes."
        sentence = text if group == "message" else INTERNAL_ERROR_MESSAGE
        error = Error(group=group, code=code, message=sentence, action_id=message.id)
        return self._encoder.encode(error)
