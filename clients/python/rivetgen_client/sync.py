"""The synchronous twin: the same objects, run on an event loop in the background.

There is no second implementation of anything. Each synchronous client owns one thread
with one event loop; synchronous objects wrap asynchronous ones and wait for them. They
may be used from every thread but that one. Code that runs on an event loop itself uses
the asynchronous client: waiting here would block the loop.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from .client import Client
from .connection import Connection, ConnectionStatus
from .errors import ConfigurationError, ConnectionClosedError
from .events import UNREAD_EVENTS, EventIterator, Events, EventStream
from .handle import ActorAccess, Handle
from .sync_raw import SyncFetchResponse, SyncRawSocket
from .wire.close_reasons import DISPOSED, NORMAL

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from types import TracebackType
    from typing import Any, Self

    from ._parameters import GetParams, ParamsT, SyncGetParams
    from .errors import RivetgenError
    from .fetching import FetchResponse
    from .raw_socket import RawSocket

__all__ = [
    "Portal",
    "SyncActorAccess",
    "SyncClient",
    "SyncConnection",
    "SyncEventIterator",
    "SyncEventStream",
    "SyncEvents",
    "SyncHandle",
    "Twin",
]

T = TypeVar("T")
InnerT = TypeVar("InnerT")
ClientT = TypeVar("ClientT", bound=Client)
AccessT = TypeVar("AccessT", bound=ActorAccess)
HandleT = TypeVar("HandleT", bound=Handle)
ConnectionT = TypeVar("ConnectionT", bound=Connection)
EventsT = TypeVar("EventsT", bound=Events)


class Portal:
    """An event loop in a thread, started by its first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @property
    def is_closed(self) -> bool:
        """Whether nothing can run any more."""
        return self._closed

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the loop and wait for its result.

        Raises:
            ConnectionClosedError: The portal is closed, or was while waiting.
        """
        future = self._submit(coroutine)
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            raise ConnectionClosedError(NORMAL, DISPOSED) from None
        finally:
            future.cancel()  # matters when the wait itself was interrupted

    def call(self, function: Callable[[], T]) -> T:
        """Call a function on the loop and wait for its result."""

        async def run() -> T:
            return function()

        return self.run(run())

    def close(self) -> None:
        """Cancel what runs, stop the loop and wait for the thread to end."""
        with self._lock:
            self._closed = True
            loop, thread = self._loop, self._thread
        if loop is None or thread is None or not thread.is_alive():
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join()

    def _submit(
        self, coroutine: Coroutine[Any, Any, T]
    ) -> concurrent.futures.Future[T]:
        with self._lock:
            if self._closed:
                coroutine.close()
                raise ConnectionClosedError(NORMAL, DISPOSED)
            if threading.current_thread() is self._thread:
                coroutine.close()
                message = "a callback of a synchronous client cannot wait for it"
                raise ConfigurationError(message)
            return asyncio.run_coroutine_threadsafe(coroutine, self._started_loop())

    def _started_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            started: concurrent.futures.Future[asyncio.AbstractEventLoop]
            started = concurrent.futures.Future()
            self._thread = threading.Thread(
                target=_run_loop, args=(started,), name="rivetgen client", daemon=True
            )
            self._thread.start()
            self._loop = started.result()
        return self._loop


def _run_loop(
    started: concurrent.futures.Future[asyncio.AbstractEventLoop],
) -> None:
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        started.set_result(loop)
        loop.run_forever()


class Twin(Generic[InnerT]):
    """An asynchronous object and the loop it lives on."""

    def __init__(self, portal: Portal, inner: InnerT) -> None:
        self._portal = portal
        self._inner = inner

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._portal.run(coroutine)


class SyncHandle(Twin[HandleT]):
    """Base of the generated synchronous handles; see ``Handle``."""

    def resolve(self) -> str:
        """Return the id of the actor; see ``Handle.resolve``."""
        return self._run(self._inner.resolve())

    def with_options(self, *, timeout_s: float) -> Self:
        """Return the same handle with another timeout; see ``Handle.with_options``."""
        inner = self._inner.with_options(timeout_s=timeout_s)
        return type(self)(self._portal, inner)

    def _fetched(self, call: Coroutine[Any, Any, FetchResponse]) -> SyncFetchResponse:
        return SyncFetchResponse(self._portal, self._run(call))

    def _raw_socket(self, socket: RawSocket) -> SyncRawSocket:
        return SyncRawSocket(self._portal, socket)

    def _with_params(
        self,
        with_params: Callable[[GetParams[ParamsT]], HandleT],
        get_params: SyncGetParams[ParamsT],
    ) -> Self:
        async def ask() -> ParamsT:
            # It may block, even by calling this client.
            return await asyncio.to_thread(get_params)

        return type(self)(self._portal, with_params(ask))


class SyncActorAccess(Twin[AccessT]):
    """Base of the generated synchronous accessors; see ``ActorAccess``."""


class SyncConnection(Twin[ConnectionT]):
    """Base of the generated synchronous connections; see ``Connection``.

    Callbacks run on the client's own thread and must not wait for the client.
    """

    def __enter__(self) -> Self:
        self._run(self._inner.__aenter__())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def open(self) -> None:
        """Wait until the connection is established; see ``Connection.open``."""
        self._run(self._inner.open())

    def close(self) -> None:
        """Close the connection, saying goodbye to the server."""
        self._run(self._inner.aclose())

    @property
    def status(self) -> ConnectionStatus:
        """Where the connection is in its life."""
        return self._inner.status

    @property
    def actor_id(self) -> str | None:
        """Id of the actor that answered last; None before that."""
        return self._inner.actor_id

    @property
    def connection_id(self) -> str | None:
        """The server's id of the current or last socket; None before the first."""
        return self._inner.connection_id

    def with_options(self, *, timeout_s: float) -> Self:
        """Return the same connection with another timeout; closing one closes both."""
        inner = self._inner.with_options(timeout_s=timeout_s)
        return type(self)(self._portal, inner)

    def on_status_change(
        self, callback: Callable[[ConnectionStatus], object]
    ) -> Callable[[], None]:
        """Call back at every change of the status; return how to stop that."""
        return _stoppable(self._portal, lambda: self._inner.on_status_change(callback))

    def on_open(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call back whenever it is established; see ``Connection.on_open``."""
        return _stoppable(self._portal, lambda: self._inner.on_open(callback))

    def on_close(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call back whenever it ends; see ``Connection.on_close``."""
        return _stoppable(self._portal, lambda: self._inner.on_close(callback))

    def on_error(
        self, callback: Callable[[RivetgenError], object]
    ) -> Callable[[], None]:
        """Call back at every error of the connection; return how to stop that."""
        return _stoppable(self._portal, lambda: self._inner.on_error(callback))


def _stoppable(
    portal: Portal, start: Callable[[], Callable[[], None]]
) -> Callable[[], None]:
    stop = portal.call(start)
    return lambda: portal.call(stop)


class SyncEvents(Twin[EventsT]):
    """Base of the generated synchronous events; see ``Events``."""

    def _stream(self, stream: EventStream[T]) -> SyncEventStream[T]:
        return SyncEventStream(self._portal, stream)


class SyncEventStream(Twin[EventStream[T]]):
    """The events of one name on one connection; see ``EventStream``."""

    def __iter__(self) -> SyncEventIterator[T]:
        return self.listen()

    def listen(self, *, limit: int = UNREAD_EVENTS) -> SyncEventIterator[T]:
        """Subscribe now and iterate; see ``EventStream.listen``."""
        iterator = self._portal.call(lambda: self._inner.listen(limit=limit))
        return SyncEventIterator(self._portal, iterator)

    def subscribe(self, callback: Callable[[T], object]) -> Callable[[], None]:
        """Call back on the client's own thread; see ``EventStream.subscribe``."""
        return _stoppable(self._portal, lambda: self._inner.subscribe(callback))

    def once(self, callback: Callable[[T], object]) -> Callable[[], None]:
        """Call back with the next payload only; see ``EventStream.once``."""
        return _stoppable(self._portal, lambda: self._inner.once(callback))


class SyncEventIterator(Twin[EventIterator[T]]):
    """Payloads of one event; see ``EventIterator``."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        try:
            return self._run(self._inner.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def next(self, timeout_s: float) -> T:
        """Wait for the next payload, but not for ever.

        Raises:
            TimeoutError: There is none, in time; nothing is lost.
            StopAsyncIteration: There are no more.
        """
        return self._run(asyncio.wait_for(self._inner.__anext__(), timeout_s))

    def close(self) -> None:
        """Unsubscribe; what was received can still be read."""
        self._portal.call(self._inner.close)


class SyncClient(Generic[ClientT]):
    """Base of the generated synchronous clients; see ``Client``."""

    def __init__(self, inner: ClientT) -> None:
        self._inner = inner
        self._portal = Portal()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection and the thread; calls in flight fail."""
        if not self._portal.is_closed:
            self._portal.run(self._inner.aclose())
            self._portal.close()
