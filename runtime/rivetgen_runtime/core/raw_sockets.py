"""Raw WebSockets: opening them, serving them, and ending them in good order."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rivetgen_client.wire.close_reasons import format_close_reason
from rivetgen_client.wire.messages import Init
from rivetgen_runtime.core.admission import FAILURE_CLOSE, admit, release
from rivetgen_runtime.core.callers import working
from rivetgen_runtime.core.failures import as_request_error
from rivetgen_runtime.core.held_connections import holding
from rivetgen_runtime.core.queues.receiving import finishing_messages
from rivetgen_runtime.core.raw_ports import SocketClose
from rivetgen_runtime.core.web_socket import WebSocket
from rivetgen_runtime.errors import ActorOverloadedError, NotAcceptedError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator
    from typing import Any

    from rivetgen_client.wire.messages import ToClient
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.activity import ActivityMonitor
    from rivetgen_runtime.core.connections import AnyConnection
    from rivetgen_runtime.core.ports import ConnectionSink
    from rivetgen_runtime.core.raw_ports import RawSink
    from rivetgen_runtime.core.raw_requests import RawCall

__all__ = [
    "RawLink",
    "RawSocketPort",
    "RawSockets",
    "admit_raw_socket",
    "open_raw_socket",
    "serve_raw_socket",
]


class RawSockets:
    """The raw sockets of one activation, and the hooks that serve them.

    A hook that waits for the next message of its socket is not busy: it keeps nothing
    from stopping.

    Args:
        activity: Counts what keeps the actor awake.
    """

    __slots__ = ("_activity", "_busy", "_hooks", "_idle", "_open")

    def __init__(self, activity: ActivityMonitor) -> None:
        self._activity = activity
        self._open: dict[WebSocket, asyncio.Task[None]] = {}
        self._hooks: set[asyncio.Task[None]] = set()
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def is_busy(self) -> bool:
        """Whether a hook does anything but wait for a message."""
        return bool(self._busy)

    async def idle(self) -> None:
        """Wait until no hook is busy."""
        await self._idle.wait()

    def serve(self, socket: WebSocket, hook: Coroutine[Any, Any, None]) -> None:
        """Run the hook of an open socket."""
        self._enter()
        task = asyncio.create_task(hook)
        self._open[socket] = task
        self._hooks.add(task)
        task.add_done_callback(self._hooks.discard)
        task.add_done_callback(lambda _: self._leave())

    @contextmanager
    def waiting(self) -> Generator[None]:
        """What runs inside is the wait of a hook for a message."""
        if asyncio.current_task() not in self._hooks:
            yield
            return
        self._leave()
        try:
            yield
        finally:
            self._enter()

    def forget(self, socket: WebSocket) -> None:
        """A socket is gone."""
        self._open.pop(socket, None)

    def end_all(self, close: SocketClose) -> None:
        """Let every socket end for its handlers; their clients are not told yet."""
        for socket in tuple(self._open):
            socket.end(close)

    def suspend_all(self) -> None:
        """Take the sockets that outlive a sleep away from their hooks and handlers."""
        for socket, hook in tuple(self._open.items()):
            if socket.outlives_sleep:
                del self._open[socket]
                socket.suspend()
                hook.cancel()

    async def hooks_ended(self) -> None:
        """Wait until no hook runs; those of open sockets may never end."""
        while self._hooks:
            await asyncio.wait(self._hooks)

    def cancel(self) -> None:
        """Cancel every hook."""
        for task in self._hooks:
            task.cancel()

    def _enter(self) -> None:
        self._busy += 1
        self._idle.clear()
        self._activity.enter()

    def _leave(self) -> None:
        self._busy -= 1
        self._activity.leave()
        if not self._busy:
            self._idle.set()


class RawLink:
    """A raw socket as the sink of its connection, which events do not reach.

    Attributes:
        socket: Told when the actor closes its connection.
    """

    __slots__ = ("_sink", "socket")

    def __init__(self, sink: RawSink) -> None:
        self._sink = sink
        self.socket: WebSocket | None = None

    def send(self, message: ToClient) -> None:
        """Drop a message of the protocol: the client of a raw socket reads none."""

    def close(self, code: int, reason: str) -> None:
        """Close the socket."""
        if self.socket is not None:
            self.socket.end(SocketClose(code, reason))
        self._sink.close(code, reason)


class RawSocketPort:
    """The way in from one raw socket; implements ``RawPort``."""

    __slots__ = ("_activation", "_connection", "_socket")

    def __init__(
        self, activation: Activation, connection: AnyConnection, socket: WebSocket
    ) -> None:
        self._activation = activation
        self._connection = connection
        self._socket = socket

    @property
    def connection_id(self) -> str:
        """UUID text."""
        return self._connection.id

    @property
    def is_full(self) -> bool:
        """Whether the actor has so much to read that its client should wait."""
        return self._socket.is_full

    async def wait_for_room(self) -> None:
        """Wait until it is not full, or the socket has ended."""
        await self._socket.wait_for_room()

    def receive(self, data: str | bytes) -> None:
        """Take one message."""
        self._socket.feed(data)

    def detach(self, close: SocketClose) -> None:
        """The socket is gone; harmless when called again."""
        self._socket.end(close)
        self._activation.raw_sockets.forget(self._socket)
        self._connection.detach()
        release(self._activation, self._connection)


async def open_raw_socket(
    activation: Activation, call: RawCall, sink: RawSink
) -> RawSocketPort:
    """Admit a connection and let ``on_web_socket`` serve it.

    Raises:
        NotAcceptedError: The activation stopped first.
        RequestError: The actor refused.
    """
    link = RawLink(sink)
    connection = await admit_raw_socket(activation, call, link)
    link.socket = WebSocket(activation, connection, sink)
    return serve_raw_socket(activation, connection, call, socket=link.socket)


async def admit_raw_socket(
    activation: Activation,
    call: RawCall,
    link: ConnectionSink,
    *,
    is_hibernatable: bool = False,
) -> AnyConnection:
    """Make the connection of a raw socket, if the hooks of the actor let it in.

    Raises:
        NotAcceptedError: The activation stopped first.
        RequestError: The actor refused.
    """
    activation.activity.enter()
    try:
        limit = activation.services.options.connections_per_actor
        if len(activation.connections) >= limit:
            raise ActorOverloadedError("connections", limit)
        connection = await admit(
            activation,
            call.params,
            link,
            is_hibernatable=is_hibernatable,
            request=call.request,
        )
        activation.records.suspect(connection)
    except NotAcceptedError:
        raise
    except Exception as error:
        raise as_request_error(
            error, record=activation.record, ray_id=call.ray_id
        ) from error
    finally:
        activation.activity.leave()
        activation.turns.end_quietly()
    # Nobody reads ``Init``; after it, messages to the connection are not kept any more.
    connection.deliver(Init(activation.record.actor_id, connection.id))
    return connection


def serve_raw_socket(
    activation: Activation,
    connection: AnyConnection,
    call: RawCall,
    *,
    socket: WebSocket,
) -> RawSocketPort:
    """Call ``on_web_socket`` for a connection that is there already."""
    if not activation.hooks.on_web_socket:
        activation.log.warning("a raw socket was opened, but nobody serves it")
    hook = _serve(activation, connection, call, socket=socket)
    activation.raw_sockets.serve(socket, hook)
    return RawSocketPort(activation, connection, socket)


async def _serve(
    activation: Activation,
    connection: AnyConnection,
    call: RawCall,
    *,
    socket: WebSocket,
) -> None:
    with holding():
        await _run_hook(activation, connection, call, socket=socket)


async def _run_hook(
    activation: Activation,
    connection: AnyConnection,
    call: RawCall,
    *,
    socket: WebSocket,
) -> None:
    context = activation.context(connection, request=call.request)
    try:
        with working(activation.record), finishing_messages(context):
            await activation.actor.on_web_socket(context, socket)
    except Exception as error:  # noqa: BLE001 - user code may raise anything
        refusal = as_request_error(error, record=activation.record, ray_id=call.ray_id)
        reason = format_close_reason(refusal.body.group, refusal.body.code)
        socket.fail(SocketClose(FAILURE_CLOSE, reason))
    except BaseException:
        # Cut off by the end of the actor, or by awaiting something that was cancelled.
        socket.fail(SocketClose(FAILURE_CLOSE, "actor.aborted"))
        raise
    finally:
        socket.hook_ended()
        activation.turns.end_quietly()
