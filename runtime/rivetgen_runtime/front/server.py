"""Listening for HTTP, with limits for clients that are slow, silent or too many."""

from __future__ import annotations

import asyncio
import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from rivetgen_client.wire import headers
from rivetgen_client.wire.errors import ErrorBody
from rivetgen_runtime.errors import RivetgenRuntimeError
from rivetgen_runtime.front.messages import gateway_error_response
from rivetgen_runtime.front.rays import ray_ids
from rivetgen_runtime.system import release_memory

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["DEFAULT_SERVER_OPTIONS", "HttpServer", "ListenError", "ServerOptions"]

_SWEEP_S: Final = 1.0
"""How often connections are looked at."""
_CROWD: Final = 1_000
"""So many ended connections are worth a look for garbage."""
_COLLECTION_S: Final = 5.0
"""How long to wait with that: what connections leave behind takes a moment to end."""
_NEVER: Final = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """What holds for every connection before it has sent a request."""

    head_timeout_s: float = 10.0
    """How long the head of a request may take to arrive, the first one included."""
    keepalive_timeout_s: float = 75.0
    """How long a connection may wait between requests: longer than proxies do."""
    unread_timeout_s: float = 60.0
    """How long a client may read nothing of what it is sent.

    The operating system takes megabytes ahead: a slow client that reads all the time is
    seen to read only once in a while.
    """
    unwanted_body_timeout_s: float = 1.0
    """How long a client may go on sending a body after the answer that refuses it, so
    that it can read that answer."""
    connections: int = 10_000
    """Open connections, sockets included; more are cut at once."""
    backlog: int = 1_024
    """Connections that wait in the operating system to be accepted."""


DEFAULT_SERVER_OPTIONS: Final = ServerOptions()


class ListenError(RivetgenRuntimeError):
    """The address cannot be listened on.

    Attributes:
        host: As it was asked for.
        port: As it was asked for.
    """

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"Cannot listen on {host}:{port}: {reason}.")
        self.host = host
        self.port = port


