"""Raw sockets that stay open while their actor sleeps (``canHibernateWebSocket``)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from rivetgen_runtime.core.raw_ports import SocketClose
from rivetgen_runtime.core.raw_sockets import admit_raw_socket, serve_raw_socket
from rivetgen_runtime.core.wakeful_sockets import WakefulSocket
from rivetgen_runtime.core.web_socket import WebSocket

if TYPE_CHECKING:
    from rivetgen_client.wire.messages import ToClient
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.raw_ports import RawSink
    from rivetgen_runtime.core.raw_requests import RawCall
    from rivetgen_runtime.core.wakeful_sockets import Bed, Binding

__all__ = ["HibernatingRawSocket", "open_hibernating_socket"]

_PROBE: Final = "__rivetkitTestHibernatableAckStateV1"
"""What official test suites ask with; see ``HostOptions.hibernation_probe``."""


async def open_hibernating_socket(
    activation: Activation, call: RawCall, sink: RawSink, *, bed: Bed
) -> HibernatingRawSocket:
    """Admit a connection and let ``on_web_socket`` serve it, before and after sleeps.

    Raises:
        NotAcceptedError: The activation stopped first.
        RequestError: The actor refused.
    """
    socket = HibernatingRawSocket(
        call, sink, actor_id=activation.record.actor_id, bed=bed
    )
    connection = await admit_raw_socket(activation, call, socket, is_hibernatable=True)
    socket.bind(activation, connection)
    socket.resume()
    return socket


class HibernatingRawSocket(WakefulSocket["str | bytes"]):
    """A raw socket across the sleeps of its actor; implements ``RawPort``.

    After a sleep ``on_web_socket`` runs again. It gets what the client sent meanwhile,
    and what it had not read before; messages are counted on.

    Args:
        call: The upgrade request.
        sink: The way out.
        actor_id: Whose socket it is.
        bed: Where it waits while the actor sleeps.
    """

    __slots__ = ("_call", "_messages_taken", "_sink", "_socket")

    def __init__(
        self, call: RawCall, sink: RawSink, *, actor_id: str, bed: Bed
    ) -> None:
        super().__init__(actor_id=actor_id, bed=bed, ray_id=call.ray_id)
        self._call = call
        self._sink = sink
        self._socket: WebSocket | None = None
        self._messages_taken = 0

    @property
    def is_full(self) -> bool:
        """Whether the actor has so much to read that its client should wait."""
        is_unread = self._socket is not None and self._socket.is_full
        return is_unread or bool(self._waiting)

    async def wait_for_room(self) -> None:
        """Wait until it is not full, or the socket has ended."""
        await self.accepting()
        if self._socket is not None:
            await self._socket.wait_for_room()

    def detach(self, close: SocketClose) -> None:
        """The socket is gone; harmless when called again."""
        if self._socket is not None and self._binding is not None:
            self._socket.end(close)
            self._binding.activation.raw_sockets.forget(self._socket)
        self.leave()

    def send(self, message: ToClient) -> None:
        """Drop a message of the protocol: the client of a raw socket reads none."""

    def close(self, code: int, reason: str) -> None:
        """Close the client's socket after everything that was sent before."""
        if self._socket is not None:
            self._socket.end(SocketClose(code, reason))
        super().close(code, reason)

    def _close_sink(self, code: int, reason: str) -> None:
        self._sink.close(code, reason)

    @property
    def _is_held_up(self) -> bool:
        return self._socket is None or self._socket.closed is not None

    def _greet(self, binding: Binding) -> None:
        activation, connection = binding
        if connection not in activation.connections:
            return  # closed by one of its hooks
        self._socket = WebSocket(
            activation,
            connection,
            self._sink,
            messages_before=self._messages_taken,
            outlives_sleep=True,
        )
        serve_raw_socket(activation, connection, self._call, socket=self._socket)

    def _part(self, binding: Binding) -> None:
        socket, self._socket = self._socket, None
        if socket is None:
            return  # the actor failed to start
        binding.activation.raw_sockets.forget(socket)
        socket.suspend()
        self._messages_taken = socket.messages_taken
        self._waiting[:0] = [message.data for message in socket.unhandled]

    def _handle(self, binding: Binding, message: str | bytes) -> None:
        if self._socket is None:
            return
        options = binding.activation.services.options
        if options.hibernation_probe and _is_probe(message):
            self._answer_probe(self._socket)
        else:
            self._socket.feed(message)

    def _answer_probe(self, socket: WebSocket) -> None:
        """Say how many messages have come; none of them would be delivered again."""
        handled = socket.messages_taken
        socket.skip()
        state = {"lastSentIndex": handled, "lastAckedIndex": handled}
        self._sink.send(json.dumps({_PROBE: True, **state, "pendingIndexes": []}))


def _is_probe(message: str | bytes) -> bool:
    if not isinstance(message, str) or _PROBE not in message:
        return False
    try:
        return bool(json.loads(message) == {_PROBE: True})
    except ValueError:
        return False
