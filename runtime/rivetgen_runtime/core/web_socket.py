"""Raw WebSockets as a handler sees them."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from inspect import isawaitable
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from rivetgen_client.wire.limits import MAX_CLOSE_REASON_BYTES
from rivetgen_runtime.core.admission import NORMAL_CLOSE, disconnect
from rivetgen_runtime.core.callers import working
from rivetgen_runtime.core.gate import Frame
from rivetgen_runtime.core.raw_ports import SocketClose

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.connections import AnyConnection
    from rivetgen_runtime.core.raw_ports import RawSink

__all__ = ["Message", "WebSocket"]

_CLOSE_CODES: Final = frozenset({1000, 1001, 1003, *range(1007, 1015)})
"""What an application may send (RFC 6455, section 7.4.1), besides 3000 to 4999."""
_OWN_CODES: Final = range(3000, 5000)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a client.

    Attributes:
        data: Text or bytes, as it was sent.
        index: How many messages the socket has had, this one included.
    """

    data: str | bytes
    index: int


MessageHandler: TypeAlias = "Callable[[Message], Awaitable[None] | None]"
CloseHandler: TypeAlias = "Callable[[SocketClose], Awaitable[None] | None]"
EventT = TypeVar("EventT")
MessageHandlerT = TypeVar("MessageHandlerT", bound=MessageHandler)
CloseHandlerT = TypeVar("CloseHandlerT", bound=CloseHandler)


