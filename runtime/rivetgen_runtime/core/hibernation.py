"""Sleeping actors with open sockets: where the sockets wait, and how they come back.

A client does not notice that its actor sleeps. What the actor knows about the client is
stored; the socket itself waits here, in memory. A message or the end of a socket wakes
the actor, which gets its connections back before ``on_wake``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rivetgen_runtime.core.admission import RESTARTING_CLOSE, conclude
from rivetgen_runtime.core.ports import Area
from rivetgen_runtime.errors import StateInvalidError, StorageCorruptError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.connections import AnyConnection

__all__ = ["HibernatingSocket", "Restored", "SleepingSockets", "hibernate", "restore"]


class HibernatingSocket(Protocol):
    """A socket that stays open while its actor sleeps."""

    @property
    def actor_id(self) -> str:
        """Whose socket it is."""
        ...

    @property
    def connection_id(self) -> str:
        """The same before and after a sleep."""
        ...

    def close(self, code: int, reason: str) -> None:
        """Close it after everything that was sent before."""
        ...

    def fall_asleep(self) -> None:
        """The actor has left memory, with the connection object."""
        ...

    def attach(self, activation: Activation, connection: AnyConnection) -> None:
        """The actor is starting; this is what it knows about the client."""
        ...

    def resume(self) -> None:
        """It serves calls: deliver what has waited."""
        ...


class SleepingSockets:
    """The open sockets of all sleeping actors of one host."""

    def __init__(self) -> None:
        self._by_actor: dict[str, dict[str, HibernatingSocket]] = {}

    def __len__(self) -> int:
        return sum(len(sockets) for sockets in self._by_actor.values())

    def add(self, socket: HibernatingSocket) -> None:
        """The actor of a socket sleeps."""
        sockets = self._by_actor.setdefault(socket.actor_id, {})
        sockets[socket.connection_id] = socket

    def remove(self, socket: HibernatingSocket) -> bool:
        """A socket has ended; tells whether it was here."""
        sockets = self._by_actor.get(socket.actor_id, {})
        if sockets.get(socket.connection_id) is not socket:
            return False
        del sockets[socket.connection_id]
        if not sockets:
            del self._by_actor[socket.actor_id]
        return True

    def take(self, actor_id: str) -> dict[str, HibernatingSocket]:
        """Hand the sockets of an actor over, by the ids of their connections."""
        return self._by_actor.pop(actor_id, {})

    def close(self, actor_id: str, code: int, reason: str) -> None:
        """Close the sockets of an actor that never wakes again."""
        for socket in self.take(actor_id).values():
            socket.close(code, reason)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a starting actor found of its connections.

    Attributes:
        lost: Connections whose clients went away while nobody could be told.
    """

    lost: tuple[AnyConnection, ...] = ()

    def resume(self, activation: Activation) -> None:
        """The actor serves calls: deliver what has waited, tell it who is gone."""
        for socket in tuple(activation.sockets.values()):
            socket.resume()
        for connection in self.lost:
            conclude(activation, connection)


def hibernate(activation: Activation) -> None:
    """Let the sockets of an activation that ends wait for the next one."""
    sockets = tuple(activation.sockets.values())
    activation.sockets.clear()
    for socket in sockets:
        socket.fall_asleep()


def restore(
    activation: Activation, values: Mapping[tuple[Area, bytes], bytes]
) -> Restored:
    """Bring the connections of an actor back that starts; no hook is asked.

    Args:
        activation: It is starting.
        values: What is stored about it; areas other than connections are left alone.
    """
    sockets = activation.services.sleeping_sockets.take(activation.record.actor_id)
    lost: list[AnyConnection] = []
    for connection in _stored_connections(activation, values):
        socket = sockets.pop(connection.id, None)
        if socket is None:
            lost.append(connection)
        else:
            socket.attach(activation, connection)
    for socket in sockets.values():
        # Nothing is stored about it: its connection could not be saved.
        socket.close(*RESTARTING_CLOSE)
    return Restored(tuple(lost))


def _stored_connections(
    activation: Activation, values: Mapping[tuple[Area, bytes], bytes]
) -> Iterator[AnyConnection]:
    for (area, key), blob in values.items():
        if area is Area.CONNECTION:
            try:
                yield activation.records.read(activation, key.decode(), blob)
            except (StateInvalidError, StorageCorruptError) as error:
                activation.log.error("a stored connection is dropped", exc_info=error)
                activation.records.forget(key.decode())
