"""Typed events: the base of what hangs on ``c.events`` and ``conn.events``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from rivetgen_client.definitions import EventDefinition
    from rivetgen_client.wire.values import Value

__all__ = ["EventSink", "Events"]

PayloadT = TypeVar("PayloadT")


class EventSink(Protocol):
    """Where events go: all subscribers of an actor, or one connection."""

    def emit_event(self, name: str, args: list[Value]) -> None:
        """Send an event whose arguments are wire values."""
        ...


class Events:
    """Base of an actor's generated events, one method per event.

    Args:
        sink: A context broadcasts to subscribers; a connection receives them alone.
    """

    __slots__ = ("_sink",)

    def __init__(self, sink: EventSink) -> None:
        self._sink = sink

    def _emit(self, definition: EventDefinition[PayloadT], payload: PayloadT) -> None:
        """Send one event.

        Raises:
            InvalidResultError: The payload is not what the schema declares.
        """
        self._sink.emit_event(definition.name, definition.dump(payload))