class WebSocket:
    """One raw socket, open when ``on_web_socket`` gets it.

    Read it with ``async for``, or register handlers with ``on_message`` and
    ``on_close``; messages that came before the first handler go to it. A handler that
    runs keeps the actor awake, and a graceful stop waits for it.

    Args:
        activation: The actor.
        connection: What ``c.conn`` is.
        sink: The way out.
        messages_before: How many messages the socket has had already.
        outlives_sleep: Whether it stays open while the actor sleeps.

    Attributes:
        closed: How it ended; None while it is open.
        unhandled: What nobody had read when the actor went to sleep.
    """

    __slots__ = (
        "_activation",
        "_changed",
        "_close_handlers",
        "_connection",
        "_has_room",
        "_index",
        "_message_handlers",
        "_readers",
        "_running",
        "_sink",
        "_unread",
        "_unread_bytes",
        "closed",
        "outlives_sleep",
        "unhandled",
    )

    def __init__(
        self,
        activation: Activation,
        connection: AnyConnection,
        sink: RawSink,
        *,
        messages_before: int = 0,
        outlives_sleep: bool = False,
    ) -> None:
        self.closed: SocketClose | None = None
        self.outlives_sleep = outlives_sleep
        self.unhandled: list[Message] = []
        self._activation = activation
        self._connection = connection
        self._sink = sink
        self._index = messages_before
        self._unread: deque[Message] = deque()
        self._unread_bytes = 0
        self._readers = 1  # the hook; it may read, or register a handler
        self._changed = asyncio.Event()
        self._has_room = asyncio.Event()
        self._running = 0
        self._message_handlers: list[MessageHandler] = []
        self._close_handlers: list[CloseHandler] = []

    # For user code

    def send(self, data: str | bytes | bytearray | memoryview) -> None:
        """Send text or bytes; nothing happens when the socket is closed.

        It leaves in order, when what the actor changed before is durable. A client that
        does not read what it is sent is cut.

        Raises:
            TypeError: It is neither.
        """
        frame = Frame(self._sink, _sendable(data))
        if self.closed is None:
            durable = self._activation.definition.is_durable
            self._activation.turns.emit(frame, waits=durable)

    def close(self, code: int = NORMAL_CLOSE, reason: str = "") -> None:
        """Close the socket after what was sent; unread messages are dropped.

        Args:
            code: 3000 to 4999, or one that RFC 6455 lets applications send.
            reason: At most 123 bytes of UTF-8.

        Raises:
            ValueError: The code or the reason cannot be sent.
        """
        if code not in _CLOSE_CODES and code not in _OWN_CODES:
            message = f"{code} is no close code that an application may send"
            raise ValueError(message)
        if len(reason.encode()) > MAX_CLOSE_REASON_BYTES:
            message = f"a close reason has at most {MAX_CLOSE_REASON_BYTES} bytes"
            raise ValueError(message)
        if self.closed is None:
            self._drop_unread()
            self.end(SocketClose(code, reason))
            disconnect(self._activation, self._connection, reason, code=code)

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        async for message in self.messages():
            yield message.data

    async def messages(self) -> AsyncIterator[Message]:
        """Every message with its index, until the socket ends."""
        self._readers += 1
        try:
            message = await self._next()
            while message is not None:
                yield message
                message = await self._next()
        finally:
            self._stop_reading()

    def on_message(self, handler: MessageHandlerT) -> MessageHandlerT:
        """Call a function, or start a coroutine, for each message.

        Coroutines begin in the order of the messages and run side by side. Their errors
        are logged. It may be used as a decorator.
        """
        self._message_handlers.append(handler)
        while self._unread:
            self._dispatch(self._take())
        return handler

    def on_close(self, handler: CloseHandlerT) -> CloseHandlerT:
        """Call a function, or start a coroutine, when the socket has ended."""
        self._close_handlers.append(handler)
        if self.closed is not None:
            self._start(handler, self.closed)
        return handler

    # For the runtime

    async def wait_for_room(self) -> None:
        """Wait until it is not full, or the socket has ended."""
        while self.closed is None and self.is_full:
            self._has_room.clear()
            await self._has_room.wait()

    def feed(self, data: str | bytes) -> None:
        """Take a message of the client."""
        if self.closed is not None or not self._activation.accepts_calls:
            return
        self._index += 1
        message = Message(data, self._index)
        if self._message_handlers:
            self._dispatch(message)
        elif self._readers:
            self._unread.append(message)
            self._unread_bytes += len(data)
            self._changed.set()

    def end(self, close: SocketClose) -> None:
        """The socket has ended: nothing more comes in, nothing more goes out."""
        if self.closed is None:
            self.closed = close
            self._changed.set()
            self._has_room.set()
            for handler in self._close_handlers:
                self._start(handler, close)

    def suspend(self) -> None:
        """The actor goes to sleep and the socket stays open: handlers are done with it.

        Handlers of its end do not run: it has not ended.
        """
        if self.closed is None:
            self.unhandled = [*self._unread]
            self.closed = SocketClose(NORMAL_CLOSE, "actor.stopped")
            self._has_room.set()

    def skip(self) -> None:
        """Count a message that the actor does not see."""
        self._index += 1

    @property
    def messages_taken(self) -> int:
        """How many messages the socket has had, without those that nobody has read."""
        return self._index - len(self.unhandled)

    def fail(self, close: SocketClose) -> None:
        """Close the socket because its handler failed."""
        if self.closed is None:
            self._drop_unread()
            self.end(close)
            disconnect(
                self._activation, self._connection, close.reason, code=close.code
            )

    def hook_ended(self) -> None:
        """The hook has ended: what nobody else reads is dropped from now on."""
        self._stop_reading()

    @property
    def is_full(self) -> bool:
        """Whether there is so much to read that the client should wait."""
        options = self._activation.services.options
        return (
            self._running >= options.running_actions_per_connection
            or len(self._unread) >= options.unread_messages_per_socket
            or self._unread_bytes >= options.unread_bytes_per_socket
        )

    async def _next(self) -> Message | None:
        # What the handling of the message before has changed is saved.
        self._activation.turns.end_quietly()
        with self._activation.raw_sockets.waiting():
            while not self._unread and self.closed is None:
                self._changed.clear()
                await self._changed.wait()
        return self._take() if self._unread else None

    def _take(self) -> Message:
        message = self._unread.popleft()
        self._unread_bytes -= len(message.data)
        self._has_room.set()
        return message

    def _stop_reading(self) -> None:
        self._readers -= 1
        if not self._readers:
            self._drop_unread()

    def _drop_unread(self) -> None:
        self._unread.clear()
        self._unread_bytes = 0
        self._has_room.set()

    def _dispatch(self, message: Message) -> None:
        for handler in self._message_handlers:
            self._start(handler, message)

    def _start(
        self, handler: Callable[[EventT], Awaitable[None] | None], event: EventT
    ) -> None:
        self._running += 1
        self._activation.activity.enter()
        self._activation.background.spawn(self._run(handler, event))

    async def _run(
        self, handler: Callable[[EventT], Awaitable[None] | None], event: EventT
    ) -> None:
        try:
            with working(self._activation.record):
                result = handler(event)
                if isawaitable(result):
                    await result
        except Exception as error:
            log = self._activation.log
            log.error("a handler of a raw socket failed", exc_info=error)
        finally:
            self._running -= 1
            self._has_room.set()
            self._activation.activity.leave()
            self._activation.turns.end_quietly()


def _sendable(data: str | bytes | bytearray | memoryview) -> str | bytes:
    if isinstance(data, str | bytes):
        return data
    # The caller may go on using its buffer. What is no buffer at all would fail far
    # from here, where nobody could be told.
    return memoryview(data).tobytes()
