"""Connections: one object per caller, and who subscribed to what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from rivetgen_client.wire.messages import Event, Init
from rivetgen_runtime.core.admission import FAILURE_CLOSE, NORMAL_CLOSE, disconnect
from rivetgen_runtime.core.failures import log
from rivetgen_runtime.core.held_connections import hold
from rivetgen_runtime.core.watching import Topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rivetgen_client.wire.messages import ToClient
    from rivetgen_client.wire.values import Value
    from rivetgen_runtime.core.activation import Activation
    from rivetgen_runtime.core.connection_records import ConnectionRecords
    from rivetgen_runtime.core.ports import ConnectionSink
    from rivetgen_runtime.core.watching import Watchers

__all__ = ["AnyConnection", "Connection", "Connections"]

ParamsT = TypeVar("ParamsT")
ConnStateT = TypeVar("ConnStateT")


class Connection(Generic[ParamsT, ConnStateT]):
    """One caller of an actor.

    A WebSocket client is one connection for as long as it is connected; an HTTP call
    makes one that ends with its answer and receives no events.

    Attributes:
        id: UUID text.
        params: What the caller sent when it connected.
        is_hibernatable: Whether its socket stays open while the actor sleeps.
        subscriptions: Names of the events that it receives when they are broadcast.
        events_sent: How many events went to it alone.
        keeps_awake: Whether the actor does not sleep while it is connected.
        running: How many actions of it are being executed.
        record: What is stored of it; None while nothing is.
        is_ending: Whether its ``on_disconnect`` has been called.
    """

    __slots__ = (
        "_activation",
        "_backlog",
        "_is_opening",
        "_sink",
        "_state",
        "events_sent",
        "id",
        "is_ending",
        "is_hibernatable",
        "keeps_awake",
        "params",
        "record",
        "running",
        "subscriptions",
    )

    def __init__(
        self,
        activation: Activation,
        connection_id: str,
        *,
        params: ParamsT,
        state: ConnStateT,
        sink: ConnectionSink | None,
        is_hibernatable: bool = False,
    ) -> None:
        self.id = connection_id
        self.params = params
        self._state = state
        self.is_hibernatable = is_hibernatable
        self.keeps_awake = sink is not None
        self.events_sent = 0
        self.running = 0
        self.record: bytes | None = None
        self.is_ending = False
        self._activation = activation
        self._sink = sink
        self._is_opening = sink is not None
        self.subscriptions: set[str] = set()
        self._backlog: list[ToClient] = []

    @property
    def state(self) -> ConnStateT:
        """What the actor keeps for the caller; change it in place or assign another.

        It is saved in the turn that changed it, and lives as long as the connection.
        """
        self._activation.records.suspect(self)
        hold(self)
        return self._state

    @state.setter
    def state(self, value: ConnStateT) -> None:
        self._state = value
        self._activation.records.suspect(self)

    @property
    def is_socket(self) -> bool:
        """Whether it can receive events: a WebSocket that is still there."""
        return self._sink is not None

    def belongs_to(self, records: ConnectionRecords) -> bool:
        """Whether these are the records of its actor."""
        return self._activation.records is records

    def disconnect(self, reason: str = "") -> None:
        """Close the connection; its client sees code 1000 and the reason."""
        disconnect(self._activation, self, reason)

    def emit_event(self, name: str, args: list[Value]) -> None:
        """Send an event to this connection, subscribed or not."""
        self.events_sent += 1
        self._activation.emit((self,), Event(name, args))

    def deliver(self, message: ToClient) -> None:
        """Hand a message to the socket; what comes before ``Init`` waits for it."""
        if self._sink is None:
            return
        if not self._is_opening:
            self._send(message)
        elif isinstance(message, Init):
            self._open(message)
        else:
            self._backlog.append(message)

    def reattach(self, sink: ConnectionSink) -> None:
        """Get the socket back after a sleep; its client has had ``Init`` long ago."""
        self._sink = sink
        self.keeps_awake = True

    def _open(self, init: Init) -> None:
        self._is_opening = False
        backlog, self._backlog = self._backlog, []
        for message in (init, *backlog):
            self._send(message)

    def _send(self, message: ToClient) -> None:
        if self._sink is None:
            return
        try:
            self._sink.send(message)
        except Exception as error:  # noqa: BLE001 - see below
            # One faulty sink must not keep a message from the other connections.
            log.error("a message could not be sent", exc_info=error)
            self.close(FAILURE_CLOSE, "core.internal_error")

    def close(self, code: int = NORMAL_CLOSE, reason: str = "") -> None:
        """Close the socket; nothing is delivered afterwards."""
        sink = self._release()
        if sink is not None:
            sink.close(code, reason)

    def detach(self) -> None:
        """Forget a socket that is gone already."""
        self._release()

    def _release(self) -> ConnectionSink | None:
        sink, self._sink = self._sink, None
        self._backlog.clear()
        return sink


AnyConnection: TypeAlias = Connection[Any, Any]


class Connections:
    """The open connections of one actor and their subscriptions.

    Args:
        watchers: Told when any of that changes.
    """

    __slots__ = ("_by_id", "_subscribers", "_watchers")

    def __init__(self, watchers: Watchers) -> None:
        self._watchers = watchers
        self._by_id: dict[str, AnyConnection] = {}
        self._subscribers: dict[str, dict[AnyConnection, None]] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[AnyConnection]:
        return iter(tuple(self._by_id.values()))

    def __contains__(self, connection: object) -> bool:
        return (
            isinstance(connection, Connection)
            and self._by_id.get(connection.id) is connection
        )

    @property
    def by_id(self) -> Mapping[str, AnyConnection]:
        """All of them, in the order in which they came."""
        return self._by_id

    def add(self, connection: AnyConnection) -> None:
        """A connection begins, or is back after a sleep with its subscriptions."""
        self._by_id[connection.id] = connection
        for event in tuple(connection.subscriptions):
            self.subscribe(connection, event)
        self._watchers.notify(Topic.CONNECTIONS)

    def remove(self, connection: AnyConnection) -> None:
        """A connection ends, with all its subscriptions."""
        self._by_id.pop(connection.id, None)
        for event in tuple(connection.subscriptions):
            self.unsubscribe(connection, event)
        self._watchers.notify(Topic.CONNECTIONS)

    def subscribe(self, connection: AnyConnection, event: str) -> None:
        """Send broadcasts of an event to a connection from now on."""
        connection.subscriptions.add(event)
        self._subscribers.setdefault(event, {})[connection] = None
        self._watchers.notify(Topic.CONNECTIONS)

    def unsubscribe(self, connection: AnyConnection, event: str) -> None:
        """Stop that; harmless when it was not subscribed."""
        connection.subscriptions.discard(event)
        subscribers = self._subscribers.get(event, {})
        subscribers.pop(connection, None)
        if not subscribers:
            self._subscribers.pop(event, None)
        self._watchers.notify(Topic.CONNECTIONS)

    def subscribers(self, event: str) -> tuple[AnyConnection, ...]:
        """Who receives a broadcast of an event that is made now."""
        return tuple(self._subscribers.get(event, ()))
