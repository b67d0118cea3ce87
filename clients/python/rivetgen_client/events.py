"""Typed events of a connection: iterate over them, or be called back.

Events arrive in the order in which the actor emitted them. Between two channels of one
connection events are not delivered; ``Connection.on_close`` tells when that was.
"""

from __future__ import annotations

import asyncio
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from .errors import EventOverflowError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from ._link import Link
    from .definitions import EventDefinition
    from .errors import RivetgenError
    from .wire.values import Value

T = TypeVar("T")

UNREAD_EVENTS: Final = 1000
"""How many events an iterator holds that nobody has read yet."""


class EventStream(Generic[T]):
    """The events of one name on one connection."""

    def __init__(self, link: Link, definition: EventDefinition[T]) -> None:
        self._link = link
        self._definition = definition

    def __aiter__(self) -> EventIterator[T]:
        return self.listen()

    def listen(self, *, limit: int = UNREAD_EVENTS) -> EventIterator[T]:
        """Subscribe now and iterate over everything that arrives from now on.

        Args:
            limit: How many unread events the iterator holds. One more ends it with
                ``EventOverflowError`` after those: events are never dropped silently.
        """
        buffer = _Buffer(self._definition.name, limit)
        return EventIterator(self._link, self._definition, buffer)

    def subscribe(self, callback: Callable[[T], object]) -> Callable[[], None]:
        """Call back with every payload, in order; return how to stop that.

        The event loop reports what the callback raises and goes on.
        """
        sink = _Callback(self._definition, callback)
        return self._link.listen(self._definition.name, sink)

    def once(self, callback: Callable[[T], object]) -> Callable[[], None]:
        """Call back with the next payload only; return how to stop waiting for it."""
        sink = _Once(self._definition, callback)
        sink.stop = self._link.listen(self._definition.name, sink)
        return sink.stop


@dataclass(frozen=True, slots=True)
class _End:
    """Behind the last event; an error, or None after ``aclose``."""

    error: RivetgenError | None


class _Buffer:
    """Unread events of one iterator."""

    def __init__(self, name: str, limit: int) -> None:
        self._name = name
        self._limit = limit
        self._items: asyncio.Queue[list[Value] | _End] = asyncio.Queue()
        self._ended = False

    def push(self, args: list[Value], /) -> None:
        if self._items.qsize() < self._limit and not self._ended:
            self._items.put_nowait(args)
        else:
            self.end(EventOverflowError(self._name, self._limit))

    def end(self, error: RivetgenError | None, /) -> None:
        if not self._ended:
            self._ended = True
            self._items.put_nowait(_End(error))

    async def pop(self) -> list[Value]:
        """Wait for the next event.

        Raises:
            StopAsyncIteration: There are no more.
            RivetgenError: There are no more, because of it.
        """
        item = await self._items.get()
        if not isinstance(item, _End):
            return item
        self._items.put_nowait(item)  # for the next call
        if item.error is None:
            raise StopAsyncIteration
        raise item.error


class EventIterator(Generic[T]):
    """Payloads of one event, from the moment it was made.

    It unsubscribes when it is closed or no longer referenced, as after ``break``.
    """

    def __init__(
        self, link: Link, definition: EventDefinition[T], buffer: _Buffer
    ) -> None:
        self._definition = definition
        self._buffer = buffer
        stop = link.listen(definition.name, buffer)
        loop = asyncio.get_running_loop()
        self._stop = weakref.finalize(self, _stop_on_loop, loop, stop)
        self._stop.atexit = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        return self._definition.load(await self._buffer.pop())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Unsubscribe; what was received can still be read."""
        self._stop()
        self._buffer.end(None)


def _stop_on_loop(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    # The garbage collector may run in any thread, and after the loop.
    if not loop.is_closed():
        loop.call_soon_threadsafe(stop)


class _Callback(Generic[T]):
    """Calls back from the event loop, which reports exceptions."""

    def __init__(
        self, definition: EventDefinition[T], callback: Callable[[T], object]
    ) -> None:
        self._definition = definition
        self._callback = callback

    def push(self, args: list[Value], /) -> None:
        asyncio.get_running_loop().call_soon(self._deliver, args)

    def _deliver(self, args: list[Value]) -> None:
        self._callback(self._definition.load(args))

    def end(self, _: RivetgenError | None, /) -> None:
        """Nothing more to call back."""


class _Once(_Callback[T]):
    """Calls back with the first event and unsubscribes."""

    stop: Callable[[], None]

    def push(self, args: list[Value], /) -> None:
        self.stop()
        super().push(args)


class Events:
    """Base of the generated events of an actor: one property per event."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def _stream(self, definition: EventDefinition[T]) -> EventStream[T]:
        return EventStream(self._link, definition)