class HttpServer:
    """Serves one handler on one address.

    Args:
        handler: Answers requests; see ``Front.handle``.
        options: Limits and times.
    """

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        options: ServerOptions = DEFAULT_SERVER_OPTIONS,
    ) -> None:
        self._options = options
        self._handler = handler
        self._connections = _Connections(self._handle, options)
        self._listener: asyncio.Server | None = None
        self._sweeper: asyncio.TimerHandle | None = None
        self._collection_due_s = _NEVER

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen; 0 is a free port.

        Returns:
            The address that was bound.

        Raises:
            ListenError: The address is taken, or is none.
        """
        loop = asyncio.get_running_loop()
        backlog = self._options.backlog
        try:
            self._listener = await loop.create_server(
                self._connections, host, port, backlog=backlog
            )
        except OSError as error:
            raise ListenError(host, port, _reason(error)) from error
        self._sweep()
        bound: tuple[str, int] = self._listener.sockets[0].getsockname()[:2]
        return bound

    def stop_listening(self) -> None:
        """Accept no more connections; those that are open go on."""
        if self._listener is not None:
            self._listener.close()

    async def close(self, *, timeout_s: float) -> None:
        """Close every connection.

        Args:
            timeout_s: How long requests that are being answered may still take.
        """
        self.stop_listening()
        if self._sweeper is not None:
            self._sweeper.cancel()
        # Requests that have arrived begin before idle connections are closed.
        await asyncio.sleep(0)
        self._connections.pre_shutdown()
        # aiohttp waits twice: for the handler, and again for its task.
        await self._connections.shutdown(timeout_s / 2)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        connection = request.protocol
        if not isinstance(connection, _Connection):
            return await self._handler(request)
        connection.waiting_since_s = _NEVER
        try:
            return await self._handler(request)
        finally:
            connection.waiting_since_s = None

    def _sweep(self) -> None:
        """Cut connections that do not end a head, or do not read."""
        loop = asyncio.get_running_loop()
        for connection in self._connections.connections:
            if isinstance(connection, _Connection):
                connection.look(self._options)
        self._collect_what_crowds_leave(loop.time())
        self._sweeper = loop.call_later(_SWEEP_S, self._sweep)

    def _collect_what_crowds_leave(self, now_s: float) -> None:
        """Free the memory of many clients that left.

        aiohttp's objects of a connection refer to each other: each leaves twenty
        kilobytes to the garbage collector, which counts objects and not bytes.
        """
        if now_s >= self._collection_due_s:
            self._collection_due_s = _NEVER
            release_memory()
        elif self._connections.ended >= _CROWD:
            self._connections.ended = 0
            self._collection_due_s = now_s + _COLLECTION_S


def _reason(error: OSError) -> str:
    # asyncio puts a sentence of its own into ``strerror``; names that do not resolve
    # have negative numbers, which are not the operating system's.
    if error.errno is None or error.errno <= 0:
        return str(error)
    return os.strerror(error.errno).lower()


class _Connection(web.RequestHandler):
    """One connection that remembers how long it has owed the head of a request.

    aiohttp's own timer runs between requests only as long as no byte has come.

    Neither does it look at clients that do not read, and once it has closed a
    connection it no longer knows the transport, which waits for such a client for ever.

    Attributes:
        waiting_since_s: When the head began, or the connection; ``_NEVER`` while a
            request is answered; None between requests.
    """

    __slots__ = ("_carrier", "_unread_bytes", "_unread_since_s", "waiting_since_s")

    waiting_since_s: float | None
    _carrier: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        now_s = asyncio.get_running_loop().time()
        self.waiting_since_s = now_s
        self._unread_bytes = 0
        self._unread_since_s = now_s
        self._carrier = cast("asyncio.Transport", transport)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self.waiting_since_s is None:
            self.waiting_since_s = asyncio.get_running_loop().time()
        super().data_received(data)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is not HTTP in our own words, and without a line in the log."""
        if isinstance(exc, HttpProcessingError):
            return _not_http()
        return super().handle_error(request, status, exc, message)

    def look(self, options: ServerOptions) -> None:
        """Cut the connection if its client is too slow."""
        now_s = asyncio.get_running_loop().time()
        unread_bytes = self._carrier.get_write_buffer_size()
        if not unread_bytes or unread_bytes != self._unread_bytes:
            self._unread_bytes = unread_bytes
            self._unread_since_s = now_s
        head_since_s = _NEVER if self.waiting_since_s is None else self.waiting_since_s
        if (
            now_s - head_since_s > options.head_timeout_s
            or now_s - self._unread_since_s > options.unread_timeout_s
        ):
            self.force_close()
            self._carrier.abort()


def _not_http() -> web.Response:
    error = ErrorBody("guard", "invalid_request", "This is not a valid HTTP request.")
    answer = gateway_error_response(error, 400)
    answer.headers[headers.RAY_ID] = next(ray_ids())
    response = web.Response(status=answer.status, body=answer.body)
    response.headers.update(answer.headers)
    response.force_close()
    return response


class _Connections(web.Server):
    """Makes connections, and counts them.

    Attributes:
        ended: How many have ended since this was set to zero.
    """

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        options: ServerOptions,
    ) -> None:
        super().__init__(handler)
        self._limits = options
        self.ended = 0

    def __call__(self) -> web.RequestHandler:
        loop = asyncio.get_running_loop()
        return _Connection(
            self,
            loop=loop,
            keepalive_timeout=self._limits.keepalive_timeout_s,
            lingering_time=self._limits.unwanted_body_timeout_s,
            access_log=None,  # type: ignore[arg-type] # as aiohttp itself does for "none"
        )

    def connection_made(
        self, handler: web.RequestHandler, transport: asyncio.Transport
    ) -> None:
        super().connection_made(handler, transport)
        if len(self.connections) > self._limits.connections:
            transport.abort()

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        super().connection_lost(handler, exc)
        self.ended += 1
